//! Tests of what ends a whole program: the test runs itself again, alone, as a child process.
//!
//! ```ignore
//! let output = child::run("name_of_this_test", || the_part_that_ends_the_program());
//! ```
#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio, exit};
use std::thread;
use std::time::{Duration, Instant};

/// The status of a child whose body returned.
pub const RETURNED: i32 = 60;
/// The status of a child whose body panicked.
pub const PANICKED: i32 = 61;

/// No child needs so long; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(20);
const SIGABRT: i32 = 6;

/// What became of a child.
#[derive(Debug)]
pub struct Ended {
    /// The exit status; none if a signal ended it.
    pub code: Option<i32>,
    signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Checks that it was ended by an abort.
    #[track_caller]
    pub fn assert_aborted(&self) {
        assert_eq!(self.signal, Some(SIGABRT), "{self:#?}");
    }

    /// Checks its exit status.
    #[track_caller]
    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self:#?}");
    }

    /// Checks that the child wrote all of `words` to standard error.
    #[track_caller]
    pub fn assert_says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} in {self:#?}");
        }
    }
}

/// Runs `body` in a child process, which is this test binary restricted to the test named `test`: the caller.
pub fn run(test: &str, body: impl FnOnce()) -> Ended {
    run_with(test, &[], body)
}

/// As [`run`], with variables of the environment for the child.
#[track_caller]
pub fn run_with(test: &str, environment: &[(&str, &str)], body: impl FnOnce()) -> Ended {
    const VARIABLE: &str = "CSP_TEST_IS_CHILD";
    if env::var_os(VARIABLE).is_some() {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        exit(if result.is_ok() { RETURNED } else { PANICKED });
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(VARIABLE, "1");
    for variable in ["CSP_SEED", "CSP_VIRTUAL", "CSP_LEAKS", "RUST_BACKTRACE"] {
        command.env_remove(variable);
    }
    command.envs(environment.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the child is stuck: {:#?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let ended = Ended {
        code: output.status.code(),
        signal: output.status.signal(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(ended.stdout.contains("running 1 test"), "no test is called {test}: {ended:#?}");
    ended
}

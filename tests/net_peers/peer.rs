//! What all of them need: a run that ends by itself, a program beside it, and a folder for its files.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::ops::{Deref, DerefMut};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use csp::child::{Child, PipeReader, PipeWriter};
use csp::{PanicPolicy, prelude::*};
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpid};

/// Longer than any of this takes, also where a browser has little of the machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs `body` in real and in virtual time, for each looks at the network in a way of its own. Whoever panics fails the
/// test; so does a wait without an end, and it is told who waited for what.
pub fn everywhere(body: fn()) {
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        time.panic_policy(PanicPolicy::Propagate).run(|| {
            let done = Process::builder().name("the test").go_channel(body);
            alts! {
                _ = take(&done) => {}
                _ = sleep(PATIENCE) => {
                    let waits: Vec<_> = csp::parked().iter().map(|parked| format!("\n  {parked}")).collect();
                    panic!("after {PATIENCE:?} this is still waited for:{}", waits.concat());
                }
            }
        });
    }
}

/// A child that is of no use after the test: when this is dropped it is killed, with all that it has started.
pub struct Peer(Child);

impl Peer {
    /// Starts it, with pipes to all that it reads and writes.
    pub fn start(program: &str, args: &[&str]) -> Peer {
        Peer::spawn(Command::new(program).args(args))
    }

    /// As [`start`](Peer::start), with more than a name and arguments.
    pub fn spawn(command: &mut Command) -> Peer {
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Peer(Child::spawn(command).unwrap_or_else(|error| cannot_start(command, &error)))
    }

    pub fn stdin(&mut self) -> PipeWriter {
        self.stdin.take().expect("it is asked for once")
    }

    pub fn stdout(&mut self) -> BufReader<PipeReader> {
        BufReader::new(self.stdout.take().expect("it is asked for once"))
    }

    pub fn stderr(&mut self) -> BufReader<PipeReader> {
        BufReader::new(self.stderr.take().expect("it is asked for once"))
    }

    /// Waits until it has ended, as programs do with which all went well.
    pub fn succeeds(&mut self) {
        let status = self.wait().unwrap();
        assert!(status.success(), "{status}: {:?}", self.stderr.take().map(io::read_to_string));
    }
}

impl Deref for Peer {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Peer {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Ok(None) = self.try_wait() {
            let id = Pid::from_raw(self.id() as i32).expect("it has a number");
            // The thread waits, and not for long: this process may be being unwound, and then it cannot.
            _ = kill_process_group(id, Signal::KILL).and_then(|()| waitpid(Some(id), WaitOptions::empty()));
        }
    }
}

fn cannot_start(command: &Command, error: &io::Error) -> ! {
    panic!(
        "{:?}: {error}. `ci/peers.sh` installs what is missing, and so does \
        `apt-get install curl openssl netcat-openbsd wrk chromium`",
        command.get_program()
    );
}

/// What a peer said that ran by itself to its end.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Said {
    /// What it wrote, if all went well.
    #[track_caller]
    pub fn well(self) -> Vec<u8> {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }
}

/// Runs a peer that ends by itself.
pub fn run(program: &str, args: &[&str]) -> Said {
    let mut command = Command::new(program);
    let output = csp::child::output(command.args(args)).unwrap_or_else(|error| cannot_start(&command, &error));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Said { code: output.status.code(), stdout: output.stdout, stderr }
}

/// The next line, without its end.
#[track_caller]
pub fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    assert_ne!(from.read_line(&mut line).unwrap(), 0, "a line was expected, and this is the end");
    line.trim_end().to_owned()
}

/// The rest of the first line that begins like this.
#[track_caller]
pub fn rest(from: &mut impl BufRead, begin: &str) -> String {
    loop {
        if let Some(rest) = line(from).strip_prefix(begin) {
            return rest.to_owned();
        }
    }
}

/// A folder that is gone when this is.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("csp-{}-{name}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

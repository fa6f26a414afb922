//! Every example runs, and prints what is kept of it in `tests/examples/`, in virtual time and with a fixed seed.
//!
//! When an example is new, or prints something else on purpose, `UPDATE_EXAMPLES=1 cargo test -p csp-runner` writes
//! the kept files anew: read the difference before you commit it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// No example is long: this many lines fit on one screen.
const MOST_LINES: usize = 40;
/// Nor is what the list says of it.
const MOST_COLUMNS: usize = 120;
/// How many other seeds an example must survive.
const SEEDS: u64 = 20;
/// An example that still runs after this long hangs: in virtual time nobody waits.
const HANGS: Duration = Duration::from_secs(60);

/// Those that are meant to end in a deadlock. All others end well.
const DEADLOCKS: &[&str] = &["blocking", "go.pingpong_deadlock"];

/// Arguments that make an example smaller, for the runs that are many.
const SMALLER: &[(&str, &str)] = &[("go.daisy_chain", "1000")];

#[test]
fn each_prints_what_is_kept_of_it() {
    let update = std::env::var_os("UPDATE_EXAMPLES").is_some();
    let mut differ = Vec::new();
    for (name, _) in examples() {
        let file = kept_folder().join(format!("{name}.out"));
        let kept = fs::read_to_string(&file).unwrap_or_default();
        let printed = run(&name, 1, None).transcript();
        if printed == kept {
            continue;
        }
        if update {
            fs::create_dir_all(kept_folder()).unwrap();
            fs::write(&file, printed).unwrap();
        } else {
            differ.push(format!("{name} printed\n{printed}\nand {} says\n{kept}", file.display()));
        }
    }
    assert!(
        differ.is_empty(),
        "{}\n\nIf that is as it should be: UPDATE_EXAMPLES=1 cargo test -p csp-runner",
        differ.join("\n")
    );
}

#[test]
fn what_is_kept_belongs_to_an_example() {
    let names: BTreeSet<String> = examples().into_iter().map(|(name, _)| name + ".out").collect();
    for kept in entries(&kept_folder()) {
        let name = kept.file_name().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{}: there is no such example (any more)", kept.display());
    }
}

#[test]
fn each_ends_well_whatever_the_seed() {
    for (name, _) in examples() {
        let expected = if DEADLOCKS.contains(&name.as_str()) { 2 } else { 0 };
        let smaller = SMALLER.iter().find(|(long, _)| *long == name).map(|(_, arg)| *arg);
        for seed in 2..2 + SEEDS {
            let outcome = run(&name, seed, smaller);
            assert_eq!(outcome.status, Some(expected), "{name} with seed {seed}:\n{}", outcome.transcript());
        }
    }
}

#[test]
fn each_says_what_it_is_and_fits_on_a_screen() {
    for (name, file) in examples() {
        let text = fs::read_to_string(&file).unwrap();
        let comment: Vec<&str> = text.lines().take_while(|line| line.starts_with("//")).collect();
        let says = |what: &str| comment.iter().any(|line| line.starts_with(what));

        assert!(comment.len() >= 4, "{name}: the head is too short");
        assert!(comment[0].starts_with("// Source: "), "{name}: line 1 names the source");
        assert!(comment[1].len() > 3, "{name}: line 2 says what it teaches");
        assert_eq!(comment[2], "//", "{name}: line 3 is empty");
        assert!(says("// Look for: "), "{name}: what to look for in the output?");
        assert!(says("// Try: "), "{name}: what could one change?");
        assert!(text.contains("\n#[csp::main]\npub fn main()"), "{name}: `#[csp::main] pub fn main()`");

        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{name}: {lines} lines are too many");
        let columns = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(columns <= MOST_COLUMNS, "{name}: {columns} columns are too many");
    }
}

#[test]
fn the_list_names_each_once() {
    let output = runner().output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    for (name, _) in examples() {
        let lines = list.lines().filter(|line| line.split_whitespace().next() == Some(&name)).count();
        assert_eq!(lines, 1, "{name} in\n{list}");
    }
}

/// What a run left behind.
struct Outcome {
    name: String,
    seed: u64,
    stdout: String,
    stderr: String,
    /// None: a signal ended it.
    status: Option<i32>,
}

impl Outcome {
    /// As it is kept: what was asked, what came out, how it ended.
    fn transcript(&self) -> String {
        let mut transcript = format!("$ ./run.sh --seed {} --virtual {}\n{}", self.seed, self.name, self.stdout);
        if !self.stderr.is_empty() {
            transcript += "--- and on standard error:\n";
            // Where the project is on this machine is nobody's business.
            transcript += &self.stderr.replace(&format!("{}/", root().display()), "");
        }
        match self.status {
            Some(0) => transcript,
            Some(status) => transcript + &format!("--- exit status {status}\n"),
            None => transcript + "--- ended by a signal\n",
        }
    }
}

fn run(name: &str, seed: u64, arg: Option<&str>) -> Outcome {
    let mut child = runner()
        .env("CSP_VIRTUAL", "1")
        .env("CSP_SEED", seed.to_string())
        .arg(name)
        .args(arg)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = read_aside(child.stdout.take().unwrap());
    let stderr = read_aside(child.stderr.take().unwrap());
    let (Ok(stdout), Ok(stderr)) = (stdout.recv_timeout(HANGS), stderr.recv_timeout(HANGS)) else {
        child.kill().unwrap();
        panic!("{name} with seed {seed} still ran after {HANGS:?}");
    };
    let status = child.wait().unwrap().code();
    Outcome { name: name.to_owned(), seed, stdout, stderr, status }
}

/// Reads all of a pipe on a thread of its own.
fn read_aside(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (done, text) = mpsc::channel();
    thread::spawn(move || {
        let mut read = Vec::new();
        pipe.read_to_end(&mut read).unwrap();
        // Nobody listens any more when the child was taking too long.
        done.send(String::from_utf8_lossy(&read).into_owned()).ok();
    });
    text
}

/// The runner, with nothing from outside that changes what it prints.
fn runner() -> Command {
    let mut runner = Command::new(env!("CARGO_BIN_EXE_csp-runner"));
    for variable in ["CSP_SEED", "CSP_VIRTUAL", "CSP_LEAKS", "RUST_BACKTRACE"] {
        runner.env_remove(variable);
    }
    runner
}

/// All examples, as name and file, found without the runner's help.
fn examples() -> Vec<(String, PathBuf)> {
    fn look_in(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) {
        for path in entries(folder) {
            let name = format!("{prefix}{}", path.file_stem().unwrap().to_string_lossy());
            if path.is_dir() {
                look_in(&path, &format!("{name}."), found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((name, path));
            }
        }
    }
    let mut found = Vec::new();
    look_in(&root().join("examples"), "", &mut found);
    assert!(!found.is_empty());
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

fn kept_folder() -> PathBuf {
    root().join("tests/examples")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

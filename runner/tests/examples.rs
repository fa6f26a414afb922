//! The examples are kept honest: each is in the list, looks like the others, prints what is kept of it in
//! `tests/examples/NAME.out`, in virtual time and with a fixed seed, and with any other seed does as much as
//! `tests/examples/census.txt` says.
//!
//! When an example is new, or prints something else on purpose, `UPDATE_EXAMPLES=1 cargo test -p csp-runner` writes
//! the kept files anew: read the difference before you commit it. The bounds in `census.txt` are for a person to state.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::ops::RangeInclusive;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// No example is long: this many lines of code, without the head and what is blank.
const MOST_LINES: usize = 40;
/// Nor is what the list says of it.
const MOST_COLUMNS: usize = 120;
/// How many other seeds an example must survive.
const SEEDS: u64 = 100;
/// An example that still runs after this long hangs: in virtual time nobody waits.
const HANGS: Duration = Duration::from_secs(60);
/// What is counted, in the order in which it is printed and stated.
const COUNTED: [&str; 5] = ["processes made", "processes ended", "messages", "timers", "closes"];
/// How the line begins that tells them.
const COUNTS: &str = "csp: processes made ";

#[test]
fn each_prints_what_is_kept_of_it() {
    let update = std::env::var_os("UPDATE_EXAMPLES").is_some();
    let mut differ = Vec::new();
    for (name, text) in examples() {
        let file = kept_folder().join(format!("{name}.out"));
        let kept = fs::read_to_string(&file).unwrap_or_default();
        let printed = run(&name, 1, &[], text.contains("--leaks")).transcript(&text);
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
    for kept in entries(&kept_folder()).into_iter().filter(|kept| !kept.ends_with("census.txt")) {
        let name = kept.file_name().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{}: there is no such example (any more)", kept.display());
    }
}

#[test]
fn each_ends_as_it_says_within_its_bounds_whatever_the_seed() {
    let bounds = bounds();
    for (name, text) in examples() {
        let (args, bounds) = &bounds[&name];
        let expected = exit_status(&text);
        for seed in 2..2 + SEEDS {
            let outcome = run(&name, seed, args, false);
            let transcript = outcome.transcript(&text);
            assert_eq!(outcome.status, expected, "{name} with seed {seed}:\n{transcript}");
            assert!(expected == 101 || !outcome.stderr.contains("panicked"), "{name} with seed {seed}:\n{transcript}");
            // Who aborts counts nothing.
            let Some(census) = outcome.census() else {
                assert_eq!(expected, 134, "{name} with seed {seed}:\n{transcript}");
                continue;
            };
            for ((what, count), bounds) in COUNTED.iter().zip(census).zip(bounds) {
                assert!(
                    bounds.contains(&count),
                    "{name} with seed {seed}: {what} {count}, not {bounds:?}\n{transcript}"
                );
            }
        }
    }
}

#[test]
fn the_list_has_each_and_nothing_else() {
    let list = fs::read_to_string(root().join("examples/README.md")).unwrap();
    let listed: Vec<&str> = list
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| link.ends_with(".rs"))
        .collect();
    let once: BTreeSet<String> = listed.iter().map(|link| link.replace('/', ".").replace(".rs", "")).collect();
    let there: BTreeSet<String> = examples().into_iter().map(|(name, _)| name).collect();
    assert_eq!(once, there);
    assert_eq!(listed.len(), once.len(), "an example is listed twice");
    assert_eq!(bounds().into_keys().collect::<BTreeSet<_>>(), there, "census.txt states bounds for each");
}

#[test]
fn each_is_formatted() {
    let mut rustfmt = Command::new("rustfmt");
    let files = files().into_iter().map(|(_, file)| file);
    let output = rustfmt.args(["--check", "--edition", "2024", "--config-path"]).arg(root()).args(files).output();
    let output = output.expect("rustfmt is there: `rustup component add rustfmt`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn each_says_what_it_is_and_fits_on_a_screen() {
    for (name, text) in examples() {
        let comment: Vec<&str> = text.lines().take_while(|line| line.starts_with("//")).collect();
        let says = |what: &str| comment.iter().any(|line| line.starts_with(what));

        assert!(comment.len() >= 4, "{name}: the head is too short");
        assert!(comment[0].starts_with("// Source: "), "{name}: line 1 names the source");
        assert!(comment[1].len() > 3, "{name}: line 2 says what it teaches");
        assert_eq!(comment[2], "//", "{name}: line 3 is empty");
        assert!(says("// Look for: "), "{name}: what to look for in the output?");
        assert!(says("// Try: "), "{name}: what could one change?");
        assert!(text.contains("\n#[csp::main"), "{name}: `#[csp::main]`");
        assert!(text.contains("]\npub fn main()"), "{name}: `pub fn main()`");

        let lines = text.lines().skip(comment.len()).filter(|line| !line.is_empty()).count();
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

#[test]
fn all_runs_each_and_sums_up() {
    let output = runner().args(["--all", "--virtual", "--seed", "1"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let examples = examples();
    for (name, _) in &examples {
        assert!(printed.contains(&format!("ok     {name} ")), "{name} in\n{printed}");
    }
    assert!(printed.contains(&format!("\n{} examples in ", examples.len())), "{printed}");
    assert!(printed.ends_with("Each has ended as its head says.\n") && output.status.success(), "{printed}");
}

#[test]
fn an_error_that_main_returns_is_told_and_fails() {
    let output = runner().args(["net.echo", "nowhere"]).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(stderr.starts_with("Error: ") && stderr.contains("invalid socket address"), "{stderr}");
    assert_eq!((output.status.code(), &*stdout), (Some(1), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn who_waits_for_ctrl_c_itself_is_not_interrupted() {
    let mut server = runner().args(["net.echo", "127.0.0.1:0"]).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", server.id());
    let sigint_is_awaited = || {
        let caught = fs::read_to_string(&status).unwrap();
        let caught = caught.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        u64::from_str_radix(caught, 16).unwrap() & 1 << (2 - 1) != 0
    };
    while !sigint_is_awaited() {
        thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap().success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

/// What a run left behind.
struct Outcome {
    name: String,
    seed: u64,
    /// Whether those left waiting were to be listed.
    leaks: bool,
    stdout: String,
    stderr: String,
    /// As a shell would say it.
    status: i32,
}

impl Outcome {
    /// As it is kept of the example with this text: what was asked, what came out, how it ended.
    fn transcript(&self, text: &str) -> String {
        let leaks = if self.leaks { " --leaks" } else { "" };
        // When something comes over the network is chance that no seed repeats: what is counted then has bounds alone.
        let counted = !self.name.starts_with("net.") && !text.contains("net::");
        let mut transcript = format!(
            "$ ./run.sh --virtual --seed {}{}{leaks} {}\n{}",
            self.seed,
            if counted { " --census" } else { "" },
            self.name,
            without_memory(&self.stdout)
        );
        let stderr = self.stderr.lines().filter(|line| counted || !line.starts_with(COUNTS));
        let stderr: String = stderr.map(|line| format!("{line}\n")).collect();
        if !stderr.is_empty() {
            transcript += "--- and on standard error:\n";
            // Where the project is on this machine is nobody's business.
            transcript += &without_thread_ids(&stderr.replace(&format!("{}/", root().display()), ""));
        }
        if self.status == 0 { transcript } else { transcript + &format!("--- exit status {}\n", self.status) }
    }

    /// The five counts, unless it was cut short.
    fn census(&self) -> Option<[u64; 5]> {
        let line = self.stderr.lines().rev().find(|line| line.starts_with(COUNTS))?;
        let counts: Vec<u64> =
            line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        Some(counts.try_into().expect("five counts"))
    }
}

/// The number before what differs from build to build, as `?`.
fn without_memory(text: &str) -> String {
    const MEASURED: &str = " KiB of memory each";
    let mut lines = String::new();
    for line in text.lines() {
        match line.strip_suffix(MEASURED) {
            Some(number) => {
                let kib: f64 = number.parse().expect("a number of KiB");
                assert!((1.0..16.0).contains(&kib), "a process takes {kib} KiB");
                lines += &format!("?{MEASURED}\n");
            }
            None => lines += &format!("{line}\n"),
        }
    }
    lines
}

/// `thread 'main' (4711) panicked` as `thread 'main' panicked`: newer compilers tell the number.
fn without_thread_ids(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        match line.split_once("' (").and_then(|(thread, rest)| Some((thread, rest.split_once(") panicked at")?.1))) {
            Some((thread, place)) => lines += &format!("{thread}' panicked at{place}\n"),
            None => lines += &format!("{line}\n"),
        }
    }
    lines
}

/// What is stated of each example: the arguments that make it smaller where it is large, and how often each of
/// `COUNTED` may happen.
fn bounds() -> BTreeMap<String, (Vec<String>, [RangeInclusive<u64>; 5])> {
    let text = fs::read_to_string(kept_folder().join("census.txt")).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|row| {
        let mut words = row.split_whitespace().map(str::to_owned);
        let name = words.next().unwrap();
        let bounds = std::array::from_fn(|at| {
            let stated = words.next().unwrap_or_else(|| panic!("{row}: nothing on {}", COUNTED[at]));
            let (least, most) = stated.split_once("..").unwrap_or((&stated, &stated));
            let number = |number: &str| number.parse().unwrap_or_else(|_| panic!("{row}: {number:?} is no number"));
            number(least)..=number(most)
        });
        (name, (words.collect(), bounds))
    })
    .collect()
}

/// How an example is meant to end.
fn exit_status(text: &str) -> i32 {
    let said = text.lines().find_map(|line| line.strip_prefix("// Exit status: "));
    said.map_or(0, |status| status.parse().unwrap_or_else(|_| panic!("{status:?} is no exit status")))
}

fn run(name: &str, seed: u64, args: &[String], leaks: bool) -> Outcome {
    let mut child = runner()
        .env("CSP_VIRTUAL", "1")
        .env("CSP_CENSUS", "1")
        .env("CSP_LEAKS", if leaks { "1" } else { "0" })
        .env("CSP_SEED", seed.to_string())
        .arg(name)
        .args(args)
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
    let status = child.wait().unwrap();
    let status = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
    Outcome { name: name.to_owned(), seed, leaks, stdout, stderr, status }
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
    for variable in ["CSP_SEED", "CSP_VIRTUAL", "CSP_LEAKS", "CSP_CENSUS", "RUST_BACKTRACE"] {
        runner.env_remove(variable);
    }
    runner
}

/// All examples, as name and text.
fn examples() -> Vec<(String, String)> {
    files().into_iter().map(|(name, file)| (name, fs::read_to_string(file).unwrap())).collect()
}

/// All examples, as name and file, found without the runner's help.
fn files() -> Vec<(String, PathBuf)> {
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

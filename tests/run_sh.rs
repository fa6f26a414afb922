//! `run.sh` from the outside, as somebody meets it: what it prints, and what its exit status says.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const RUN_SH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/run.sh");

#[test]
fn alone_it_lists_every_example_with_what_it_teaches_and_its_slide() {
    let output = run_sh(&[]);
    assert_eq!(status(&output), 0);
    let listed = stdout(&output);
    let line = listed.lines().find(|line| line.contains("  go.daisy_chain ")).unwrap();
    assert!(line.contains("adding one"), "{line}");
    assert!(line.ends_with("[slide 39]"), "{line}");
    assert!(listed.contains("\n  Go Concurrency Patterns (Pike 2012):\n"), "{listed}");
    let at = |name: &str| listed.find(&format!("\n    {name} ")).unwrap_or_else(|| panic!("{name} in\n{listed}"));
    assert!(at("go.boring") < at("go.daisy_chain") && at("go.daisy_chain") < at("buffered"), "{listed}");
}

#[test]
fn help_tells_the_options() {
    let help = stdout(&run_sh(&["--help"]));
    for option in ["--seed N", "--virtual", "--leaks", "--census", "--all", "--show NAME", "Exit status"] {
        assert!(help.contains(option), "{option} in\n{help}");
    }
}

#[test]
fn it_prints_what_the_program_prints_then_a_rule_and_what_main_returned() {
    let output = run_sh(&["--virtual", "go_block"]);
    assert_eq!(status(&output), 0);
    let expected = format!("I'm done\nSome(1)\nI'm done\nSome(2)\n{}\nmain returned \"Done\"\n", "-".repeat(60));
    assert_eq!(stdout(&output), expected);
    assert_eq!(stderr(&output), "", "a build that succeeds is silent");
}

#[test]
fn the_path_of_a_file_names_its_example() {
    let output = run_sh(&["examples/buffered.rs"]);
    assert_eq!(status(&output), 0, "{output:?}");
    assert!(stdout(&output).starts_with("Some(\"buffered\")\n"), "{output:?}");
}

#[test]
fn an_unknown_name_says_so_and_names_the_nearest() {
    let output = run_sh(&["go.borring"]);
    assert_eq!(status(&output), 2);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("no example \"go.borring\". Did you mean go.boring?"), "{output:?}");
}

#[test]
fn a_seed_repeats_a_run_and_another_seed_makes_another() {
    let with = |seed| stdout(&run_sh(&["--seed", seed, "--virtual", "select"]));
    assert_eq!(with("7"), with("7"));
    assert_ne!(with("7"), with("8"));
}

#[test]
fn bad_options_are_refused_in_words() {
    for (args, says) in [
        (&["--seed", "seven", "go.boring"][..], "--seed needs a whole number"),
        (&["--seed"], "--seed needs a whole number"),
        (&["--virtual=yes", "go.boring"], "--virtual takes no value"),
        (&["--virtual"], "name of an example is missing"),
        (&["--quick", "go.boring"], "no option --quick"),
        (&["--show", "borring"], "Did you mean go.boring"),
    ] {
        let output = run_sh(args);
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(stderr(&output).contains(says), "{args:?}: {output:?}");
    }
}

#[test]
fn show_prints_the_file_with_line_numbers() {
    let shown = stdout(&run_sh(&["--show", "go.daisy_chain"]));
    assert!(shown.starts_with("   1  // Source: Go Concurrency Patterns"), "{shown}");
    let file = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/go/daisy_chain.rs")).unwrap();
    assert_eq!(shown.lines().count(), file.lines().count());
}

#[test]
fn arguments_after_the_name_reach_the_program() {
    let output = run_sh(&["go.daisy_chain", "10"]);
    assert!(stdout(&output).starts_with("11\n"), "{output:?}");
}

#[test]
fn a_deadlock_is_reported_and_is_status_2() {
    let output = run_sh(&["--virtual", "go.pingpong_deadlock"]);
    assert_eq!(status(&output), 2, "{output:?}");
    assert_eq!(stdout(&output), "", "main did not return");
    let report = stderr(&output);
    for named in ["ping", "pong", "table", "examples/go/pingpong.rs:"] {
        assert!(report.contains(named), "{named} in\n{report}");
    }
    assert!(!report.contains(env!("CARGO_MANIFEST_DIR")), "paths begin at the project:\n{report}");
}

#[test]
fn a_panic_is_status_101() {
    let output = run_sh(&["go.daisy_chain", "many"]);
    assert_eq!(status(&output), 101, "{output:?}");
    assert!(stderr(&output).contains("a number"), "{output:?}");
}

#[test]
fn ctrl_c_unwinds_and_is_status_130() {
    let mut child =
        command(&["--census", "--leaks", "go.boring"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "You say: \"boring! 0\"\n");

    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("main returned"), "{rest}");
    let output = child.wait_with_output().unwrap();
    assert_eq!(status(&output), 130);
    // It has come to its end in order, with reports.
    for said in ["csp: interrupted", "csp: leak: 1 process", "csp: processes made 2"] {
        assert!(stderr(&output).contains(said), "{said} in {output:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut shell = Command::new("sh");
    let output = quiet(&mut shell).args(["-c", "\"$0\" go.boring | head -n 1", RUN_SH]).output().unwrap();
    assert_eq!(stdout(&output), "You say: \"boring! 0\"\n");
    assert_eq!(stderr(&output), "");
}

#[test]
fn it_works_from_another_directory_and_through_a_link() {
    let folder = fresh_folder("elsewhere");
    let link = folder.join("csp");
    symlink(RUN_SH, &link).unwrap();
    for program in [Path::new(RUN_SH), &link, Path::new("./csp")] {
        let output = quiet(Command::new(program).current_dir(&folder).arg("buffered")).output().unwrap();
        assert_eq!(status(&output), 0, "{program:?}: {output:?}");
    }
}

#[test]
fn without_cargo_it_says_how_to_get_rust() {
    let empty = fresh_folder("no_cargo");
    let mut command = command(&["buffered"]);
    let output = command.env("PATH", &empty).env("HOME", &empty).env_remove("CARGO_HOME").output().unwrap();
    assert_eq!(status(&output), 127);
    assert!(stderr(&output).contains("https://rustup.rs"), "{output:?}");
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_checkout_may_have_spaces_in_its_path() {
    // A cargo that builds nothing stands in for the real one, so that not all is built once more.
    let root = fresh_folder("a checkout with spaces");
    executable(&root.join("run.sh"), &fs::read_to_string(RUN_SH).unwrap());
    script(&root.join("a runner"), "for arg; do echo \"[$arg]\"; done");
    let artifact =
        format!(r#"{{"reason":"compiler-artifact","executable":"{}/a runner","fresh":true}}"#, root.display());
    script(
        &root.join("cargo"),
        &format!(
            "case \"$*\" in *\"--remap-path-prefix $PWD/=\") ;; *) exit 1 ;; esac\n\
             echo '   Compiling something' >&2\n\
             echo '{artifact}'\n\
             echo '{{\"reason\":\"build-finished\",\"success\":true}}'"
        ),
    );
    let path = format!("{}:{}", root.display(), std::env::var("PATH").unwrap());
    let output = Command::new(root.join("run.sh")).env("PATH", path).args(["two words", "*", ""]).output().unwrap();
    assert_eq!(stdout(&output), "[two words]\n[*]\n[]\n", "{output:?}");
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_build_that_fails_tells_what_cargo_said_and_is_status_1() {
    let root = fresh_folder("fails");
    executable(&root.join("run.sh"), &fs::read_to_string(RUN_SH).unwrap());
    script(
        &root.join("cargo"),
        "echo 'error: 100% wrong' >&2\n\
         echo '{\"reason\":\"build-finished\",\"success\":false}'\n\
         exit 101",
    );
    let path = format!("{}:{}", root.display(), std::env::var("PATH").unwrap());
    let output = Command::new(root.join("run.sh")).env("PATH", path).output().unwrap();
    assert_eq!(status(&output), 1);
    assert_eq!(stderr(&output), "error: 100% wrong\n");
}

/// Runs `run.sh` to its end.
fn run_sh(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(RUN_SH);
    quiet(&mut command).args(args);
    command
}

/// Nothing from outside that changes what an example prints, or how it is built: the flags that these tests were
/// compiled with, a sanitizer's for example, are not what somebody meets.
fn quiet(command: &mut Command) -> &mut Command {
    for variable in
        ["CSP_SEED", "CSP_VIRTUAL", "CSP_LEAKS", "CSP_CENSUS", "RUST_BACKTRACE", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"]
    {
        command.env_remove(variable);
    }
    command
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("not ended by a signal")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An empty folder for one test.
fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run_sh").join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

fn script(path: &Path, lines: &str) {
    executable(path, &format!("#!/bin/sh\n{lines}\n"));
}

/// Has another program write the file. If this one did, a child that another test starts meanwhile would hold it open for
/// a moment, and what is open for writing cannot be executed: "text file busy".
fn executable(path: &Path, text: &str) {
    let mut writer = Command::new("/bin/sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success(), "{}", path.display());
}

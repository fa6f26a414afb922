//! Runs every example, each as a program of its own, and sums up.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

use crate::catalogue::Example;
use crate::command_line::Settings;
use crate::examples::ALL;

/// How the line begins that an example prints when it is asked for its census.
const CENSUS: &str = "csp: processes made ";

/// One line for each example. What one printed is shown only when it does not end as its head says.
pub fn run(settings: &Settings) -> ExitCode {
    let (start, mut failed, mut sum) = (Instant::now(), Vec::new(), Census::default());
    for (example, number) in ALL.iter().zip(1..) {
        progress(&format!("{number}/{} {}", ALL.len(), example.name));
        let began = Instant::now();
        let output = match output(example, settings) {
            Ok(output) => output,
            Err(error) => {
                eprintln!("cannot start {}: {error}", example.name);
                return ExitCode::FAILURE;
            }
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        let census = stderr.lines().rev().find_map(|line| line.strip_prefix(CENSUS)).and_then(Census::read);
        sum.add(&census.unwrap_or_default());
        let status = status(&output);
        let well = status == example.status();
        progress("");
        println!(
            "{} {:<46}{:>8.3} s {:>8} processes {:>8} messages{}",
            if well { "ok    " } else { "FAILED" },
            example.name,
            began.elapsed().as_secs_f64(),
            census.map_or(String::from("?"), |census| census.made.to_string()),
            census.map_or(String::from("?"), |census| census.messages.to_string()),
            if status == 0 { String::new() } else { format!("  exit status {status}") },
        );
        if !well {
            let stdout = String::from_utf8_lossy(&output.stdout);
            println!("It should have ended with exit status {}. It said:\n{stdout}{stderr}", example.status());
            failed.push(example.name);
        }
    }
    println!(
        "\n{} examples in {:.1} s: {} processes, {} messages, {} timers, {} closes.",
        ALL.len(),
        start.elapsed().as_secs_f64(),
        sum.made,
        sum.messages,
        sum.timers,
        sum.closes
    );
    if failed.is_empty() {
        println!("Each has ended as its head says.");
        return ExitCode::SUCCESS;
    }
    println!("{} did not end as their heads say: {}", failed.len(), failed.join(", "));
    ExitCode::FAILURE
}

fn output(example: &Example, settings: &Settings) -> io::Result<Output> {
    let mut program = Command::new(env::current_exe()?);
    program.arg0(example.name).envs(settings.variables()).env("CSP_CENSUS", "1").stdin(Stdio::null()).output()
}

/// As a shell would say it.
fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0))
}

/// Shows on a terminal, in a line that is wiped away again, what is being waited for.
fn progress(what: &str) {
    if io::stdout().is_terminal() {
        print!("\r\x1b[K{what}");
        // Nobody to show it to: then there is nothing to do about it either.
        io::stdout().flush().ok();
    }
}

/// What the library counts, as it prints it.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Census {
    made: u64,
    messages: u64,
    timers: u64,
    closes: u64,
}

impl Census {
    /// From the line's part after [`CENSUS`]: `3, ended 1; messages 10; timers 5; closes 0`.
    fn read(line: &str) -> Option<Census> {
        let mut numbers = line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
        let [made, _ended, messages, timers, closes] = std::array::from_fn(|_| numbers.next());
        Some(Census { made: made?, messages: messages?, timers: timers?, closes: closes? })
    }

    fn add(&mut self, other: &Census) {
        self.made += other.made;
        self.messages += other.messages;
        self.timers += other.timers;
        self.closes += other.closes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_census_is_read_as_the_library_prints_it() {
        let end = std::rc::Rc::new(std::cell::RefCell::new(String::new()));
        let line = end.clone();
        csp::Builder::new().on_end(move |census| *line.borrow_mut() = census.to_string()).run(|| {
            csp::take(&csp::go_channel(|| 1));
        });
        let line = format!("csp: {}", end.borrow());
        let census = Census { made: 2, messages: 1, timers: 0, closes: 1 };
        assert_eq!(line.strip_prefix(CENSUS).and_then(Census::read), Some(census));
    }
}

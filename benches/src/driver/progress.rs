//! One line on the terminal that tells what is being done, and how long it will take.

use std::io::{self, IsTerminal};
use std::time::Instant;

pub struct Progress {
    began: Instant,
    all: usize,
    done: usize,
    terminal: bool,
}

impl Progress {
    /// So many runs are to come.
    pub fn new(all: usize) -> Progress {
        Progress { began: Instant::now(), all, done: 0, terminal: io::stderr().is_terminal() }
    }

    /// Where nobody watches, each round is a line.
    pub fn next(&mut self, round: usize, rounds: usize, workload: &str, peer: &str) {
        let first_of_round = self.done.is_multiple_of(self.all / rounds);
        let elapsed = self.began.elapsed().as_secs();
        let estimate = match self.done {
            0 => String::from("?"),
            done => minutes(elapsed * self.all as u64 / done as u64),
        };
        if self.terminal {
            eprint!("\r\x1b[K{} of about {estimate}: round {round}/{rounds}, {workload}, {peer}", minutes(elapsed));
        } else if first_of_round {
            eprintln!("round {round} of {rounds}, after {}", minutes(elapsed));
        }
        self.done += 1;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

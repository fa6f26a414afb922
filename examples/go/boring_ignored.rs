// Source: Go Concurrency Patterns (Pike 2012), slide 15
// go starts a process and does not wait for it; when main returns, all is over.
//
// Look for: not one of the ten lines. Processes take turns on one thread: another one runs only when main waits, and
// this main never does. ./run.sh --leaks go.boring_ignored says so: the process "still waits for its first turn".
// Try: yield_now(); as the last line of main: the others run once, as far as they get; the first line comes out.

use super::boring_less::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    go(|| boring("boring!")); // starts a process, which runs as soon as main waits
}

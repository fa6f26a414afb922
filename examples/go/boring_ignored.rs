// Source: Go Concurrency Patterns (Pike 2012), slide 15
// go starts a process and does not wait for it; when main returns, all is over.
//
// Look for: not one line. ./run.sh --leaks go.boring_ignored says who was left waiting: for its very first turn.
// Try: a yield_now() after it, which lets the others run first: one line comes out.

use super::boring_less::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    go(|| boring("boring!"));
}

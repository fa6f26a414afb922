// Source: csp
// A process that runs off its stack is named, with the size of the stack and the remedy; then the program aborts.
//
// Look for: one result, then the report: which of the three it was, and where it was started; `echo $?` then says 134.
// Try: the remedy, .stack_size(8 << 20): all three come to a result.
// Exit status: 134

use csp::prelude::*;

/// Ackermann's function: small numbers, deep recursion.
fn ackermann(m: u64, n: u64) -> u64 {
    match (m, n) {
        (0, n) => n + 1,
        (m, 0) => ackermann(m - 1, 1),
        (m, n) => ackermann(m - 1, ackermann(m, n - 1)),
    }
}

#[csp::main]
pub fn main() {
    let results = [3, 10, 4].map(|n| {
        let builder = Process::builder().name(format!("ackermann(3, {n})")).stack_size(64 << 10);
        builder.go_channel(move || println!("ackermann(3, {n}) = {}", ackermann(3, n)))
    });
    for result in &results {
        take(result).unwrap();
    }
}

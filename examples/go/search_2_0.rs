// Source: Go Concurrency Patterns (Pike 2012), slide 46
// All three searches at once: no locks, no condition variables, no callbacks.
//
// Look for: the answers come in the order in which they are ready; the time is that of the slowest.
// Try: [WEB, IMAGE, VIDEO].repeat(10) and 0..30: thirty searches take as long as the slowest: still less than 100 ms.

use super::search_fake::{IMAGE, VIDEO, WEB};
use csp::prelude::*;

fn google(query: &'static str) -> Vec<String> {
    let c = Channel::new();
    for kind in [WEB, IMAGE, VIDEO] {
        let c = c.clone();
        go(move || put(&c, kind.search(query)));
    }
    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(take(&c).unwrap());
    }
    results
}

#[csp::main]
pub fn main() {
    let start = now();
    for result in google("golang") {
        println!("{result}");
    }
    println!("{} ms", (now() - start).as_millis());
}

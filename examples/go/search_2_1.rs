// Source: Go Concurrency Patterns (Pike 2012), slide 47
// A slow search is not waited for. But then nobody takes its answer: where does it stay?
//
// Look for: with a buffer for all three answers none is stuck. With no buffer each late search waits for ever to put
// its answer; how many are late is chance. ./run.sh --leaks go.search_2_1 lists them. In Go they leak too, and nobody
// tells.
// Try: 1 in place of 3: a buffer of 1 is enough for a query with one late answer; of two late ones, one is stuck.

use super::search_fake::{IMAGE, VIDEO, WEB};
use csp::prelude::*;

fn google(query: &'static str, buffer: usize) -> Vec<String> {
    let c = Channel::buffered(buffer);
    for kind in [WEB, IMAGE, VIDEO] {
        let c = c.clone();
        go(move || put(&c, kind.search(query)));
    }
    let mut results = Vec::new();
    let t = timeout::<()>(Duration::from_millis(80));
    while results.len() < 3 {
        alts! {
            result = take(&c) => results.push(result.unwrap()),
            _ = take(&t) => break, // too slow
        }
    }
    results
}

#[csp::main]
pub fn main() {
    for buffer in [3, 0] {
        let mut in_time = 0;
        for _ in 0..10 {
            in_time += google("golang", buffer).len();
        }
        sleep(Duration::from_secs(1)); // by now the late ones have their answers too
        let stuck = csp::parked().len(); // the processes that wait, main not among them
        println!("buffer of {buffer}: {in_time} of 30 results in time, {stuck} searches stuck");
    }
}

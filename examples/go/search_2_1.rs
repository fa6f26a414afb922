// Source: Go Concurrency Patterns (Pike 2012), slide 47
// A slow search is not waited for. But then nobody takes its answer: where does it stay?
//
// Look for: with a buffer for all answers nobody stays. Without one, each late search waits for ever to put its answer:
// ./run.sh --leaks go.search_2_1 lists them. In Go they leak too, and nobody tells.
// Try: a buffer of 1: enough for a query with one late answer, not for one with two.

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
            result = take(&c) => results.extend(result),
            _ = take(&t) => break, // too slow
        }
    }
    results
}

#[csp::main]
pub fn main() {
    for buffer in [3, 0] {
        let in_time: usize = (0..10).map(|_| google("golang", buffer).len()).sum();
        sleep(Duration::from_secs(1)); // by now the late ones have their answers too
        println!("buffer of {buffer}: {in_time} of 30 results in time, {} searches stuck", csp::parked().len());
    }
}

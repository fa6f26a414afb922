// Source: Go Concurrency Patterns (Pike 2012), slide 50
// Everything at once: replicas, whose first answer counts, for each kind of search, and a timeout.
//
// Look for: three answers, nearly always in well under 80 ms; and ./run.sh --leaks go.search_3_0 has nothing to report.
// Try: [kind; 1], which is go.search_2_1 again: in two runs of five an answer is missing.

use super::search_fake::{IMAGE, VIDEO, WEB};
use super::search_first::first;
use csp::prelude::*;

fn google(query: &'static str) -> Vec<String> {
    let (out, c) = channel(0); // c is dropped when google returns: then late puts fail
    for kind in [WEB, IMAGE, VIDEO] {
        let out = out.clone();
        go(move || put(&out, first(query, [kind; 3])));
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
    let start = now();
    for result in google("golang") {
        println!("{result}");
    }
    println!("{} ms", (now() - start).as_millis());
    sleep(Duration::from_millis(100)); // by now the slow replicas have ended too
}

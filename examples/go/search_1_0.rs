// Source: Go Concurrency Patterns (Pike 2012), slide 45
// One search after the other.
//
// Look for: the time in the last line: the three of them added up.
// Try: WEB.search(query) a second time in the list: there is one result more, and its time is added too.

use super::search_fake::{IMAGE, VIDEO, WEB};
use csp::prelude::*;

fn google(query: &'static str) -> Vec<String> {
    vec![WEB.search(query), IMAGE.search(query), VIDEO.search(query)]
}

#[csp::main]
pub fn main() {
    let start = now();
    for result in google("golang") {
        println!("{result}");
    }
    println!("{} ms", (now() - start).as_millis());
}

// Source: Go Concurrency Patterns (Pike 2012), slide 43
// What the next examples search: each kind of search takes its time, a tenth of a second at most.
//
// Look for: three answers, and how long each has taken: that is chance, from 0 to 99 ms.
// Try: run it again, and the times are others; with ./run.sh --seed 1 go.search_fake they are the same each time.

use csp::prelude::*;

#[derive(Clone, Copy)]
pub struct Search(pub &'static str);

pub const WEB: Search = Search("web");
pub const IMAGE: Search = Search("image");
pub const VIDEO: Search = Search("video");

impl Search {
    pub fn search(self, query: &str) -> String {
        sleep(Duration::from_millis(random_range(0..100)));
        format!("{} result for {query:?}", self.0)
    }
}

#[csp::main]
pub fn main() {
    for kind in [WEB, IMAGE, VIDEO] {
        let start = now();
        println!("{} after {} ms", kind.search("golang"), (now() - start).as_millis());
    }
}

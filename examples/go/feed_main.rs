// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 14
// A feed reader as its user writes it: subscribe, merge, read until somebody closes it.
//
// Look for: items of three domains, as they come (all that is chance); after 3 seconds the close, and its answer: the
// last error, or None if there was none. ./run.sh --leaks go.feed_main has nothing to report: none is left waiting.
// Try: a fourth domain: more items. Or no sleep before closing.close(): there is no item, only the answer None.

use super::{feed_async::subscribe, feed_merge::merge};
use csp::prelude::*;
use std::{cell::Cell, rc::Rc};

#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    pub domain: &'static str,
    pub title: String,
}

pub type Fetched = Result<(Vec<Item>, Duration), &'static str>; // some items, and when to come again

/// A stand-in for a server: slow, sometimes busy, and it repeats itself.
pub fn fetch(domain: &'static str) -> impl Fn() -> Fetched + Clone {
    let newest = Rc::new(Cell::new(0));
    move || {
        sleep(Duration::from_millis(random_range(0..200)));
        if random_range(0..10) == 0 {
            return Err("the server is busy");
        }
        let n = newest.get();
        newest.set(n + 1);
        let items = [n, n + 1].map(|n| Item { domain, title: format!("Item {n}") });
        Ok((items.to_vec(), Duration::from_millis(random_range(100..1000))))
    }
}

#[csp::main]
pub fn main() {
    let merged = merge(["go.dev", "rust-lang.org", "python.org"].map(|domain| subscribe(fetch(domain))));
    let closing = merged.clone();
    go(move || {
        sleep(Duration::from_secs(3));
        println!("closed: {:?}", closing.close());
    });
    // Until the updates are closed.
    for item in &merged.updates {
        println!("{:14}{}", item.domain, item.title);
    }
    sleep(Duration::from_millis(200)); // a fetch that is under way ends meanwhile
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 14
// A feed reader as its user writes it: subscribe, merge, read until somebody closes it.
//
// Look for: the stream ends soon after 3 seconds, and --leaks has nothing to report: nobody is left behind.
// Try: one domain more, or `closing.close()` at once.

use super::{feed_async::subscribe, feed_merge::merge};
use csp::prelude::*;
use std::{cell::Cell, rc::Rc};

#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    pub channel: &'static str,
    pub title: String,
}

pub type Fetched = Result<(Vec<Item>, Duration), &'static str>; // some items, and when to come again

/// A stand-in for a server: slow, sometimes busy, and it repeats itself.
pub fn fetch(channel: &'static str) -> impl Fn() -> Fetched + Clone {
    let newest = Rc::new(Cell::new(0));
    move || {
        sleep(Duration::from_millis(random_range(0..200)));
        if random_range(0..10) == 0 {
            return Err("the server is busy");
        }
        let n = newest.replace(newest.get() + 1);
        let items =
            vec![Item { channel, title: format!("Item {n}") }, Item { channel, title: format!("Item {}", n + 1) }];
        Ok((items, Duration::from_millis(random_range(100..1000))))
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
    for item in &merged.updates {
        println!("{:14}{}", item.channel, item.title);
    }
}

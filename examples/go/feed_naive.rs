// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 18
// The obvious subscription: a loop that fetches, puts and sleeps, and a flag that says when to stop.
//
// Look for: eight items; each but the first comes twice, as the server repeats itself. A fetch may fail; then there is
// nothing to see for ten seconds, and `closed:` tells the error. It works, but two bugs hide in it.
// Try: find them; go.feed_naive_sleep and go.feed_naive_block show them. (The talk has a third one, a data race. That
// does not compile here: docs/from-go.md.)

use super::feed_main::{Fetched, Item, fetch};
use csp::prelude::*;
use std::{cell::Cell, rc::Rc};

pub struct Naive {
    pub updates: Channel<Item>,
    closed: Cell<bool>,
    error: Cell<Option<&'static str>>,
}

impl Naive {
    pub fn close(&self) -> Option<&'static str> {
        self.closed.set(true);
        self.error.get()
    }
}

pub fn subscribe(fetch: impl Fn() -> Fetched + 'static) -> Rc<Naive> {
    let s = Rc::new(Naive { updates: Channel::new(), closed: Cell::new(false), error: Cell::new(None) });
    let sub = s.clone();
    go(move || {
        while !sub.closed.get() {
            let fetched = fetch().inspect_err(|error| sub.error.set(Some(error)));
            let (items, next) = fetched.unwrap_or((Vec::new(), Duration::from_secs(10)));
            for item in items {
                put(&sub.updates, item).or_stop();
            }
            sleep(next);
        }
        close(&sub.updates); // now every take gives None
    });
    s
}

#[csp::main]
pub fn main() {
    let feed = subscribe(fetch("go.dev"));
    for _ in 0..8 {
        let item = take(&feed.updates).unwrap();
        println!("{} {}", item.domain, item.title);
    }
    println!("closed: {:?}", feed.close());
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 18
// The obvious subscription: a loop that fetches, puts and sleeps, and a flag that says when to stop.
//
// Look for: it works, but every item comes twice, and bugs hide: go.feed_naive_sleep, go.feed_naive_block.
// Try: find both before you read on. (The third of the talk, a data race, does not compile: docs/from-go.md.)

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
            let (items, next) = fetch().unwrap_or_else(|error| {
                sub.error.set(Some(error));
                (Vec::new(), Duration::from_secs(10))
            });
            items.into_iter().for_each(|item| put(&sub.updates, item).or_stop());
            sleep(next);
        }
        close(&sub.updates);
    });
    s
}

#[csp::main]
pub fn main() {
    let feed = subscribe(fetch("go.dev"));
    feed.updates.iter().take(8).for_each(|item| println!("{} {}", item.channel, item.title));
    println!("closed: {:?}", feed.close());
}

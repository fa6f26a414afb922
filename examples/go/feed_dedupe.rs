// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 34
// Nothing twice: the loop remembers what it has seen, and nobody else has to know.
//
// Look for: items 0 to 7, each once. What is new are the three lines with a BTreeSet, `seen` and `seen.insert`.
// Try: println!("{}", seen.len()); after each fetch: it never forgets. What would it cost after a year?

use super::feed_close_only::Subscription;
use super::feed_main::{Fetched, fetch};
use csp::prelude::*;
use std::collections::{BTreeSet, VecDeque};

fn run(s: &Subscription, fetch: impl Fn() -> Fetched) {
    let (mut pending, mut error, mut seen) = (VecDeque::new(), None, BTreeSet::new());
    let mut start_fetch = timeout::<()>(Duration::ZERO);
    loop {
        alts! {
            answer = take(&s.closing) => return put(&answer.or_stop(), error).or_stop(),
            _ = take(&start_fetch) => {
                let (items, next) = fetch().unwrap_or_else(|e| {
                    error = Some(e);
                    (Vec::new(), Duration::from_secs(10)) // nothing new, and again in ten seconds
                });
                pending.extend(items.into_iter().filter(|item| seen.insert(item.title.clone())));
                start_fetch = timeout(next);
            }
            sent = put(&s.updates, from pending) => sent.or_stop(), // the front of the queue, if there is one
        }
    }
}

#[csp::main]
pub fn main() {
    let s = Subscription::new(|s| run(s, fetch("go.dev")));
    for _ in 0..8 {
        let item = take(&s.updates).unwrap();
        println!("{} {}", item.domain, item.title);
    }
    println!("closed: {:?}", s.close());
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 34
// Nothing twice: the loop remembers what it has seen, and nobody else has to know.
//
// Look for: the diff to go.feed_merged is two lines.
// Try: run it for a year, and ask what `seen` costs then.

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
                    (Vec::new(), Duration::from_secs(10))
                });
                pending.extend(items.into_iter().filter(|item| seen.insert(item.title.clone())));
                start_fetch = timeout(next);
            }
            sent = put(&s.updates, from pending) => sent.or_stop(),
        }
    }
}

#[csp::main]
pub fn main() {
    let s = Subscription::new(|s| run(s, fetch("go.dev")));
    s.updates.iter().take(8).for_each(|item| println!("{} {}", item.channel, item.title));
    println!("closed: {:?}", s.close());
}

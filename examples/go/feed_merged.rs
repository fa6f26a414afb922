// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 31
// The three branches in one loop: close, fetch, put. No lock and no flag: the loop alone touches its variables.
//
// Look for: items as they come; each but the first comes twice, as the server repeats itself: go.feed_dedupe is next.
// Then the last error, or None; after a fetch that failed, the next one comes ten seconds later.
// Try: the main of go.feed_async, with Subscription::new(move |s| run(s, slow)): its close is answered after 60 s.

use super::feed_close_only::Subscription;
use super::feed_main::{Fetched, fetch};
use csp::prelude::*;
use std::collections::VecDeque;

fn run(s: &Subscription, fetch: impl Fn() -> Fetched) {
    let (mut pending, mut error) = (VecDeque::new(), None);
    let mut start_fetch = timeout::<()>(Duration::ZERO);
    loop {
        alts! {
            answer = take(&s.closing) => return put(&answer.or_stop(), error).or_stop(),
            _ = take(&start_fetch) => {
                let (items, next) = fetch().unwrap_or_else(|e| {
                    error = Some(e);
                    (Vec::new(), Duration::from_secs(10)) // nothing new, and again in ten seconds
                });
                pending.extend(items);
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

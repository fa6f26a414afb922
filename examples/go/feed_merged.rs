// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 31
// The three branches in one loop: close, fetch, put. No lock and no flag: the loop alone touches its variables.
//
// Look for: items as they come, each of them twice, as the server repeats itself; go.feed_dedupe is next.
// Try: sleep(Duration::from_secs(60)) in `fetch` of go.feed_main, and close: go.feed_async shows the way out.

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
                    (Vec::new(), Duration::from_secs(10))
                });
                pending.extend(items);
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

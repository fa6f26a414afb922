// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 36
// Not faster than it is read: while enough is pending, there is no branch that fetches.
//
// Look for: main reads nothing for a minute, and yet only ten items were pending (fewer if many fetches failed).
// Try: leave out the condition `, if pending.len() < MAX_PENDING`: it goes on fetching, and up to fifty were pending.

use super::feed_close_only::Subscription;
use super::feed_main::{Fetched, fetch};
use csp::prelude::*;
use std::collections::{BTreeSet, VecDeque};

pub const MAX_PENDING: usize = 10;

fn run(s: &Subscription, fetch: impl Fn() -> Fetched) {
    let (mut pending, mut error, mut seen) = (VecDeque::new(), None, BTreeSet::new());
    let mut start_fetch = timeout::<()>(Duration::ZERO);
    loop {
        alts! {
            answer = take(&s.closing) => {
                println!("{} items were pending", pending.len());
                return put(&answer.or_stop(), error).or_stop();
            }
            _ = take(&start_fetch), if pending.len() < MAX_PENDING => {
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
    sleep(Duration::from_secs(60));
    println!("closed: {:?}", s.close());
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 38
// A fetch is a process of its own: its channel is one more branch, and the loop is never away.
//
// Look for: a close in the middle of a fetch is answered at once.
// Try: fetch() in the branch itself, as in go.feed_max_pending: the close waits for the fetch.

use super::{feed_close_only::Subscription, feed_main::Fetched, feed_max_pending::MAX_PENDING};
use csp::prelude::*;
use std::collections::{BTreeSet, VecDeque};

fn run(s: &Subscription, fetch: impl Fn() -> Fetched + Clone + 'static) {
    let (mut pending, mut error, mut seen) = (VecDeque::new(), None, BTreeSet::new());
    let (mut start_fetch, mut fetch_done) = (timeout::<()>(Duration::ZERO), Channel::new());
    loop {
        alts! {
            answer = take(&s.closing) => return put(&answer.or_stop(), error).or_stop(),
            _ = take(&start_fetch), if pending.len() < MAX_PENDING => {
                fetch_done = go_channel(fetch.clone());
                start_fetch = Channel::new(); // to which nobody puts: never, until this fetch is done
            }
            fetched = take(&fetch_done) => {
                let (items, next) = fetched.or_stop().unwrap_or_else(|e| {
                    error = Some(e);
                    (Vec::new(), Duration::from_secs(10))
                });
                pending.extend(items.into_iter().filter(|item| seen.insert(item.title.clone())));
                start_fetch = timeout(next);
                fetch_done = Channel::new();
            }
            sent = put(&s.updates, from pending) => sent.or_stop(),
        }
    }
}

pub fn subscribe(fetch: impl Fn() -> Fetched + Clone + 'static) -> Subscription {
    Subscription::new(|s| run(s, fetch))
}

#[csp::main]
pub fn main() {
    let slow = || {
        sleep(Duration::from_secs(60));
        Err("nothing new")
    };
    let s = subscribe(slow);
    sleep(Duration::from_secs(1));
    println!("closed: {:?}, {:?} after the start", s.close(), now().since_start());
}

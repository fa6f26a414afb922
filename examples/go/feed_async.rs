// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 38
// A fetch is a process of its own: its result is one more branch, and the loop never waits for that alone.
//
// Look for: 1.0 s, though the fetch takes 60: a close in the middle of it is answered at once. The answer is None, as
// no fetch has failed yet.
// Try: fetch() in the branch itself, as in go.feed_max_pending: the close waits for it, until 60.0 s, and tells its
// error.

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
                fetch_done = go_channel(fetch.clone()); // starts a process; the channel will bring its result
                start_fetch = Channel::new(); // a channel to which nobody puts: no other fetch begins
            }
            fetched = take(&fetch_done) => {
                let (items, next) = fetched.or_stop().unwrap_or_else(|e| {
                    error = Some(e);
                    (Vec::new(), Duration::from_secs(10))
                });
                pending.extend(items.into_iter().filter(|item| seen.insert(item.title.clone())));
                start_fetch = timeout(next);
                fetch_done = Channel::new(); // again one to which nobody puts: no fetch is under way
            }
            sent = put(&s.updates, from pending) => sent.or_stop(), // the front of the queue, if there is one
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
    println!("closed: {:?}, {:.1} s after the start", s.close(), now().since_start().as_secs_f64());
}

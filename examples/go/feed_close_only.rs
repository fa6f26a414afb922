// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 25
// What a subscription does will be one alts!, in a loop. This is its first branch: who closes it asks for an answer.
//
// Look for: the error, which only `run` knows and tells over a channel; then None from a second close, which has no
// answer to wait for, and None from the updates, which are closed.
// Try: sleep(Duration::from_secs(60)) before alts!: the close waits as long. What takes time must be a branch.

use super::feed_main::Item;
use csp::prelude::*;

type Answer = Channel<Option<&'static str>>; // for the last error, or None if there was none

#[derive(Clone)]
pub struct Subscription {
    pub updates: Channel<Item>,
    pub closing: Channel<Answer>, // who wants to close puts the channel for the answer
}

impl Subscription {
    pub fn new(run: impl FnOnce(&Subscription) + 'static) -> Subscription {
        let s = Subscription { updates: Channel::new(), closing: Channel::new() };
        let sub = s.clone();
        go(move || {
            run(&sub); // returns when it has answered
            close(&sub.updates);
            close(&sub.closing);
        });
        s
    }

    /// Ends the stream, and tells what went wrong last.
    pub fn close(&self) -> Option<&'static str> {
        let answer = Channel::new();
        match put(&self.closing, answer.clone()) {
            Ok(()) => take(&answer).unwrap(),
            Err(Closed(_)) => None, // it was closed before
        }
    }
}

fn run(s: &Subscription) {
    let error = Some("nothing was ever fetched");
    alts! {
        answer = take(&s.closing) => put(&answer.or_stop(), error).or_stop(),
    }
}

#[csp::main]
pub fn main() {
    let s = Subscription::new(run);
    println!("closed: {:?}, again: {:?}", s.close(), s.close());
    println!("an update: {:?}", take(&s.updates));
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 25
// The loop of a subscription is to be one alts!. Its first branch: a close brings the channel for its answer.
//
// Look for: only `run` knows the error, and whoever closes asks for it over a channel.
// Try: sleep(Duration::from_secs(60)) before alts!: the close waits as long. What takes time must be a branch.

use super::feed_main::Item;
use csp::prelude::*;

#[derive(Clone)]
pub struct Subscription {
    pub updates: Channel<Item>,
    pub closing: Channel<Channel<Option<&'static str>>>,
}

impl Subscription {
    pub fn new(run: impl FnOnce(&Subscription) + 'static) -> Subscription {
        let s = Subscription { updates: Channel::new(), closing: Channel::new() };
        let sub = s.clone();
        go(move || {
            run(&sub);
            close(&sub.updates);
            close(&sub.closing);
        });
        s
    }

    /// Ends the stream, and tells what went wrong last.
    pub fn close(&self) -> Option<&'static str> {
        let answer = Channel::new();
        put(&self.closing, answer.clone()).ok()?;
        take(&answer)?
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
    println!("closed: {:?}, then {:?}", s.close(), take(&s.updates));
}

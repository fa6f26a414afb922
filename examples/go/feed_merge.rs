// Source: Advanced Go Concurrency Patterns (Ajmani 2013), the program behind slide 14
// Many subscriptions as one, which is a subscription again: it can be read, closed, and merged.
//
// Look for: closing the whole closes the parts, and every process ends: --leaks has nothing to report.
// Try: merge two merged ones.

use super::feed_async::subscribe;
use super::feed_close_only::Subscription;
use super::feed_main::fetch;
use csp::prelude::*;

pub fn merge<const N: usize>(subscriptions: [Subscription; N]) -> Subscription {
    Subscription::new(|merged| {
        for s in &subscriptions {
            let (from, to) = (s.updates.clone(), merged.updates.clone());
            go(move || from.iter().for_each(|item| put(&to, item).or_stop()));
        }
        let answer = take(&merged.closing).or_stop();
        let errors = subscriptions.map(|s| s.close());
        put(&answer, errors.into_iter().flatten().last()).or_stop();
    })
}

#[csp::main]
pub fn main() {
    let merged = merge(["go.dev", "rust-lang.org"].map(|domain| subscribe(fetch(domain))));
    merged.updates.iter().take(8).for_each(|item| println!("{:14}{}", item.channel, item.title));
    println!("closed: {:?}", merged.close());
}

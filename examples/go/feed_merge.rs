// Source: Advanced Go Concurrency Patterns (Ajmani 2013), the program behind slide 14
// Many subscriptions as one, which is a subscription again: it can be read, closed, and merged.
//
// Look for: eight items as they come, of two domains, or of one while the other is busy; then the last error, or None.
// To close the whole closes its parts, and every process ends: ./run.sh --leaks go.feed_merge has nothing to report.
// Try: let merged = merge([merged, subscribe(fetch("python.org"))]); three domains, and still one close for all.

use super::feed_async::subscribe;
use super::feed_close_only::Subscription;
use super::feed_main::fetch;
use csp::prelude::*;

pub fn merge(subscriptions: impl Into<Vec<Subscription>>) -> Subscription {
    let subscriptions = subscriptions.into();
    Subscription::new(move |merged| {
        for s in &subscriptions {
            let (from, to) = (s.updates.clone(), merged.updates.clone());
            go(move || {
                for item in &from {
                    put(&to, item).or_stop();
                }
            });
        }
        let answer = take(&merged.closing).or_stop();
        let mut error = None;
        for s in &subscriptions {
            error = s.close().or(error);
        }
        put(&answer, error).or_stop();
    })
}

#[csp::main]
pub fn main() {
    let merged = merge(["go.dev", "rust-lang.org"].map(|domain| subscribe(fetch(domain))));
    for _ in 0..8 {
        let item = take(&merged.updates).unwrap();
        println!("{:14}{}", item.domain, item.title);
    }
    println!("closed: {:?}", merged.close());
    sleep(Duration::from_millis(200)); // a fetch that is under way ends meanwhile
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 30
// The third branch: put what is pending, one item at a time; when nothing is pending there is no such branch.
//
// Look for: main takes one item each 1.5 s, and after each second without a take the loop says how many are pending.
// Try: pending.pop_front().unwrap() in place of `from pending`: an item is removed though nobody takes it. Items 0 and
// 2 are lost; then the process panics, as nothing is left to remove, and main waits for ever: a deadlock.

use super::feed_main::Item;
use csp::prelude::*;
use std::collections::VecDeque;

fn run(updates: Channel<Item>, mut pending: VecDeque<Item>) {
    loop {
        alts! {
            // `from pending`: the front of the queue, removed only if this branch happens. Empty: the branch is off.
            sent = put(&updates, from pending) => sent.or_stop(),
            _ = sleep(Duration::from_secs(1)) => println!("{} pending", pending.len()),
        }
    }
}

#[csp::main]
pub fn main() {
    let updates = Channel::new();
    let out = updates.clone();
    let pending = (0..3).map(|n| Item { domain: "go.dev", title: format!("Item {n}") }).collect();
    go(|| run(out, pending));
    for _ in 0..3 {
        sleep(Duration::from_millis(1500));
        println!("{}", take(&updates).unwrap().title);
    }
    sleep(Duration::from_millis(1500));
}

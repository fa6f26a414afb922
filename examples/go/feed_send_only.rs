// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 30
// The third branch: put what is pending, one item at a time; when nothing is pending there is no such branch.
//
// Look for: the reader is slow, and the loop goes on meanwhile. `from pending` takes an item off only when it is put.
// Try: pending.pop_front().unwrap() in place of `from pending`: the first second of waiting loses an item.

use super::feed_main::Item;
use csp::prelude::*;
use std::collections::VecDeque;

fn run(updates: Channel<Item>, mut pending: VecDeque<Item>) {
    loop {
        alts! {
            sent = put(&updates, from pending) => sent.or_stop(),
            _ = sleep(Duration::from_secs(1)) => println!("{} pending", pending.len()),
        }
    }
}

#[csp::main]
pub fn main() {
    let updates = Channel::new();
    let out = updates.clone();
    let pending = (0..3).map(|n| Item { channel: "go.dev", title: format!("Item {n}") }).collect();
    go(|| run(out, pending));
    for _ in 0..3 {
        sleep(Duration::from_millis(1500));
        println!("{}", take(&updates).unwrap().title);
    }
    sleep(Duration::from_millis(1500));
}

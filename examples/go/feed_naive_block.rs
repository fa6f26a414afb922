// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 22
// Another bug of go.feed_naive: who puts to a channel that nobody reads any more waits for ever.
//
// Look for: nothing, unless you ask: ./run.sh --leaks go.feed_naive_block lists both bugs. One process sleeps, though
// it is closed; the other waits to put, and always will.
// Try: take(&unread.updates) before the end: that one gets as far as its sleep.

use super::feed_main::Item;
use super::feed_naive::subscribe;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let news = || Ok((vec![Item { channel: "go.dev", title: "News".into() }], Duration::from_secs(60)));
    let (unread, read) = (subscribe(news), subscribe(news));
    println!("{}", take(&read.updates).unwrap().title);

    unread.close();
    read.close();
    sleep(Duration::from_secs(1));
    println!("both are closed; have they ended?");
}

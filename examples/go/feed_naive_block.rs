// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 22
// Another bug of go.feed_naive: it waits for ever to put an item that nobody will take any more.
//
// Look for: the news of one feed, and the question. ./run.sh --leaks go.feed_naive_block answers it with both bugs: the
// process of `one` sleeps, though it is closed; that of `other` waits to put, and always will.
// Try: take(&other.updates); before the sleep: then both sleep, though they are closed.

use super::feed_main::Item;
use super::feed_naive::subscribe;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let news = || Ok((vec![Item { domain: "go.dev", title: "News".into() }], Duration::from_secs(60)));
    let (one, other) = (subscribe(news), subscribe(news));
    println!("{}", take(&one.updates).unwrap().title); // and from the other nobody takes

    one.close();
    other.close();
    sleep(Duration::from_secs(1));
    println!("both are closed; have they ended?");
}

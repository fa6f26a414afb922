// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 21
// A bug of go.feed_naive: its process sleeps, and learns only afterwards that it was closed.
//
// Look for: it was closed after one second, and ended nine seconds later: it slept for ten, as its fetch had failed.
// Try: || Ok((Vec::new(), Duration::from_secs(3600))) as the fetch: the close is noticed an hour after the fetch.

use super::feed_naive::subscribe;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let feed = subscribe(|| Err("the server is busy"));
    sleep(Duration::from_secs(1));
    let start = now();
    println!("closed: {:?}", feed.close());
    take(&feed.updates); // None, as soon as it is closed
    println!("ended {:.1} s later", (now() - start).as_secs_f64());
}

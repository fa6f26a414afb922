// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 21
// A bug of go.feed_naive: its process sleeps, and learns only afterwards that it was closed.
//
// Look for: it was closed in the first second, and goes on sleeping for the ten of a fetch that has failed.
// Try: a fetch that succeeds and says to come again in an hour: how late is the close noticed then?

use super::feed_naive::subscribe;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let feed = subscribe(|| Err("the server is busy"));
    sleep(Duration::from_secs(1));
    let start = now();
    println!("closed: {:?}", feed.close());
    take(&feed.updates);
    println!("ended {:.1} s later", (now() - start).as_secs_f64());
}

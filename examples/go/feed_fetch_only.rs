// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 27
// The second branch: fetch when it is time. A timeout is a channel, hence one more thing to wait for.
//
// Look for: two more items are pending after each fetch, and each says when the next one is due (that is chance); after
// one that failed it is in ten seconds, when main has left.
// Try: sleep(next) in place of alts! and timeouts: it does the same, as long as there is nothing else to wait for.

use super::feed_main::{Fetched, fetch};
use csp::prelude::*;

fn run(fetch: impl Fn() -> Fetched) {
    // A timeout is closed when its time has come, and then every take gives None: this one at once.
    let (mut pending, mut start_fetch) = (Vec::new(), timeout::<()>(Duration::ZERO));
    loop {
        alts! {
            _ = take(&start_fetch) => {
                let (items, next) = fetch().unwrap_or((Vec::new(), Duration::from_secs(10)));
                pending.extend(items);
                println!("{} items pending, next fetch in {next:?}", pending.len());
                start_fetch = timeout(next);
            }
        }
    }
}

#[csp::main]
pub fn main() {
    go(|| run(fetch("go.dev")));
    sleep(Duration::from_secs(5));
}

// Source: Go Concurrency Patterns (Pike 2012), slide 48
// The same search on several machines: the first answer counts. And the others?
//
// Look for: which replica is first is chance. After `first` 0 wait for ever: its receiver is dropped when it returns,
// so the puts of the losers fail, and they end. After `first_leaky`, Go's way, 2 do: nobody closes its channel, so the
// losers wait to put. ./run.sh --leaks go.search_first lists them.
// Try: Channel::buffered(3) in `first_leaky`: the losers can put too, and end; 0 wait.

use super::search_fake::Search;
use csp::prelude::*;

pub fn first<const N: usize>(query: &'static str, replicas: [Search; N]) -> String {
    let (out, c) = channel(0); // a channel in two parts: when all receivers are dropped (c is the only one), puts fail
    for replica in replicas {
        let out = out.clone();
        go(move || put(&out, replica.search(query)));
    }
    take(&c).unwrap()
}

fn first_leaky<const N: usize>(query: &'static str, replicas: [Search; N]) -> String {
    let c = Channel::new(); // a handle: to drop it closes nothing
    for replica in replicas {
        let c = c.clone();
        go(move || put(&c, replica.search(query)));
    }
    take(&c).unwrap()
}

#[csp::main]
pub fn main() {
    let replicas = [Search("replica 1"), Search("replica 2"), Search("replica 3")];
    for search in [first, first_leaky] {
        println!("{}", search("golang", replicas));
        sleep(Duration::from_millis(100)); // by now the others have their answers too
        println!("{} wait for ever", csp::parked().len());
    }
}

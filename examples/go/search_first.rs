// Source: Go Concurrency Patterns (Pike 2012), slide 48
// The same search on several machines: the first answer counts. And the others?
//
// Look for: in Go's way the losers wait for ever to put: ./run.sh --leaks go.search_first lists them. In the other way
// the receiver goes when `first` returns: their puts fail, and they end.
// Try: Channel::buffered(3) in `first_leaky`: its losers can put their answer too, and end.

use super::search_fake::Search;
use csp::prelude::*;

fn first_leaky<const N: usize>(query: &'static str, replicas: [Search; N]) -> String {
    let c = Channel::new();
    for replica in replicas {
        let c = c.clone();
        go(move || put(&c, replica.search(query)));
    }
    take(&c).unwrap()
}

pub fn first<const N: usize>(query: &'static str, replicas: [Search; N]) -> String {
    let (out, c) = channel(0);
    for replica in replicas {
        let out = out.clone();
        go(move || put(&out, replica.search(query)));
    }
    take(&c).unwrap()
}

#[csp::main]
pub fn main() {
    for first in [first, first_leaky] {
        println!("{}", first("golang", [Search("replica 1"), Search("replica 2"), Search("replica 3")]));
        sleep(Duration::from_millis(100)); // by now the others have their answers too
        println!("{} left behind", csp::parked().len());
    }
}

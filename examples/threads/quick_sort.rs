// Source: Algorithm 64: Quicksort (Hoare 1961)
// Half of a long list goes to whichever thread has time; who waits for it is parked, and its thread does other work.
//
// Look for: some of 10000 numbers, then the least of them, and that all are in order.
// Try: 0 in place of 1000: a process for each number. It is right too, but slower.

use csp::prelude::*;
use csp::sync;

const SHORT: usize = 1000;

fn quick_sort(list: Vec<u32>) -> Vec<u32> {
    let Some((&pivot, rest)) = list.split_first() else { return list };
    let (low, high): (Vec<u32>, Vec<u32>) = rest.iter().partition(|&&n| n < pivot);
    let (low, high) = if list.len() > SHORT {
        // Starts a process on whichever thread has time; the channel brings its result.
        let low = sync::go_channel(move || quick_sort(low));
        let high = quick_sort(high); // here, at the same time
        (take(&low).unwrap(), high) // this process waits, and its thread sorts what others want
    } else {
        (quick_sort(low), quick_sort(high)) // less work than to start a process
    };
    [low, vec![pivot], high].concat()
}

#[csp::main]
pub fn main() {
    let n = std::env::args().nth(1).map_or(10_000, |n| n.parse().expect("a number"));
    let list: Vec<u32> = (0..n).map(|_| random_range(0..1_000_000)).collect();
    println!("{:?} ...", &list[..8]);
    // The channel brings one result, and has ended then.
    for sorted in &sync::go_channel(move || quick_sort(list)) {
        println!("{:?} ...", &sorted[..8]);
        println!("{} numbers, in order: {}", sorted.len(), sorted.is_sorted());
    }
}

// Source: A New Exercise in Concurrency (Trono 1994)
// Nine reindeer, or three of ten elves, wake Santa Claus; if both wait, the reindeer go first: `priority;`.
//
// Look for: whenever he helps elves, no reindeer wait; when he is off with the toys, elves often do.
// Try: leave out `priority;`: with one seed or another the reindeer wait while he helps elves.

use csp::prelude::*;

#[process]
fn visitor(away: u64, door: Channel<Channel<()>>) {
    let home = Channel::new();
    loop {
        sleep(Duration::from_micros(random_range(0..away))); // on holiday, or making toys
        put(&door, home.clone()).or_stop();
        take(&home).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let [reindeer, elves] = [(9, 9, 2_000_000), (10, 3, 1_000_000)].map(|(all, group, away)| {
        let (door, groups) = (Channel::new(), Channel::buffered(all / group));
        for _ in 0..all {
            visitor(away, door.clone());
        }
        let out = groups.clone();
        go(move || while put(&out, door.iter().take(group).collect::<Vec<_>>()).is_ok() {});
        groups
    });
    for _ in 0..15 {
        let (group, task) = alts! {
            priority;
            nine = take(&reindeer) => (nine.unwrap(), "is off with the toys"),
            three = take(&elves) => (three.unwrap(), "helps three elves"),
        };
        println!("Santa {task:20}   reindeer wait: {}   elves wait: {}", 9 * reindeer.len(), 3 * elves.len());
        sleep(Duration::from_millis(500));
        group.iter().for_each(|home| put(home, ()).unwrap());
    }
}

// Source: A New Exercise in Concurrency (Trono 1994)
// Nine reindeer, or three of ten elves, wake Santa Claus; if both wait, the reindeer go first: `priority;`.
//
// Look for: how many groups wait meanwhile. While he helps elves it is always 0 of reindeer, as they would have gone
// first; while he is off with the toys, elves often do. All else is chance: ./run.sh --seed 1 santa_claus repeats it.
// Try: leave out `priority;`: in most runs (with --seed 2, for example) reindeer wait at times while he helps elves.

use csp::prelude::*;

type Home = Channel<()>; // where a visitor waits for Santa to be done

#[process]
fn visitor(longest: u64, door: Channel<Home>) {
    let home = Channel::new();
    loop {
        sleep(Duration::from_micros(random_range(0..longest))); // on holiday, or making toys
        put(&door, home.clone()).or_stop(); // hands over the channel for the answer
        take(&home).or_stop();
    }
}

fn visitors(number: usize, in_group: usize, longest: u64) -> Channel<Vec<Home>> {
    let (door, groups) = (Channel::new(), Channel::buffered(number / in_group));
    for _ in 0..number {
        visitor(longest, door.clone());
    }
    let out = groups.clone();
    go(move || {
        loop {
            put(&out, (0..in_group).map(|_| take(&door).or_stop()).collect()).or_stop(); // one group
        }
    });
    groups
}

#[csp::main]
pub fn main() {
    let (reindeer, elves) = (visitors(9, 9, 2_000_000), visitors(10, 3, 1_000_000)); // channels of groups
    for _ in 0..15 {
        let (group, task) = alts! {
            priority; // of several that are ready the first as written, not any
            nine = take(&reindeer) => (nine.unwrap(), format!("is off with the toys; elves wait: {}", elves.len())),
            three = take(&elves) => (three.unwrap(), format!("helps three elves; reindeer wait: {}", reindeer.len())),
        };
        println!("Santa {task}");
        sleep(Duration::from_millis(500));
        for home in group {
            put(&home, ()).unwrap();
        }
    }
}

// Source: Communicating Sequential Processes (Hoare 1978), section 5.3 (its exercise)
// The cure: a room for four, so that one of those inside always gets both forks. The room is a buffer.
//
// Look for: a hundred meals, shared almost evenly: those who wait are served in order, so nobody starves.
// Try: Channel::buffered(5), a room for all: most runs end in the deadlock of dining_philosophers.

use super::dining_philosophers::{Fork, NAMES, lay};
use csp::prelude::*;

#[process]
fn phil(i: usize, room: Channel<()>, left: Channel<Fork>, right: Channel<Fork>, meals: Channel<(usize, Duration)>) {
    loop {
        sleep(Duration::from_millis(random_range(0..500))); // think
        let hungry = now();
        put(&room, ()).or_stop(); // enter: waits while four are inside
        let one = take(&left).or_stop();
        sleep(Duration::from_millis(100));
        let other = take(&right).or_stop();
        put(&meals, (i, now() - hungry)).or_stop(); // eat
        put(&left, one).or_stop();
        put(&right, other).or_stop();
        take(&room).or_stop(); // leave
    }
}

#[csp::main]
pub fn main() {
    let (room, meals) = (Channel::buffered(4), Channel::new());
    let forks = [0, 1, 2, 3, 4].map(lay);
    for i in 0..5 {
        phil(i, room.clone(), forks[i].clone(), forks[(i + 1) % 5].clone(), meals.clone()); // starts a process
    }
    let mut eaten = [(0, Duration::ZERO); 5];
    for _ in 0..100 {
        let (i, waited) = take(&meals).unwrap();
        eaten[i] = (eaten[i].0 + 1, waited.max(eaten[i].1));
    }
    for (name, (times, longest)) in NAMES.iter().zip(eaten) {
        println!("{name:9} has eaten {times} times and waited {longest:?} at most");
    }
}

// Source: Communicating Sequential Processes (Hoare 1978), section 5.3
// Five philosophers share five forks: each takes the left one, then waits for the right one for ever.
//
// Look for: five forks picked up, in an order that is chance, and the deadlock report that ends the program: each waits
// for the fork that the next one has picked up.
// Try: `if name == "Kant" { phil(name, right, left) } else { … }` in the last closure: as Kant, alone, begins with the
// fork on his right, there is no circle, and all eat.
// Exit status: 2

use csp::prelude::*;

pub const NAMES: [&str; 5] = ["Plato", "Aristotle", "Hume", "Kant", "Hegel"];

pub struct Fork;

/// Where a fork lies: a channel. Who takes the fork has it; the others wait in line.
pub fn lay(number: usize) -> Channel<Fork> {
    let place = Channel::builder().name(format!("fork {number}")).buffered(1).build();
    put(&place, Fork).unwrap();
    place
}

fn phil(name: &str, left: Channel<Fork>, right: Channel<Fork>) {
    sleep(Duration::from_millis(random_range(0..500))); // think
    let one = take(&left).or_stop();
    println!("{name} picks up {}", left.name().unwrap());
    sleep(Duration::from_secs(1)); // so slow that everybody has one by then
    let other = take(&right).or_stop();
    println!("{name} eats");
    put(&left, one).or_stop();
    put(&right, other).or_stop();
}

#[csp::main]
pub fn main() {
    let forks = [0, 1, 2, 3, 4].map(lay);
    let dinner = [0, 1, 2, 3, 4].map(|i| {
        let (name, left, right) = (NAMES[i], forks[i].clone(), forks[(i + 1) % 5].clone());
        // Starts a process of that name; the channel says when it has ended.
        Process::builder().name(name).go_channel(move || phil(name, left, right))
    });
    for seat in &dinner {
        take(seat);
    }
}

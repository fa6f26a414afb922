// Source: csp
// In virtual time nobody waits for the clock: when all processes sleep, it jumps to the first who is to wake.
//
// Look for: an hour of trains, each up to five minutes late, and then a year, at once. With --seed 1 the delays are the
// same each time.
// Try: leave out `(virtual_time)`: it takes the hour and the year (Ctrl-C ends it), unless it is called with --virtual.

use csp::prelude::*;

#[process]
fn trains(to: &'static str, minutes: u64, departures: Channel<(Time, &'static str)>) {
    // A ticker is a channel that brings the time, again and again.
    for planned in &ticker(Duration::from_secs(60 * minutes)) {
        sleep(Duration::from_secs(random_range(0..300))); // late
        put(&departures, (planned, to)).or_stop();
    }
}

#[csp::main(virtual_time)]
pub fn main() {
    let (noon, departures) = (now(), Channel::new());
    trains("Ghent", 10, departures.clone()); // every ten minutes; starts a process
    trains("Bruges", 15, departures.clone());
    trains("Ostend", 20, departures.clone());

    let clock = |seconds| format!("12:{:02}:{:02}", seconds / 60, seconds % 60);
    let hour = timeout(Duration::from_secs(3600));
    while let (Some((planned, to)), _) = alts([&departures, &hour]) {
        println!("{} {to:6} planned for {}", clock((now() - noon).as_secs()), clock((planned - noon).as_secs()));
    }
    close(&departures); // each process stops when it wants to put its next train
    sleep(Duration::from_secs(365 * 24 * 3600));
    println!("{} hours after noon", (now() - noon).as_secs() / 3600);
}

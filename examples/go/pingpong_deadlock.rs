// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 7
// Nobody tosses the ball: all wait, and the report says who, where and for what.
//
// Look for: both players and the table by name, and the line where each of them waits; `echo $?` then says 2.
// Try: toss the ball, with `use super::pingpong::{Ball, player};`: the game of go.pingpong, and no report.
// Exit status: 2

use super::pingpong::player;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let table = Channel::builder().name("table").build();
    for name in ["ping", "pong"] {
        let table = table.clone();
        Process::builder().name(name).go(move || player(name, table)); // a process with a name
    }

    // put(&table, Ball { hits: 0 }).unwrap();
    sleep(Duration::from_secs(1));
    take(&table); // main waits too
}

// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 8
// A panic of main ends the run. Who was there at that moment, and what did they wait for?
//
// Look for: the panic of main, after a second of the game. ./run.sh --leaks go.pingpong_panic lists both players, who
// wait to take from the table; `echo $?` then says 101.
// Try: close(&table); instead of the last take: nobody waits for the ball any more, and there is nothing to list.
// Exit status: 101

use super::pingpong::{Ball, player};
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let table = Channel::builder().name("table").build();
    for name in ["ping", "pong"] {
        let table = table.clone();
        Process::builder().name(name).go(move || player(name, table)); // a process with a name
    }

    put(&table, Ball { hits: 0 }).unwrap();
    sleep(Duration::from_secs(1));
    take(&table);

    panic!("show me the processes");
}

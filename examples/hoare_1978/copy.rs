// Source: Communicating Sequential Processes (Hoare 1978), section 3.1
// COPY: what comes from the west goes to the east, one character at a time, until there is no more.
//
// Look for: nobody says that it is over: `west` ends when its last sender goes, and `east` goes with the process.
// Try: a second copy behind the first. It makes no difference, and room for one character more.

use csp::prelude::*;

#[process]
pub fn copy(west: Receiver<char>, east: Sender<char>) {
    for c in &west {
        put(&east, c).or_stop();
    }
}

/// The process in the west: it sends a text.
#[process]
pub fn send(text: &'static str, east: Sender<char>) {
    for c in text.chars() {
        put(&east, c).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let (to_copy, west) = channel(0);
    let (to_main, east) = channel(0);
    send("hello, world", to_copy);
    copy(west, to_main);
    println!("{}", east.iter().collect::<String>());
}

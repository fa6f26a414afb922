// Source: Communicating Sequential Processes (Hoare 1978), section 3.1
// COPY: what comes from the west goes to the east, one character at a time, until there is no more.
//
// Look for: the text, unchanged. Nobody says that it is over: `west` is closed when its last sender is dropped, and
// `east`, the copy's own sender, is dropped when the process ends.
// Try: a second copy behind the first: what comes out is the same.

use csp::prelude::*;

#[process] // to call it starts a process
pub fn copy(west: Receiver<char>, east: Sender<char>) {
    // Until west is closed.
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
    let (to_copy, west) = channel(0); // a Sender and a Receiver, without a buffer
    let (to_main, east) = channel(0);
    send("hello, world", to_copy);
    copy(west, to_main);
    println!("{}", east.iter().collect::<String>());
}

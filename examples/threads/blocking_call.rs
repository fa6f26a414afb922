// Source: csp
// A call that blocks holds up all processes of its thread; `sync::blocking` makes it on another thread.
//
// Look for: None: the other process was held up too, and could not write. Then Some: it could.
// Try: make the second call like the first, without `sync::blocking`: it waits its hour out (Ctrl-C, twice, ends it).

use csp::prelude::*;
use csp::sync;
use std::sync::mpsc;

/// Starts a process that writes a letter; it will come in a channel of std, which knows nothing of processes.
fn mailbox() -> mpsc::Receiver<&'static str> {
    let (out, mailbox) = mpsc::channel();
    go(move || out.send("a letter"));
    mailbox
}

#[csp::main]
pub fn main() {
    let letters = mailbox();
    let letter = letters.recv_timeout(Duration::from_millis(20)); // the thread waits, and nobody has a turn
    println!("called here:              {:?}", letter.ok());

    let letters = mailbox();
    // The call is made by a thread of a pool, which waits in it. Here this process is parked, and others have turns.
    let letter = sync::blocking(move || letters.recv_timeout(Duration::from_secs(3600)));
    println!("called by sync::blocking: {:?}", letter.ok());
}

// Source: Communicating Sequential Processes (Hoare 1978), sections 4.3 and 4.4
// A data type is a process: its state is its variables, its operations are the messages it understands.
//
// Look for: the paper's input guards X?insert(n), X?has(n), X?scan() are the arms of a match.
// Try: a Remove(u32), and what `has` says then.

use csp::prelude::*;

enum Message {
    Insert(u32),
    Has(u32, Sender<bool>),
    Scan(Sender<u32>),
}

#[process]
fn small_set(x: Receiver<Message>) {
    let mut content = Vec::new();
    for message in &x {
        match message {
            Message::Insert(n) if content.contains(&n) || content.len() == 100 => {}
            Message::Insert(n) => content.push(n),
            Message::Has(n, answer) => put(&answer, content.contains(&n)).or_stop(),
            // One after the other, while nobody else is served; then the sender goes, and that says: none left.
            Message::Scan(next) => content.iter().for_each(|n| put(&next, *n).or_stop()),
        }
    }
}

#[csp::main]
pub fn main() {
    let (set, x) = channel(0);
    small_set(x);
    for n in [3, 1, 4, 1, 5, 9, 2, 6, 5] {
        put(&set, Message::Insert(n)).unwrap();
    }
    for n in [4, 7] {
        let (answer, has) = channel(0);
        put(&set, Message::Has(n, answer)).unwrap();
        println!("has {n}: {}", take(&has).unwrap());
    }
    let (next, scan) = channel(0);
    put(&set, Message::Scan(next)).unwrap();
    println!("scan: {:?}", scan.iter().collect::<Vec<_>>());
}

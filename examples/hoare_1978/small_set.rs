// Source: Communicating Sequential Processes (Hoare 1978), sections 4.3 and 4.4
// A data type is a process: its state is its variables, its operations are the messages it understands.
//
// Look for: has 4 is true, has 7 is not, and each number is there once. The paper's input guards X?insert(n), X?has(n),
// X?scan() are the arms of a match.
// Try: a Remove(u32), `Message::Remove(n) => content.retain(|m| *m != n),`: put it for 4, and has 4 is false.

use csp::prelude::*;

enum Message {
    Insert(u32),
    Has(u32, Sender<bool>), // with the channel for the answer
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
            Message::Scan(next) => {
                // One after the other, while nobody else is served; then `next` is dropped, and that says: none left.
                for n in &content {
                    put(&next, *n).or_stop();
                }
            }
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

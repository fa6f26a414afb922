// Source: The thread-ring benchmark (Computer Language Benchmarks Game)
// A ring of processes passes a token on; when its last holder leaves, the ring falls apart by itself.
//
// Look for: the holder is 1 + 1000 % 503; then None: all 503 have ended, for each ends when the one before it has.
// Try: other numbers, ./run.sh token_ring 100000 1000000: the holder is 1 + 1000000 % 100000, which is 1; then None.

use csp::prelude::*;

#[process]
fn member(name: usize, left: Receiver<usize>, right: Sender<usize>, last: Sender<usize>) {
    // Until all senders of this channel are dropped: then it is closed.
    for passes in &left {
        if passes == 0 {
            return put(&last, name).or_stop();
        }
        put(&right, passes - 1).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let mut numbers = std::env::args().skip(1).map(|n| n.parse().expect("a number"));
    let (members, passes) = (numbers.next().unwrap_or(503), numbers.next().unwrap_or(1000));

    let (last, holder) = channel(0); // a Sender and a Receiver, without a buffer
    let (token, mut left) = channel(0);
    for name in 1..members {
        let (right, next) = channel(0);
        member(name, left, right, last.clone()); // starts a process
        left = next;
    }
    member(members, left, token.clone(), last); // now the ring is closed

    put(&token, passes).unwrap();
    drop(token); // no sender but the members' own is left
    println!("after {passes} passes, member {} of {members} has the token", take(&holder).unwrap());
    println!("who might have it next: {:?}", take(&holder));
}

// Source: The commstime benchmark (Welch, for occam)
// Three processes in a ring make 0, 1, 2 and so on, a fourth one takes them: all they do is talk.
//
// Look for: true. A number costs four messages and hardly any work, so the time is that of the messages.
// Try: `time ./run.sh commstime 10000000`: the time, divided by forty million, is what a message costs.

use csp::prelude::*;

#[process]
fn prefix(n: u64, input: Channel<u64>, output: Channel<u64>) {
    put(&output, n).or_stop();
    for n in &input {
        put(&output, n).or_stop();
    }
}

#[process]
fn delta(input: Channel<u64>, output: Channel<u64>, another: Channel<u64>) {
    for n in &input {
        put(&output, n).or_stop();
        put(&another, n).or_stop();
    }
}

#[process]
fn successor(input: Channel<u64>, output: Channel<u64>) {
    for n in &input {
        put(&output, n + 1).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let rounds = std::env::args().nth(1).map_or(10_000, |n| n.parse().expect("a number"));
    let [a, b, c, d] = [(); 4].map(|()| Channel::new());
    prefix(0, c.clone(), a.clone()); // starts a process, as do the next two
    delta(a, b.clone(), d.clone());
    successor(b, c);
    let as_expected = (0..rounds).zip(&d).all(|(expected, n)| n == expected);
    println!("{rounds} numbers, all as expected: {as_expected}");
}

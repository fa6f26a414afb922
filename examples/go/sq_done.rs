// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Explicit cancellation"
// A channel that is closed when all is over: everybody who waits for it sees that, however many they are.
//
// Look for: one square. Numbers come without end, so all five processes wait to put the next one; main closes `done`,
// and nobody is left. No stage had to know how many numbers come, or how many main takes.
// Try: put(&done, ()).unwrap(); in place of the close: one process takes it, and ends; the other four are left.

use csp::prelude::*;

/// Every put of the pipeline: it waits for its take, or for the end of all.
fn put_or_done(out: &Sender<u32>, n: u32, done: &Channel<()>) {
    alts! {
        answer = put(out, n) => answer.or_stop(),
        _ = take(done) => stop(), // closed: the process ends here, which drops its sender: no more comes
    }
}

fn generate(done: Channel<()>, numbers: impl IntoIterator<Item = u32> + 'static) -> Receiver<u32> {
    let (out, c) = channel(0);
    go(move || numbers.into_iter().for_each(|n| put_or_done(&out, n, &done)));
    c
}

fn sq(done: Channel<()>, input: Receiver<u32>) -> Receiver<u32> {
    let (out, c) = channel(0);
    go(move || input.iter().for_each(|n| put_or_done(&out, n * n, &done)));
    c
}

fn merge<const N: usize>(done: Channel<()>, inputs: [Receiver<u32>; N]) -> Receiver<u32> {
    let (out, c) = channel(0);
    for input in inputs {
        let (out, done) = (out.clone(), done.clone());
        go(move || input.iter().for_each(|n| put_or_done(&out, n, &done)));
    }
    c
}

#[csp::main]
pub fn main() {
    let done = Channel::new(); // nobody puts to it
    let numbers = generate(done.clone(), 2..);
    let c = merge(done.clone(), [sq(done.clone(), numbers.clone()), sq(done.clone(), numbers)]);
    println!("{}", take(&c).unwrap());
    for when in ["before", "after"] {
        sleep(Duration::from_millis(100)); // whoever can do something has done it by now
        println!("{} wait {when} the close", csp::parked().len());
        close(&done); // closing it again does nothing
    }
}

// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Squaring numbers"
// A pipeline: each stage takes values from the stage before it, works on them, and hands on what comes of it.
//
// Look for: the squares of 2 and 3; then the squares of these squares: what `sq` gives is what `sq` takes, so it can be
// put behind itself.
// Try: generate(2..) in the first pipeline, numbers without end: nothing changes. A put waits for its take, so no stage
// goes on working for nobody.

use csp::prelude::*;

/// The first stage: it only has an output. (Go's is called gen, which is a word of the language here.)
pub fn generate(numbers: impl IntoIterator<Item = u32> + 'static) -> Receiver<u32> {
    let (out, c) = channel(0);
    go(move || {
        for n in numbers {
            put(&out, n).or_stop();
        }
    }); // when it ends, `out` is dropped, the only Sender: no more comes
    c
}

/// A stage between two others.
pub fn sq(input: Receiver<u32>) -> Receiver<u32> {
    let (out, c) = channel(0);
    go(move || {
        // Until all senders of the input are dropped.
        for n in &input {
            put(&out, n * n).or_stop();
        }
    });
    c
}

#[csp::main]
pub fn main() {
    let c = sq(generate([2, 3]));
    println!("{}", take(&c).unwrap());
    println!("{}", take(&c).unwrap());

    // The last stage is main: it only has an input.
    for n in &sq(sq(generate([2, 3]))) {
        println!("{n}");
    }
}

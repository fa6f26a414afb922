// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Explicit cancellation" in our way
// No `done` is needed: drop the last Receiver, and the pipeline ends, from its last stage to its first.
//
// Look for: one square, while five processes wait to put; then nobody is left. When main drops `c`, the put of the last
// stage fails; .or_stop() ends its process, which drops the Receiver of the stage before it, and so on. The same in one
// line, with the operations of csp::ops: nobody is left there either.
// Try: leave out drop(c): five are left, for `c` lives to the end of main, and they might still be asked for more.

use super::{sq_fan::merge, sq_pipeline::generate, sq_pipeline::sq};
use csp::ops::{self, Operations};
use csp::prelude::*;

fn waiting() -> usize {
    sleep(Duration::from_millis(100)); // whoever can do something has done it by now
    csp::parked().len()
}

#[csp::main]
pub fn main() {
    let numbers = generate(2..);
    let c = merge([sq(numbers.clone()), sq(numbers)]); // the same stages as before
    println!("{}, and {} wait", take(&c).unwrap(), waiting());
    drop(c);
    println!("dropped: {} wait", waiting());

    // Operations are such stages, ready made: this line starts four.
    let c = ops::to_chan(2..).map(|n| n * n).filter(|n| n % 2 == 1).take_n(3);
    for n in &c {
        println!("{n}");
    }
    println!("all taken: {} wait", waiting());
}

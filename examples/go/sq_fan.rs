// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Fan-out" and "fan-in"
// Fan-out: several processes take from one channel. Fan-in: what they make goes on in one channel.
//
// Look for: the squares of 1 to 9. Whoever of the two is free takes the next number, so the order is chance. They need
// some 240 ms.
// Try: merge([slow_sq(numbers)]), without c1 and c2: one process does it all, in order, and needs some 450 ms.

use super::sq_pipeline::generate;
use csp::prelude::*;

fn slow_sq(input: Receiver<u32>) -> Receiver<u32> {
    let (out, c) = channel(0);
    go(move || {
        for n in &input {
            sleep(Duration::from_millis(random_range(0..100))); // this work is hard
            put(&out, n * n).or_stop();
        }
    });
    c
}

/// All that comes from the inputs. It ends when all of them have.
pub fn merge<const N: usize>(inputs: [Receiver<u32>; N]) -> Receiver<u32> {
    let (out, c) = channel(0);
    for input in inputs {
        let out = out.clone(); // one more sender: `c` ends when all of them are dropped, so nobody has to count
        go(move || {
            for n in &input {
                put(&out, n).or_stop();
            }
        });
    }
    c
}

#[csp::main]
pub fn main() {
    let start = now();
    let numbers = generate(1..=9);
    let c1 = slow_sq(numbers.clone()); // one more receiver: each number goes to one of the two
    let c2 = slow_sq(numbers);
    for n in &merge([c1, c2]) {
        println!("{n}");
    }
    println!("{} ms", (now() - start).as_millis());
}

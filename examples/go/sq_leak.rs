// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Stopping short"
// When main takes less than there is, some wait for ever to put the rest, and others wait for those.
//
// Look for: one square, and two processes left: one waits to put the other square, and one waits for the end of that
// one. A plain Channel does not notice that main takes no more. ./run.sh --leaks go.sq_leak lists both.
// Try: generate(2..9), seven numbers: all six processes that were started are left.

use csp::prelude::*;

fn generate(numbers: impl IntoIterator<Item = u32> + 'static) -> Channel<u32> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        numbers.into_iter().for_each(|n| put(&out, n).or_stop());
        close(&out);
    });
    c
}

pub fn sq(input: Channel<u32>) -> Channel<u32> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        input.iter().for_each(|n| put(&out, n * n).or_stop());
        close(&out);
    });
    c
}

pub fn merge<const N: usize>(inputs: [Channel<u32>; N], room: usize) -> Channel<u32> {
    let c = Channel::buffered(room);
    let out = c.clone();
    go(move || {
        let outputs = inputs.map(|input| {
            let out = out.clone();
            go_channel(move || input.iter().for_each(|n| put(&out, n).or_stop()))
        });
        outputs.iter().for_each(|ended| _ = take(ended)); // waits until all have ended
        close(&out);
    });
    c
}

#[csp::main]
pub fn main() {
    let numbers = generate([2, 3]);
    let c = merge([sq(numbers.clone()), sq(numbers)], 0);
    println!("{}", take(&c).unwrap()); // and not the rest
    sleep(Duration::from_millis(100)); // whoever can end has ended by now
    println!("{} wait for ever", csp::parked().len());
}

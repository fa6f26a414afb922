// Source: twisted-csp (2013), README
// A process between two channels: when its input closes, it closes its output.
//
// Look for: a value every half second. Nobody tells `feed` to go slow, and yet it is never more than one value ahead.
// Try: Channel::buffered(3) as the input: all four are put at once, and what comes out does not change.

use csp::prelude::*;

#[process]
fn slow_pipe(input: Channel<u32>, output: Channel<u32>) {
    // Until the input is closed.
    for value in &input {
        sleep(Duration::from_millis(500));
        put(&output, value).or_stop();
    }
    close(&output);
}

#[process]
fn feed(input: Channel<u32>) {
    for value in 1..=4 {
        put(&input, value).or_stop();
        println!("put {value}");
    }
    close(&input);
}

#[csp::main]
pub fn main() {
    let (input, output) = (Channel::new(), Channel::new());
    slow_pipe(input.clone(), output.clone()); // starts a process, and so does this:
    feed(input);

    let start = now();
    for value in &output {
        println!("took {value} after {:.1} s", (now() - start).as_secs_f64());
    }
}

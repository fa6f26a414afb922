// Source: csp
// Values that come too fast: what five operations over channels make of the same keys.
//
// Look for: a column is 0.1 s. `throttle` drops what comes in the 0.35 s after a key that it lets through, `debounce`
// waits for 0.35 s of silence, `sample` gives the latest key each 0.35 s, `batch` those of 0.35 s together, but not
// more than three. `rate_limit` drops nothing: whoever types has to wait.
// Try: a PERIOD of 750 ms: no pause is that long, so `debounce` passes on nothing but the last key, at the end.

use csp::ops::Operations; // the operations as methods, to be read from left to right
use csp::prelude::*;

const PERIOD: Duration = Duration::from_millis(350);

fn keys() -> Receiver<char> {
    let (out, keys) = channel(0);
    go(move || {
        for key in "abc....de.f.g.h.i.j......k..".chars() {
            sleep(Duration::from_millis(100));
            if key != '.' {
                put(&out, key).or_stop();
            }
        }
    });
    keys
}

/// What comes, each at the column of its time.
#[process_channel]
fn time_line(from: Receiver<String>) -> String {
    let (start, mut line) = (now(), String::new());
    for text in &from {
        let column = ((now() - start).as_millis() / 100) as usize;
        line = format!("{line:.<column$}{text}"); // filled up with dots
    }
    line
}

// While all wait, the clock jumps: so it is over at once, and the times are exact.
#[csp::main(virtual_time)]
pub fn main() {
    let lines = [
        ("keys", keys().map(String::from)),
        ("throttle", keys().throttle(PERIOD).map(String::from)),
        ("debounce", keys().debounce(PERIOD).map(String::from)),
        ("sample", keys().sample(PERIOD).map(String::from)),
        ("batch", keys().batch(3, PERIOD).map(String::from_iter)),
        ("rate_limit", keys().rate_limit(1, PERIOD).map(String::from)),
    ];
    for (name, line) in lines.map(|(name, from)| (name, time_line(from))) {
        println!("{name:12}{}", take(&line).unwrap());
    }
}

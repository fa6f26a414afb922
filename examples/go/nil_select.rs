// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 29
// A branch with a condition that does not hold is not there. Go sets the channel to nil for that.
//
// Look for: who is off is chance. Both processes are waiting to put, and the one who is on is heard.
// Try: `if false` in both: nothing is left to wait for, and alts! panics and says so.

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let (a, b) = (Channel::new(), Channel::new());
    for (name, c) in [("a", a.clone()), ("b", b.clone())] {
        go(move || put(&c, name));
    }

    let a_is_on = random_range(0..2) == 0;
    println!("{} is off", if a_is_on { "b" } else { "a" });
    // `, if condition`: when it does not hold, the branch is turned off.
    alts! {
        s = take(&a), if a_is_on => println!("got {}", s.unwrap()),
        s = take(&b), if !a_is_on => println!("got {}", s.unwrap()),
    }
}

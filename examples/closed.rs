// Source: twisted-csp (2013), example/closed.py
// A closed channel: takes give None for ever, and puts give their value back.
//
// Look for: None from a take; the letter of a put that failed; then a million takes more, which give None at once.
// Try: Channel::buffered(1), and put(&c, "kept").unwrap(); before the close: the first take gives Some("kept").

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::new();
    close(&c);

    println!("{:?}", take(&c));
    if let Err(Closed(value)) = put(&c, "a letter") {
        println!("{value:?} came back");
    }
    for _ in 0..1_000_000 {
        assert_eq!(take(&c), None);
    }
    println!("still closed, a million takes later");
}

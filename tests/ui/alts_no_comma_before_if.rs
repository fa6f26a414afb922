use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        v = take(&c) if c.is_empty() => println!("{v:?}"),
    }
}

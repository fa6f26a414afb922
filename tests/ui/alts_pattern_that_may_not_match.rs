use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        Some(v) = take(&c) => println!("{v}"),
    }
}

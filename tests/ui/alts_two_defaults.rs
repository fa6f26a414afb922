use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        default => println!("one"),
        v = take(&c) => println!("{v:?}"),
        default => println!("two"),
    }
}

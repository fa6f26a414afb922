use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        v = take(&c) => println!("{v:?}")
        default => println!("nothing"),
    }
}

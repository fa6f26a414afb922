use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        v = receive(&c) => println!("{v:?}"),
    }
}

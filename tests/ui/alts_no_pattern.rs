use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        take(&c) => println!("took"),
    }
}

use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! {
        v = take(&c),
    }
    alts! {
        v = take(&c) =>
    }
}

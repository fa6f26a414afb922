use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    let mut value = 5;
    alts! { _ = put(&c, from value) => {} }
}

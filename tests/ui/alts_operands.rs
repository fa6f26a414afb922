use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! { _ = take() => {} }
    alts! { _ = take(&c, 1) => {} }
    alts! { _ = put(&c) => {} }
    alts! { _ = put(&c, 1, 2) => {} }
    alts! { _ = sleep() => {} }
    alts! { _ = op() => {} }
}

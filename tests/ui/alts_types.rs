use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    alts! { _ = take(c) => {} }
    alts! { _ = put(&c, "text") => {} }
}

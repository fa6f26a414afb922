use csp::prelude::*;

fn main() {
    let (a, b) = (Channel::<i32>::new(), Channel::<i32>::new());
    let mut slot = Some(1);
    alts! {
        _ = put(&a, from slot) => {}
        _ = put(&b, from slot) => {}
    }
}

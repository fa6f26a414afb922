use csp::prelude::*;

fn main() {
    let c = Channel::<i32>::new();
    std::thread::spawn(move || offer(&c, 1));
}

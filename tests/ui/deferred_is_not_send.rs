use csp::prelude::*;

fn main() {
    let result = go_deferred(|| 1);
    std::thread::spawn(move || result.wait());
}

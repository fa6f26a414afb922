use csp::prelude::*;

fn main() {
    let process = go(|| ());
    std::thread::spawn(move || process.is_alive());
}

use csp::prelude::*;
use csp::sync;

fn main() {
    let process = go(|| ());
    sync::go(move || process.kill());
}

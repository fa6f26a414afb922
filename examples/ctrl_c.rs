// Source: csp
// Ctrl-C ends a program tidily: what its processes hold is dropped.
//
// Look for: press Ctrl-C while the lamp burns, and it is put out; `echo $?` then says 130.
// Try: --virtual before the name, and the hour is over at once.

use csp::prelude::*;

struct Lamp;

impl Drop for Lamp {
    fn drop(&mut self) {
        println!("the lamp is put out");
    }
}

#[process]
fn keeper() {
    let _lamp = Lamp;
    println!("the lamp burns");
    sleep(Duration::MAX);
}

#[csp::main]
pub fn main() {
    keeper();
    sleep(Duration::from_secs(3600));
    println!("the night is over");
}

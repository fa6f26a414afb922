// Source: Communicating Sequential Processes (Hoare 1978), section 3.2
// SQUASH: as COPY, but every two asterisks in a row become an upward arrow.
//
// Look for: 2↑3 * 4 is 32; ↑ and ↑* and ↑↑. A process may take in the middle of its work, wherever it needs one more.
// Try: a text that ends in an asterisk, the exercise of the paper: it comes out, thanks to the branch for `None`.

use super::copy::send;
use csp::prelude::*;

#[process]
pub fn squash(west: Receiver<char>, east: Sender<char>) {
    for c in &west {
        if c != '*' {
            put(&east, c).or_stop();
            continue;
        }
        match take(&west) {
            Some('*') => put(&east, '↑').or_stop(),
            Some(c) => {
                put(&east, '*').or_stop();
                put(&east, c).or_stop();
            }
            None => put(&east, '*').or_stop(),
        }
    }
}

#[csp::main]
pub fn main() {
    let (to_squash, west) = channel(0);
    let (to_main, east) = channel(0);
    send("2**3 * 4 is 32; ** and *** and ****", to_squash);
    squash(west, to_main);
    println!("{}", east.iter().collect::<String>());
}

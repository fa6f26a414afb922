// Source: Communicating Sequential Processes (Hoare 1978), section 3.4
// ASSEMBLE: characters in, lines for the printer out, the last one filled up with spaces.
//
// Look for: lines of 20 characters, where the paper has 125, and the quotes at the end of the last one.
// Try: an empty text: nothing is printed, not even an empty line.

use super::copy::send;
use csp::prelude::*;

const WIDTH: usize = 20;

#[process]
pub fn assemble(x: Receiver<char>, lineprinter: Sender<String>) {
    let mut line = String::new();
    for c in &x {
        line.push(c);
        if line.chars().count() == WIDTH {
            put(&lineprinter, std::mem::take(&mut line)).or_stop(); // mem::take leaves an empty line behind
        }
    }
    if !line.is_empty() {
        put(&lineprinter, format!("{line:WIDTH$}")).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let (to_assemble, x) = channel(0);
    let (to_main, lineprinter) = channel(0);
    send("To read a sequence of characters and print them in lines.", to_assemble);
    assemble(x, to_main);
    for line in &lineprinter {
        println!("{line:?}");
    }
}

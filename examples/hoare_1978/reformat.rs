// Source: Communicating Sequential Processes (Hoare 1978), section 3.5
// REFORMAT: cards in, lines out. Two processes that know nothing of each other, and a channel between them.
//
// Look for: three cards in lines of 20 characters. There is no new process: the program is the wiring.
// Try: the process of hoare_1978.copy between the two: what comes out is the same.

use super::assemble::assemble;
use super::disassemble::{CARDS, disassemble, read_cards};
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let (cards, cardfile) = channel(0);
    let (west, east) = channel(0);
    let (lines, lineprinter) = channel(0);

    read_cards(CARDS, cards);
    disassemble(cardfile, west);
    assemble(east, lines);

    for line in &lineprinter {
        println!("{line:?}");
    }
}

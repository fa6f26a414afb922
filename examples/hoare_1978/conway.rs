// Source: Communicating Sequential Processes (Hoare 1978), section 3.6
// Conway's problem: as REFORMAT, but with every pair of asterisks squashed. Hard as one program, easy as three.
//
// Look for: the one line more that it is than hoare_1978.reformat, and the arrow in the output.
// Try: squash twice in a row, and a text with four asterisks.

use super::assemble::assemble;
use super::disassemble::{CARDS, disassemble, read_cards};
use super::squash::squash;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let (cards, cardfile) = channel(0);
    let (west, to_squash) = channel(0);
    let (squashed, east) = channel(0);
    let (lines, lineprinter) = channel(0);

    read_cards(CARDS, cards);
    disassemble(cardfile, west);
    squash(to_squash, squashed);
    assemble(east, lines);

    for line in &lineprinter {
        println!("{line:?}");
    }
}

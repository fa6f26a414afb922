// Source: Communicating Sequential Processes (Hoare 1978), section 3.6
// Conway's problem: as REFORMAT, but with every pair of asterisks squashed. Hard as one program, easy as three.
//
// Look for: the arrow in the first line. The program is hoare_1978.reformat with one process and one channel more.
// Try: a second squash behind the first: what comes out is the same, as the first leaves no pair.

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

// Source: Communicating Sequential Processes (Hoare 1978), section 3.3
// DISASSEMBLE: cards in, characters out, with a space after each card.
//
// Look for: three cards (lines, of 16 columns; the paper has 80) become one stream of characters without any seam.
// Try: a buffer for the cards, channel(10): the reader is no longer in step, and nothing else changes.

use csp::prelude::*;

/// The process that reads the cards.
#[process]
pub fn read_cards(text: &'static str, cardfile: Sender<&'static str>) {
    for card in text.lines() {
        put(&cardfile, card).or_stop();
    }
}

#[process]
pub fn disassemble(cardfile: Receiver<&'static str>, x: Sender<char>) {
    for card in &cardfile {
        for c in card.chars() {
            put(&x, c).or_stop();
        }
        put(&x, ' ').or_stop();
    }
}

pub const CARDS: &str = "x := y ** 2 + z;\nthe square of y,\nand not y*2 or 3";

#[csp::main]
pub fn main() {
    let (cards, cardfile) = channel(0);
    let (to_main, x) = channel(0);
    read_cards(CARDS, cards);
    disassemble(cardfile, to_main);
    println!("{:?}", x.iter().collect::<String>());
}

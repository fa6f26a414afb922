// Source: csp
// A transducer says what is done to values on their way, step by step: here lines become words, to be counted.
//
// Look for: the most frequent of the longer words in this very text, or in a file: ./run.sh word_count FILE. While that
// takes its time, a line on the terminal tells how far it is: main is free to, as two other processes do the work.
// Try: `.take(1000)` as the last step: the longest file takes no time, for after a thousand words nobody reads on.

use csp::{Transducer, ops, prelude::*, transducer};
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::{cell::Cell, cmp::Reverse, collections::HashMap, env, fs::File, process::exit, rc::Rc};

fn fail<T>(error: io::Error) -> T {
    eprintln!("cannot read {}: {error}", env::args().nth(1).unwrap_or_default());
    exit(1)
}

#[csp::main]
pub fn main() {
    let text: Box<dyn BufRead> = match env::args().nth(1) {
        Some(path) => Box::new(BufReader::new(File::open(path).unwrap_or_else(fail))),
        None => Box::new(&include_bytes!("word_count.rs")[..]),
    };
    let bytes = Rc::new(Cell::new(0));
    let so_far = bytes.clone();
    let words = transducer()
        .map(|line: io::Result<Vec<u8>>| line.unwrap_or_else(fail))
        .inspect(move |line| bytes.set(bytes.get() + line.len()))
        .map(|line| String::from_utf8_lossy(&line).to_lowercase())
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| word.chars().count() > 3);
    // A process reads line by line, another one counts, and the channel brings the counts when the text has ended.
    let counted = ops::transduce(ops::to_chan(text.split(b'\n')), words, HashMap::new(), |mut counts, word| {
        *counts.entry(word).or_insert(0) += 1;
        counts
    });
    let ticks = ticker(Duration::from_millis(250)); // a channel that brings the time, again and again
    let is_seen = io::stderr().is_terminal();
    let counts = loop {
        alts! {
            counts = take(&counted) => break counts.unwrap(),
            _ = take(&ticks), if is_seen => eprint!("{} MB\r", so_far.get() / 1_000_000),
        }
    };
    eprint!("{}", if is_seen { "\x1b[K" } else { "" }); // wipes the line
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(word, count)| (Reverse(*count), word.clone()));
    counts.iter().take(10).for_each(|(word, count)| println!("{count:5} {word}"));
}

// Source: csp
// `ops::mult` gives each value of a channel to all who tap it: a room, in which all hear what is said.
//
// Look for: Ann hears every word. Bob goes out, hears nothing there, and comes back. Zoe thinks about a word while
// three more are said; her channel keeps the newest only, so she misses some and holds up nobody: ten words in 1.0 s.
// Try: Channel::new() for Zoe: she hears all, and all wait for her: 2.7 s.

use csp::ops::{self, AtEnd};
use csp::prelude::*;

const SAID: [&str; 10] = ["Hello!", "Bob", "goes", "out.", "He", "misses", "this.", "Back", "again!", "Bye."];

#[process_channel] // starts a process, and gives a channel that brings its result
fn listener(hears: Channel<&'static str>, pause: u64) -> Vec<&'static str> {
    let mut heard = Vec::new();
    for word in &hears {
        heard.push(word);
        sleep(Duration::from_millis(pause)); // thinks about it
    }
    heard
}

#[csp::main]
pub fn main() {
    let (says, start) = (Channel::new(), now());
    let room = ops::mult(says.clone());
    let (ann, bob, zoe) = (Channel::new(), Channel::new(), Channel::sliding(1)); // keeps one value, the newest
    for hears in [&ann, &bob, &zoe] {
        room.tap(hears, AtEnd::Close); // closed when `says` is
    }
    let heard = [("Ann", listener(ann, 0)), ("Bob", listener(bob.clone(), 0)), ("Zoe", listener(zoe, 330))];
    for word in SAID {
        match word {
            "He" => room.untap(&bob),
            "Back" => room.tap(&bob, AtEnd::Close),
            _ => {}
        }
        put(&says, word).unwrap();
        sleep(Duration::from_millis(100));
    }
    close(&says);
    println!("all said in {:.1} s", (now() - start).as_secs_f64());
    for (name, words) in heard.map(|(name, heard)| (name, take(&heard).unwrap())) {
        let row = SAID.map(|word| format!("{:8}", if words.contains(&word) { word } else { "" }));
        println!("{name}  {}", row.concat().trim_end());
    }
}

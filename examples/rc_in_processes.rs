// Source: csp
// Processes may share plain memory: they take turns, and nobody is interrupted between two waits.
//
// Look for: three players throw a die a thousand times each; no lock, no atomics, and no point is lost: true.
// Try: the sleep below `let mut board`: others run while it is borrowed, and the next player panics: "already borrowed"
// it says, with the line.
// Try: std::thread::spawn(move || …) with `scores` inside: `Rc` cannot be sent between threads, says the compiler.

use csp::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

type Scores = Rc<RefCell<BTreeMap<&'static str, u64>>>;

#[process_channel] // to call it starts a process, and gives a channel that says when it has ended
fn player(name: &'static str, scores: Scores, total: Rc<Cell<u64>>) {
    for _ in 0..1000 {
        let points = random_range(1..=6); // a die is thrown
        total.set(total.get() + points); // nobody comes in between
        sleep(Duration::from_micros(points));
        let mut board = scores.borrow_mut();
        *board.entry(name).or_default() += points;
    } // `board`, the borrow, ends here: before the next sleep
}

#[csp::main]
pub fn main() {
    let (scores, total) = (Scores::default(), Rc::new(Cell::new(0)));
    let players = ["Ann", "Joe", "Kim"].map(|name| player(name, scores.clone(), total.clone()));
    for ended in &players {
        take(ended).unwrap();
    }

    let scores = scores.borrow();
    for (name, score) in scores.iter() {
        println!("{name} {score}");
    }
    println!("all points are there: {}", total.get() == scores.values().sum());
}

// Source: csp
// Processes may share plain memory: they take turns, and nobody is interrupted between two waits.
//
// Look for: 3000 throws, no lock, no atomics, and no point is lost.
// Try: `let mut scores = scores.borrow_mut();` in front of the sleep: the next player panics, and the line is told.
// Try: the same in std::thread::spawn(…): `Rc` cannot be sent between threads, says the compiler.

use csp::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

type Scores = Rc<RefCell<BTreeMap<&'static str, u64>>>;

#[process_channel]
fn player(name: &'static str, scores: Scores, points: Rc<Cell<u64>>) {
    for _ in 0..1000 {
        let throw = random_range(1..=6);
        points.set(points.get() + throw); // nobody comes in between
        sleep(Duration::from_micros(throw));
        *scores.borrow_mut().entry(name).or_default() += throw; // the borrow ends here
    }
}

#[csp::main]
pub fn main() {
    let (scores, points) = (Scores::default(), Rc::new(Cell::new(0)));
    let players = ["Ann", "Joe", "Kim"].map(|name| player(name, scores.clone(), points.clone()));
    players.iter().for_each(|player| take(player).unwrap());

    let scores = scores.borrow();
    for (name, score) in scores.iter() {
        println!("{name} {score}");
    }
    println!("all points are there: {}", points.get() == scores.values().sum());
}

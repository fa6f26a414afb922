// Source: csp
// `ops::pipeline`: several values are worked on at the same time, and what comes out is in the order of what went in.
//
// Look for: 1 at a time takes as long as all jobs together, 16 at a time as long as the longest. Then they finish in
// any order, and still come out from 1 to 16.
// Try: `let mut jobs: …` and then `jobs[0].1 = 5000;`: whoever finishes before number 1 waits for it to come out.

use csp::ops::{self, AtEnd};
use csp::{Transducer, prelude::*, transducer};
use std::{cell::RefCell, rc::Rc};

#[csp::main(virtual_time)]
pub fn main() {
    let jobs: Vec<(usize, u64)> = (1..=16).map(|number| (number, random_range(0..1000))).collect();
    let lengths = || jobs.iter().map(|job| job.1);
    println!("16 jobs: {} ms together, the longest {} ms", lengths().sum::<u64>(), lengths().max().unwrap());
    for n in [1, 4, 16] {
        let finished = Rc::new(RefCell::new(Vec::new()));
        let list = finished.clone();
        let work = transducer().map(move |(number, ms)| {
            sleep(Duration::from_millis(ms)); // each value has a process of its own, which may wait
            list.borrow_mut().push(number);
            number
        });
        let (start, results) = (now(), Channel::new());
        ops::pipeline(n, results.clone(), work, ops::to_chan(jobs.clone()), AtEnd::Close);
        let results: Vec<usize> = results.iter().collect();
        println!("{n} at a time, {} ms", (now() - start).as_millis());
        println!("  finished {:?}", finished.borrow());
        println!("  came out {results:?}");
    }
}

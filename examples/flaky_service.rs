// Source: csp
// Errors are values: asked for again after longer and longer pauses, and what is left of them has its own channel.
//
// Look for: after failures pauses of 0.1, 0.2 and 0.4 s; with the fourth failure the order is given up. An answer that
// is no price, "what?", is an error too, and not asked for again. Prices and errors are eight together.
// Try: `.take(20)`: after so many pauses hardly any order is given up, and the errors are those of "what?" alone.

use csp::ops::{self, Operations};
use csp::prelude::*;

#[process_channel] // starts a process, and gives a channel that brings its result
fn service(order: u32) -> Result<String, String> {
    sleep(Duration::from_millis(random_range(0..100)));
    match random_range(0..10) {
        0..=4 => Err("busy".to_owned()),
        5 => Ok("what?".to_owned()),
        _ => Ok(format!("{}", order * 100)), // a price
    }
}

fn ask(order: u32) -> Result<String, String> {
    let answer = service(order);
    alts! {
        answer = take(&answer) => answer.unwrap(),
        _ = sleep(Duration::from_millis(70)) => Err("too slow".to_owned()),
    }
}

#[csp::main]
pub fn main() {
    let answers = ops::to_chan(1..=8).map(|order| {
        print!("order {order}: ");
        let (start, pauses) = (now(), ops::backoff(Duration::from_millis(100), Duration::from_secs(1)).take(3));
        // Again and again, until the answer is Ok or no pause is left.
        let answer = ops::retry(pauses, || {
            let answer = ask(order);
            print!("  {} at {} ms", answer.as_ref().unwrap_or_else(|error| error), (now() - start).as_millis());
            answer
        });
        println!();
        answer
    });
    let prices = ops::try_map(answers, |text| text.parse::<u32>().map_err(|_| format!("{text} is no price")));
    let (prices, errors) = ops::split_results(prices);
    let errors = errors.collect::<Vec<_>>();
    println!("prices {:?}", prices.iter().collect::<Vec<_>>());
    println!("errors {:?}", take(&errors).unwrap());
}

// Source: Go Concurrency Patterns (Pike 2012), slide 38
// A channel carries words both ways: say that it is over, wait for the goodbye.
//
// Look for: the tidying comes before Joe's last word.
// Try: take the `put` of "See you!" away, and read the report.

use csp::prelude::*;

fn boring(message: &'static str, quit: Channel<&'static str>) -> Channel<String> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        for i in 0.. {
            sleep(Duration::from_millis(random_range(0..1000)));
            alts! {
                _ = put(&out, format!("{message}: {i}")) => {}
                _ = take(&quit) => {
                    println!("(tidying up)");
                    return put(&quit, "See you!").or_stop();
                }
            }
        }
    });
    c
}

#[csp::main]
pub fn main() {
    let quit = Channel::new();
    let c = boring("Joe", quit.clone());
    for _ in 0..=random_range(0..10) {
        println!("{}", take(&c).unwrap());
    }
    put(&quit, "Bye!").unwrap();
    println!("Joe says: {:?}", take(&quit).unwrap());
}

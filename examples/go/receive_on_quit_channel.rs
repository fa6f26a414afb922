// Source: Go Concurrency Patterns (Pike 2012), slide 38
// A channel carries words both ways: say that it is over, wait for the goodbye.
//
// Look for: one to ten lines; then the tidying, and after it Joe's last word.
// Try: return; in place of the put of "See you!": main waits for an answer that nobody can give, says the report.

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
                    put(&quit, "See you!").or_stop();
                    return;
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
    for _ in 0..random_range(1..=10) {
        println!("{}", take(&c).unwrap());
    }
    put(&quit, "Bye!").unwrap();
    println!("Joe says: {:?}", take(&quit).unwrap());
}

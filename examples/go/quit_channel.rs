// Source: Go Concurrency Patterns (Pike 2012), slide 37
// Tell a process to stop: it waits for its partner and for `quit` in one alts!.
//
// Look for: one to ten lines, as many as main wants, and no more.
// Try: sleep(Duration::from_secs(1)); println!("(tidying up)"); before the return: it never comes out, as main returns
// meanwhile. go.receive_on_quit_channel waits for it.

use csp::prelude::*;

fn boring(message: &'static str, quit: Channel<bool>) -> Channel<String> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        for i in 0.. {
            sleep(Duration::from_millis(random_range(0..1000)));
            // Exactly one of the two happens; a put that is not chosen has no effect.
            alts! {
                _ = put(&out, format!("{message}: {i}")) => {}
                _ = take(&quit) => return,
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
    put(&quit, true).unwrap(); // waits until the process takes it
}

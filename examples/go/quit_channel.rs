// Source: Go Concurrency Patterns (Pike 2012), slide 37
// Tell a process to stop: it waits for its partner and for `quit` in one alts!.
//
// Look for: up to ten lines, and no more once main has had enough.
// Try: print something before the return. go.receive_on_quit_channel makes sure that it comes out.

use csp::prelude::*;

fn boring(message: &'static str, quit: Channel<bool>) -> Channel<String> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        for i in 0.. {
            sleep(Duration::from_millis(random_range(0..1000)));
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
    for _ in 0..=random_range(0..10) {
        println!("{}", take(&c).unwrap());
    }
    put(&quit, true).unwrap();
}

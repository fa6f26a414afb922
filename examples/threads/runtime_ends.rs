// Source: csp
// A runtime that is joined waits for its processes; one that is dropped ends them where they are.
//
// Look for: joined, all have done their work. Dropped, none has, for it takes an hour; but all lights are out: however
// a process ends, its destructors run.
// Try: leave out the line that takes from `begun`: often not all have begun when the second runtime is dropped. Who has
// not never does, and has no light to put out.

use csp::prelude::*;
use csp::sync;

struct Light(&'static str, sync::Sender<String>);

impl Drop for Light {
    fn drop(&mut self) {
        offer(&self.1, format!("{}'s light is out", self.0)).unwrap(); // a put that never waits: a destructor must not
    }
}

fn show(how: &str, end: fn(sync::Runtime), work: Duration) {
    let (out, said) = sync::channel(6); // there is room for all
    let begun = sync::Channel::buffered(3);
    let runtime = sync::Runtime::start(2);
    for name in ["Ann", "Joe", "Kim"] {
        let (out, begun) = (out.clone(), begun.clone());
        runtime.go(move || {
            let light = Light(name, out);
            put(&begun, ()).or_stop();
            sleep(work);
            offer(&light.1, format!("{name} is done")).unwrap();
        });
    }
    drop(out);
    (0..3).for_each(|_| take(&begun).unwrap()); // now all have begun
    sync::blocking(move || end(runtime)); // it waits for threads, which would hold up this one
    let mut said: Vec<_> = said.iter().collect();
    said.sort();
    println!("{how}: {}", said.join(", "));
}

#[csp::main]
pub fn main() {
    show("joined", sync::Runtime::join, Duration::from_millis(1));
    show("dropped", drop, Duration::from_secs(3600));
}

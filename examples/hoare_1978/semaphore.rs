// Source: Communicating Sequential Processes (Hoare 1978), section 5.2
// A semaphore is a process: V adds one, and P is accepted only while there is something to take away.
//
// Look for: five workers and two permits: never more than two at work.
// Try: 5 as the number at the start, or 0: then the report says who waits.

use csp::prelude::*;

#[process]
fn semaphore(v: Channel<()>, p: Channel<()>, mut val: u32) {
    loop {
        alts! {
            _ = take(&v) => val += 1,
            _ = take(&p), if val > 0 => val -= 1,
        }
    }
}

#[process_channel]
fn work(name: char, v: Channel<()>, p: Channel<()>) {
    put(&p, ()).or_stop();
    println!("{:>3} s: {name} begins", now().since_start().as_secs());
    sleep(Duration::from_secs(random_range(1..=3)));
    println!("{:>3} s: {name} ends", now().since_start().as_secs());
    put(&v, ()).or_stop();
}

#[csp::main]
pub fn main() {
    let (v, p) = (Channel::new(), Channel::new());
    semaphore(v.clone(), p.clone(), 2);
    for done in ['A', 'B', 'C', 'D', 'E'].map(|name| work(name, v.clone(), p.clone())) {
        take(&done);
    }
}

// Source: Communicating Sequential Processes (Hoare 1978), section 5.2
// A semaphore is a process: V adds one, and P is accepted only while there is something to take away.
//
// Look for: five workers and two permits: never more than two have begun and not ended. How long they work is chance.
// Try: 5 in place of 2: all begin at once. Or 0: nobody ever begins, and the report says who waits.

use csp::prelude::*;

#[process]
fn semaphore(v: Channel<()>, p: Channel<()>, mut val: u32) {
    loop {
        alts! {
            _ = take(&v) => val += 1,
            _ = take(&p), if val > 0 => val -= 1, // when it is 0, there is no such branch
        }
    }
}

#[process_channel] // to call it starts a process, and gives a channel that says when it has ended
fn work(name: char, v: Channel<()>, p: Channel<()>) {
    put(&p, ()).or_stop(); // waits until it is accepted
    println!("{:>3} s: {name} begins", now().since_start().as_secs());
    sleep(Duration::from_secs(random_range(1..=3)));
    println!("{:>3} s: {name} ends", now().since_start().as_secs());
    put(&v, ()).or_stop();
}

#[csp::main]
pub fn main() {
    let (v, p) = (Channel::new(), Channel::new());
    semaphore(v.clone(), p.clone(), 2); // starts a process
    for done in ['A', 'B', 'C', 'D', 'E'].map(|name| work(name, v.clone(), p.clone())) {
        take(&done);
    }
}

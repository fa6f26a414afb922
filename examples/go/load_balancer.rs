// Source: Go Concurrency Patterns (Pike 2012), slide 53
// A request carries the channel for its answer: the balancer hands it on and need not know who asked.
//
// Look for: requests take any time from 1 to 99 ms, and yet all workers have served about as many.
// Try: 0 as the idlest: one worker serves them all, and the clock says what that costs.

use csp::prelude::*;
type Request = (Duration, Channel<()>); // how much work it is, and where the answer goes

#[process]
fn requester(work: Channel<Request>) {
    let answer = Channel::new();
    while put(&work, (Duration::from_millis(random_range(1..100)), answer.clone())).is_ok() {
        take(&answer).or_stop();
    }
}

#[process]
fn worker(number: usize, requests: Channel<Request>, done: Channel<usize>) {
    for (length, answer) in &requests {
        sleep(length);
        put(&answer, ()).or_stop();
        put(&done, number).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let (work, done, start) = (Channel::new(), Channel::new(), now());
    (0..30).for_each(|_| _ = requester(work.clone()));
    let requests = [(); 5].map(|()| Channel::buffered(30));
    (0..5).for_each(|number| _ = worker(number, requests[number].clone(), done.clone()));
    let (mut given, mut served) = ([0; 5], [0; 5]);
    while served.iter().sum::<u32>() < 500 {
        alts! {
            request = take(&work) => {
                let idlest = (0..5).min_by_key(|&number| given[number] - served[number]).unwrap();
                put(&requests[idlest], request.unwrap()).unwrap();
                given[idlest] += 1;
            }
            number = take(&done) => served[number.unwrap()] += 1,
        }
    }
    println!("{served:?} in {:.1} s", (now() - start).as_secs_f64());
}

// Source: Go Concurrency Patterns (Pike 2012), slide 53
// A request carries the channel for its answer: the balancer hands it on and need not know who asked.
//
// Look for: how many of 500 requests each worker has served: the fast ones most, the slow ones least, as each gets the
// next one when it has least to do. It takes some 11 s.
// Try: `let least_busy = (given.iter().sum::<u32>() % 5) as usize;`, in turns: all wait for the slowest, some 20 s.

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
fn worker(number: usize, inbox: Channel<Request>, done: Channel<usize>) {
    for (length, answer) in &inbox {
        sleep(length * (number as u32 + 1)); // number 0 is the fastest, number 4 needs five times as long
        put(&answer, ()).or_stop();
        put(&done, number).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let (work, done) = (Channel::new(), Channel::new());
    for _ in 0..30 {
        requester(work.clone()); // starts a process
    }
    let inboxes = [(); 5].map(|()| Channel::buffered(30)); // no more than 30 can come: a put here never waits
    for (number, inbox) in inboxes.iter().enumerate() {
        worker(number, inbox.clone(), done.clone()); // starts a process
    }
    let (mut given, mut served, start) = ([0; 5], [0; 5], now());
    while served.iter().sum::<u32>() < 500 {
        alts! {
            request = take(&work) => {
                let least_busy = (0..5).min_by_key(|&number| given[number] - served[number]).unwrap();
                given[least_busy] += 1;
                put(&inboxes[least_busy], request.unwrap()).unwrap();
            }
            number = take(&done) => served[number.unwrap()] += 1,
        }
    }
    println!("{served:?} in {:.1} s", (now() - start).as_secs_f64());
}

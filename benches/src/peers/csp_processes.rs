//! csp's processes, on two threads.

use csp::prelude::*;
use csp::sync::{self, Runtime};

use super::csp::node;
use super::threads::{Parties, Task, task};
use super::{Runs, repeat};
use crate::jobs::Job;

pub fn run(workload: &str, n: u64, times: u32) -> Option<Runs> {
    Some(match task(workload)? {
        Task::PingPong => csp::run(|| repeat(times, |_| ping_pong(n))),
        Task::Exchange(parties) => csp::run(|| repeat(times, |_| exchange(n, parties))),
        Task::FanOut(job, workers) => {
            let runtime = Runtime::start(workers);
            repeat(times, |_| fan_out(n, job, &runtime))
        }
        Task::Skynet => {
            let runtime = Runtime::start(2);
            let root = || runtime.go_channel(move || skynet(0, n, n / 100));
            repeat(times, |_| take(&root()).expect("it has a sum"))
        }
    })
}

/// A thread with a scheduler, and `f` as its main process.
fn scheduler<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> sync::Receiver<T> {
    sync::thread(move || csp::run(f))
}

fn ping_pong(n: u64) -> u64 {
    let (there, from) = sync::channel(0);
    let (to, back) = sync::channel(0);
    let echo = scheduler(move || from.iter().for_each(|i| put(&to, i).or_stop()));
    let mut sum = 0;
    for i in 0..n {
        put(&there, i).or_stop();
        sum += take(&back).or_stop();
    }
    drop(there);
    take(&echo).or_stop();
    sum
}

/// The producers are on one thread, and the consumers on the other.
fn exchange(n: u64, Parties { producers, consumers, capacity }: Parties) -> u64 {
    let (to, from) = sync::channel(capacity);
    let produced = scheduler(move || {
        let produce = |first: u64| {
            let to = to.clone();
            go_channel(move || (first..n).step_by(producers as usize).for_each(|i| put(&to, i).or_stop()))
        };
        let all: Vec<_> = (0..producers).map(produce).collect();
        drop(to);
        all.iter().for_each(|ended| take(ended).or_stop());
    });
    let consume = |_| {
        let from = from.clone();
        go_channel(move || from.iter().sum::<u64>())
    };
    let sums: Vec<_> = (0..consumers).map(consume).collect();
    let sum = sums.iter().map(|sum| take(sum).or_stop()).sum();
    take(&produced).or_stop();
    sum
}

/// Each job is a process.
fn fan_out(n: u64, job: Job, runtime: &Runtime) -> u64 {
    let all: Vec<_> = (0..n).map(|number| runtime.go_channel(move || job(number, n))).collect();
    all.iter().map(|sum| take(sum).expect("it has a sum")).sum()
}

/// Down to trees of so many leaves, each child runs wherever there is time; those trees stay where they are.
fn skynet(first: u64, leaves: u64, stay: u64) -> u64 {
    if leaves <= stay {
        let c = Channel::new();
        let out = c.clone();
        go(move || node(out, first, leaves));
        return take(&c).or_stop();
    }
    let child = |child| {
        let leaves = leaves / 10;
        sync::go_channel(move || skynet(first + child * leaves, leaves, stay))
    };
    let children: Vec<_> = (0..10).map(child).collect();
    children.iter().map(|sum| take(sum).or_stop()).sum()
}

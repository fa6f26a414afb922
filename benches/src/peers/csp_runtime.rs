//! csp's processes on a runtime of two workers, each started where the runtime thinks best: as Go and tokio do it.

use csp::prelude::*;
use csp::sync::{self, Runtime};

use super::threads::{Parties, Task, task};
use super::{Runs, repeat};

/// Jobs and trees are given to a runtime by `csp_processes` as well.
pub fn run(workload: &str, n: u64, times: u32) -> Option<Runs> {
    let task = task(workload)?;
    if let Task::FanOut(..) | Task::Skynet = task {
        return None;
    }
    let runtime = Runtime::start(2);
    let measured = || match task {
        Task::Exchange(parties) => runtime.go_channel(move || exchange(n, parties)),
        _ => runtime.go_channel(move || ping_pong(n)),
    };
    Some(repeat(times, |_| take(&measured()).expect("it has a sum")))
}

fn ping_pong(n: u64) -> u64 {
    let (there, from) = sync::channel(0);
    let (to, back) = sync::channel(0);
    sync::go(move || from.iter().for_each(|i| put(&to, i).or_stop()));
    let mut sum = 0;
    for i in 0..n {
        put(&there, i).or_stop();
        sum += take(&back).or_stop();
    }
    sum
}

fn exchange(n: u64, Parties { producers, consumers, capacity }: Parties) -> u64 {
    let (to, from) = sync::channel(capacity);
    for first in 0..producers {
        let to = to.clone();
        sync::go(move || (first..n).step_by(producers as usize).for_each(|i| put(&to, i).or_stop()));
    }
    drop(to);
    let consume = |_| {
        let from = from.clone();
        sync::go_channel(move || from.iter().sum::<u64>())
    };
    let sums: Vec<_> = (0..consumers).map(consume).collect();
    sums.iter().map(|sum| take(sum).or_stop()).sum()
}

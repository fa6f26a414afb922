//! tokio's runtime of many threads. Its own channel has one receiver: several consumers share one of async-channel.

use std::pin::Pin;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::threads::{Parties, Task, task};
use super::{Runs, repeat};
use crate::jobs::Job;

pub fn run(workload: &str, n: u64, times: u32) -> Option<Runs> {
    let task = task(workload)?;
    let workers = if let Task::FanOut(_, workers) = task { workers } else { 2 };
    let runtime = Builder::new_multi_thread().worker_threads(workers).build().expect("a runtime");
    // The future of `block_on` is on none of its threads. A task is.
    Some(repeat(times, |_| runtime.block_on(join(runtime.spawn(measured(task, n))))))
}

async fn measured(task: Task, n: u64) -> u64 {
    match task {
        Task::PingPong => ping_pong(n).await,
        Task::Exchange(parties) if parties.consumers == 1 => exchange(n, parties).await,
        Task::Exchange(parties) => exchange_with_many(n, parties).await,
        Task::FanOut(job, _) => fan_out(n, job).await,
        Task::Skynet => skynet(n).await,
    }
}

async fn join<T>(task: JoinHandle<T>) -> T {
    task.await.expect("it does not panic")
}

async fn ping_pong(n: u64) -> u64 {
    let ((there, mut from), (to, mut back)) = (mpsc::channel(1), mpsc::channel(1));
    tokio::spawn(async move {
        while let Some(i) = from.recv().await {
            to.send(i).await.expect("there is a receiver");
        }
    });
    let mut sum = 0;
    for i in 0..n {
        there.send(i).await.expect("there is a receiver");
        sum += back.recv().await.expect("it comes back");
    }
    sum
}

async fn exchange(n: u64, Parties { producers, capacity, .. }: Parties) -> u64 {
    let (to, mut from) = mpsc::channel(capacity.max(1));
    for first in 0..producers {
        let to = to.clone();
        tokio::spawn(async move {
            for i in (first..n).step_by(producers as usize) {
                to.send(i).await.expect("there is a receiver");
            }
        });
    }
    drop(to);
    let mut sum = 0;
    while let Some(i) = from.recv().await {
        sum += i;
    }
    sum
}

async fn exchange_with_many(n: u64, Parties { producers, consumers, capacity }: Parties) -> u64 {
    let (to, from) = async_channel::bounded(capacity.max(1));
    for first in 0..producers {
        let to = to.clone();
        tokio::spawn(async move {
            for i in (first..n).step_by(producers as usize) {
                to.send(i).await.expect("there is a receiver");
            }
        });
    }
    drop(to);
    let consume = |_| {
        let from = from.clone();
        tokio::spawn(async move {
            let mut sum = 0;
            while let Ok(i) = from.recv().await {
                sum += i;
            }
            sum
        })
    };
    let consumers: Vec<_> = (0..consumers).map(consume).collect();
    sum_of(consumers).await
}

/// Each job is a task.
async fn fan_out(n: u64, job: Job) -> u64 {
    sum_of((0..n).map(|number| tokio::spawn(async move { job(number, n) })).collect()).await
}

async fn sum_of(tasks: Vec<JoinHandle<u64>>) -> u64 {
    let mut sum = 0;
    for task in tasks {
        sum += join(task).await;
    }
    sum
}

async fn skynet(n: u64) -> u64 {
    let (out, mut c) = mpsc::channel(1);
    tokio::spawn(node(out, 0, n));
    c.recv().await.expect("it has a sum")
}

fn node(out: mpsc::Sender<u64>, first: u64, leaves: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let mut sum = first;
        if leaves > 1 {
            let (to, mut c) = mpsc::channel(1);
            for child in 0..10 {
                tokio::spawn(node(to.clone(), first + child * (leaves / 10), leaves / 10));
            }
            drop(to);
            sum = 0;
            while let Some(of_child) = c.recv().await {
                sum += of_child;
            }
        }
        out.send(sum).await.expect("there is a receiver");
    })
}

//! What there is to be done between threads, and how those do it who have threads and channels, and no processes: one
//! thread for each party.

use std::thread;

use super::{Runs, repeat};
use crate::jobs::{self, Job};

/// A workload between threads.
#[derive(Clone, Copy)]
pub enum Task {
    PingPong,
    Exchange(Parties),
    /// Jobs for so many workers.
    FanOut(Job, usize),
    Skynet,
}

/// Who meets in a channel, and how much it holds.
#[derive(Clone, Copy)]
pub struct Parties {
    pub producers: u64,
    pub consumers: u64,
    pub capacity: usize,
}

pub fn task(workload: &str) -> Option<Task> {
    let exchange = |producers, consumers, capacity| Task::Exchange(Parties { producers, consumers, capacity });
    Some(match workload {
        "threads_ping_pong" => Task::PingPong,
        "1-1_cap_0" => exchange(1, 1, 0),
        "1-1_cap_1" => exchange(1, 1, 1),
        "1-1_cap_128" => exchange(1, 1, 128),
        "2-1_cap_0" => exchange(2, 1, 0),
        "2-1_cap_1" => exchange(2, 1, 1),
        "2-1_cap_128" => exchange(2, 1, 128),
        "1-2_cap_0" => exchange(1, 2, 0),
        "1-2_cap_1" => exchange(1, 2, 1),
        "1-2_cap_128" => exchange(1, 2, 128),
        "2-2_cap_0" => exchange(2, 2, 0),
        "2-2_cap_1" => exchange(2, 2, 1),
        "2-2_cap_128" => exchange(2, 2, 128),
        "mandelbrot_1" => Task::FanOut(jobs::mandelbrot, 1),
        "mandelbrot_2" => Task::FanOut(jobs::mandelbrot, 2),
        "monte_carlo_1" => Task::FanOut(jobs::monte_carlo, 1),
        "monte_carlo_2" => Task::FanOut(jobs::monte_carlo, 2),
        "threads_skynet" => Task::Skynet,
        _ => return None,
    })
}

/// Channels with which threads wait for each other.
pub trait Channels: 'static {
    type Sender: Clone + Send + 'static;
    type Receiver: Clone + Send + 'static;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver);

    /// While there is a receiver.
    fn send(to: &Self::Sender, value: u64);

    /// `None` when no sender is left, and no value.
    fn receive(from: &Self::Receiver) -> Option<u64>;
}

/// A thread is no leaf: there is no skynet.
pub fn run<C: Channels>(workload: &str, n: u64, times: u32) -> Option<Runs> {
    let task = task(workload).filter(|task| !matches!(task, Task::Skynet))?;
    Some(repeat(times, |_| match task {
        Task::PingPong => ping_pong::<C>(n),
        Task::Exchange(parties) => exchange::<C>(n, parties),
        Task::FanOut(job, workers) => fan_out::<C>(n, job, workers),
        Task::Skynet => unreachable!("it was filtered out"),
    }))
}

fn ping_pong<C: Channels>(n: u64) -> u64 {
    let ((there, from), (to, back)) = (C::channel(0), C::channel(0));
    let echo = thread::spawn(move || values::<C>(&from).for_each(|i| C::send(&to, i)));
    let mut sum = 0;
    for i in 0..n {
        C::send(&there, i);
        sum += C::receive(&back).expect("it comes back");
    }
    drop(there);
    join(echo);
    sum
}

fn exchange<C: Channels>(n: u64, Parties { producers, consumers, capacity }: Parties) -> u64 {
    let (to, from) = C::channel(capacity);
    for first in 0..producers {
        let to = to.clone();
        thread::spawn(move || (first..n).step_by(producers as usize).for_each(|i| C::send(&to, i)));
    }
    drop(to);
    let others: Vec<_> = (1..consumers)
        .map(|_| {
            let from = from.clone();
            thread::spawn(move || values::<C>(&from).sum::<u64>())
        })
        .collect();
    values::<C>(&from).sum::<u64>() + others.into_iter().map(join).sum::<u64>()
}

fn fan_out<C: Channels>(n: u64, job: Job, workers: usize) -> u64 {
    let (to, from) = C::channel(128);
    let workers: Vec<_> = (0..workers)
        .map(|_| {
            let from = from.clone();
            thread::spawn(move || values::<C>(&from).map(|number| job(number, n)).sum::<u64>())
        })
        .collect();
    (0..n).for_each(|number| C::send(&to, number));
    drop(to);
    workers.into_iter().map(join).sum()
}

fn values<C: Channels>(from: &C::Receiver) -> impl Iterator<Item = u64> {
    std::iter::from_fn(|| C::receive(from))
}

fn join<T>(thread: thread::JoinHandle<T>) -> T {
    thread.join().expect("it does not panic")
}

/// Channels of this library, without any scheduler.
pub struct Csp;

impl Channels for Csp {
    type Sender = csp::sync::Sender<u64>;
    type Receiver = csp::sync::Receiver<u64>;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver) {
        csp::sync::channel(capacity)
    }

    fn send(to: &Self::Sender, value: u64) {
        csp::put(to, value).expect("there is a receiver");
    }

    fn receive(from: &Self::Receiver) -> Option<u64> {
        csp::take(from)
    }
}

/// Three libraries whose channels differ in nothing that is used here but their names.
macro_rules! channels {
    ($($library:ident $Channels:ident)*) => {
        $(
            #[cfg(feature = "peers")]
            pub struct $Channels;

            #[cfg(feature = "peers")]
            impl Channels for $Channels {
                type Sender = $library::Sender<u64>;
                type Receiver = $library::Receiver<u64>;

                fn channel(capacity: usize) -> (Self::Sender, Self::Receiver) {
                    $library::bounded(capacity)
                }

                fn send(to: &Self::Sender, value: u64) {
                    to.send(value).expect("there is a receiver");
                }

                fn receive(from: &Self::Receiver) -> Option<u64> {
                    from.recv().ok()
                }
            }
        )*
    };
}

channels!(crossbeam_channel Crossbeam flume Flume kanal Kanal);

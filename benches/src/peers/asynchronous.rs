//! What the peers with async tasks have in common: an executor on one thread, and channels. The workloads are written
//! once, for any of them.

mod choices;
mod crowds;
mod pipelines;
mod tasks;

use std::time::Duration;

use futures_util::Stream;
use futures_util::future::LocalBoxFuture;

use super::Runs;
use crate::watch::Watch;

/// An executor on one thread.
pub trait Executor: Sized + 'static {
    fn start() -> Self;

    /// Runs a task to its end. What is left of the tasks of an earlier one ends first.
    fn run<T: 'static>(&self, task: impl Future<Output = T> + 'static) -> T;

    /// Starts a task. It can end early, with `None`, when those that it talks to are gone.
    fn spawn(task: impl Future<Output = Option<()>> + 'static);

    async fn sleep(duration: Duration);

    async fn give_way();

    /// What the first of the two gives that is ready; if both are, either.
    async fn first_of_2<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T;

    /// The same, of four.
    async fn first_of_4<T>(all: [impl Future<Output = T>; 4]) -> T;
}

/// Channels, and the executor that they are used with.
pub trait Channels: 'static {
    type Executor: Executor;
    type Sender<T: 'static>: Clone + 'static;
    type Receiver<T: 'static>: 'static;

    /// Stands for unbuffered: 0 where the library has that, otherwise 1.
    const LEAST_CAPACITY: usize;

    /// Whether nothing is lost when a `receive` that waits is dropped.
    const CAN_DROP_RECEIVE: bool;

    fn channel<T: 'static>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>);

    /// `None` when no receiver is left.
    async fn send<T: 'static>(to: &Self::Sender<T>, value: T) -> Option<()>;

    /// `None` when no sender is left, and no value.
    async fn receive<T: 'static>(from: &mut Self::Receiver<T>) -> Option<T>;

    fn stream<T: 'static>(from: &mut Self::Receiver<T>) -> impl Stream<Item = T> + Unpin;
}

/// What many tasks can wait for: a channel that nobody sends to, until it is dropped.
pub trait Gates: Channels {
    type Gate: 'static;
    type Waiting: 'static;

    fn gate() -> Self::Gate;

    fn before(gate: &Self::Gate) -> Self::Waiting;

    async fn wait(waiting: Self::Waiting);
}

/// A workload: what it returns is `None` when somebody was gone who should not be.
type Function = for<'a> fn(u64, &'a mut Watch) -> LocalBoxFuture<'a, Option<u64>>;

pub fn run<C: Gates>(workload: &str, n: u64, times: u32) -> Option<Runs> {
    Some(repeat::<C::Executor>(find_with_gates::<C>(workload).or_else(|| find::<C>(workload))?, n, times))
}

pub fn run_without_gates<C: Channels>(workload: &str, n: u64, times: u32) -> Option<Runs> {
    Some(repeat::<C::Executor>(find::<C>(workload)?, n, times))
}

fn repeat<E: Executor>(function: Function, n: u64, times: u32) -> Runs {
    let executor = E::start();
    let measured = |_| {
        executor.run(async move {
            let mut watch = Watch::start();
            let answer = function(n, &mut watch).await;
            (answer.expect("nobody is gone too early"), watch.finish())
        })
    };
    (0..times).map(measured).collect()
}

/// Tasks have no stacks: there is no idle_process_64k.
fn find<C: Channels>(workload: &str) -> Option<Function> {
    Some(match workload {
        "ping_pong" => |n, _| Box::pin(pipelines::ping_pong::<C>(n)),
        "large_value" => |n, _| Box::pin(pipelines::large_value::<C>(n)),
        "commstime" => |n, _| Box::pin(pipelines::commstime::<C>(n)),
        "sieve" => |n, _| Box::pin(pipelines::sieve::<C>(n)),
        "daisy_chain" | "daisy_chain_cold" => |n, _| Box::pin(pipelines::daisy_chain::<C>(n)),
        "buffered_128" => |n, _| Box::pin(pipelines::buffered::<C>(n)),
        "fan_in_16" => |n, _| Box::pin(pipelines::fan_in::<C>(n)),
        "skynet" => |n, _| Box::pin(tasks::skynet::<C>(n)),
        "spawn_and_receive" => |n, _| Box::pin(tasks::spawn_and_receive::<C>(n)),
        "yield" => |n, _| Box::pin(tasks::yields::<C>(n)),
        "sleepers_100k" => |n, _| Box::pin(tasks::sleepers::<C>(n, Duration::from_millis(500))),
        "sleepers_1m" => |n, _| Box::pin(tasks::sleepers::<C>(n, Duration::from_secs(2))),
        "alts_4" => |n, _| Box::pin(choices::parked::<C, 4>(n)),
        "alts_16" => |n, _| Box::pin(choices::parked::<C, 16>(n)),
        "alts_64" => |n, _| Box::pin(choices::parked::<C, 64>(n)),
        "alts_ready_4" => |n, _| Box::pin(choices::ready::<C, 4>(n)),
        "alts_ready_16" => |n, _| Box::pin(choices::ready::<C, 16>(n)),
        "alts_ready_64" => |n, _| Box::pin(choices::ready::<C, 64>(n)),
        "timeouts" => |n, _| Box::pin(choices::timeouts::<C>(n)),
        "unstarted_process" => |n, watch| Box::pin(crowds::unstarted_process::<C>(n, watch)),
        "idle_channel" => |n, watch| Box::pin(crowds::idle_channel::<C>(n, watch)),
        _ => return None,
    })
}

fn find_with_gates<C: Gates>(workload: &str) -> Option<Function> {
    Some(match workload {
        "park_cold" => |n, watch| Box::pin(crowds::park::<C>(n, watch)),
        "unpark" => |n, watch| Box::pin(crowds::unpark::<C>(n, watch)),
        "idle_process" => |n, watch| Box::pin(crowds::idle_process::<C>(n, watch)),
        "after_a_peak" => |n, watch| Box::pin(crowds::after_a_peak::<C>(n, watch)),
        _ => return None,
    })
}

fn go<C: Channels>(task: impl Future<Output = Option<()>> + 'static) {
    C::Executor::spawn(task);
}

fn unbuffered<C: Channels, T: 'static>() -> (C::Sender<T>, C::Receiver<T>) {
    C::channel(C::LEAST_CAPACITY)
}

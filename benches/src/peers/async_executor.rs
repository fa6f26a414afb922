//! async-executor, async-channel and async-io: what smol is made of.

use std::time::Duration;

use async_channel::{Receiver, Sender, bounded};
use async_executor::LocalExecutor;
use async_io::Timer;
use futures_lite::future;
use futures_util::Stream;

use super::asynchronous::{Channels, Executor, Gates};

thread_local! {
    static EXECUTOR: LocalExecutor<'static> = const { LocalExecutor::new() };
}

pub struct Smol;

impl Executor for Smol {
    fn start() -> Smol {
        Smol
    }

    fn run<T: 'static>(&self, task: impl Future<Output = T> + 'static) -> T {
        EXECUTOR.with(|executor| {
            async_io::block_on(executor.run(async {
                while !executor.is_empty() {
                    future::yield_now().await;
                }
                executor.spawn(task).await
            }))
        })
    }

    fn spawn(task: impl Future<Output = Option<()>> + 'static) {
        EXECUTOR.with(|executor| executor.spawn(task).detach());
    }

    async fn sleep(duration: Duration) {
        Timer::after(duration).await;
    }

    async fn give_way() {
        future::yield_now().await;
    }

    async fn first_of_2<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
        future::race(one, other).await
    }

    async fn first_of_4<T>([a, b, c, d]: [impl Future<Output = T>; 4]) -> T {
        future::race(future::race(a, b), future::race(c, d)).await
    }
}

impl Channels for Smol {
    type Executor = Smol;
    type Sender<T: 'static> = Sender<T>;
    type Receiver<T: 'static> = Receiver<T>;

    const LEAST_CAPACITY: usize = 1;
    const CAN_DROP_RECEIVE: bool = true;

    fn channel<T: 'static>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        bounded(capacity)
    }

    async fn send<T: 'static>(to: &Sender<T>, value: T) -> Option<()> {
        to.send(value).await.ok()
    }

    async fn receive<T: 'static>(from: &mut Receiver<T>) -> Option<T> {
        from.recv().await.ok()
    }

    fn stream<T: 'static>(from: &mut Receiver<T>) -> impl Stream<Item = T> + Unpin {
        Box::pin(from.clone())
    }
}

impl Gates for Smol {
    type Gate = (Sender<()>, Receiver<()>);
    type Waiting = Receiver<()>;

    fn gate() -> Self::Gate {
        bounded(1)
    }

    fn before((_, waiting): &Self::Gate) -> Receiver<()> {
        waiting.clone()
    }

    async fn wait(waiting: Receiver<()>) {
        _ = waiting.recv().await;
    }
}

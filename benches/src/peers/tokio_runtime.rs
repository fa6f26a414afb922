//! tokio's runtime, as it is for tasks of one thread, with four kinds of channels.

use std::time::Duration;

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::task;

use super::asynchronous::Executor;

pub struct Tokio(LocalRuntime);

impl Executor for Tokio {
    fn start() -> Tokio {
        Tokio(Builder::new_current_thread().enable_time().build_local(LocalOptions::default()).expect("a runtime"))
    }

    fn run<T: 'static>(&self, task: impl Future<Output = T> + 'static) -> T {
        self.0.block_on(async move {
            while self.0.metrics().num_alive_tasks() > 0 {
                task::yield_now().await;
            }
            // The future of `block_on` itself is woken like another thread. A task is not.
            task::spawn_local(task).await.expect("it does not panic")
        })
    }

    fn spawn(task: impl Future<Output = Option<()>> + 'static) {
        task::spawn_local(task);
    }

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    async fn give_way() {
        task::yield_now().await;
    }

    async fn first_of_2<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
        tokio::select! {
            value = one => value,
            value = other => value,
        }
    }

    async fn first_of_4<T>([a, b, c, d]: [impl Future<Output = T>; 4]) -> T {
        tokio::select! {
            value = a => value,
            value = b => value,
            value = c => value,
            value = d => value,
        }
    }
}

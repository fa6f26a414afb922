//! tokio, and channels for one thread: async-unsync. They have one receiver, so that no crowd can wait for one.

use async_unsync::bounded::{Receiver, Sender, channel};
use futures_util::Stream;
use futures_util::stream::poll_fn;

use super::asynchronous::Channels;
use super::tokio_runtime::Tokio;

pub struct AsyncUnsync;

impl Channels for AsyncUnsync {
    type Executor = Tokio;
    type Sender<T: 'static> = Sender<T>;
    type Receiver<T: 'static> = Receiver<T>;

    const LEAST_CAPACITY: usize = 1;
    const CAN_DROP_RECEIVE: bool = true;

    fn channel<T: 'static>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        channel(capacity).into_split()
    }

    async fn send<T: 'static>(to: &Sender<T>, value: T) -> Option<()> {
        to.send(value).await.ok()
    }

    async fn receive<T: 'static>(from: &mut Receiver<T>) -> Option<T> {
        from.recv().await
    }

    fn stream<T: 'static>(from: &mut Receiver<T>) -> impl Stream<Item = T> + Unpin {
        poll_fn(|context| from.poll_recv(context))
    }
}

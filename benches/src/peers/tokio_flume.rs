//! tokio, and the channels of flume. A receiver that goes looks through all that wait: a million of them would take an
//! hour, and are left out.

use flume::{Receiver, Sender, bounded};
use futures_util::Stream;

use super::asynchronous::Channels;
use super::tokio_runtime::Tokio;

pub struct Flume;

impl Channels for Flume {
    type Executor = Tokio;
    type Sender<T: 'static> = Sender<T>;
    type Receiver<T: 'static> = Receiver<T>;

    const LEAST_CAPACITY: usize = 0;
    const CAN_DROP_RECEIVE: bool = false;

    fn channel<T: 'static>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        bounded(capacity)
    }

    async fn send<T: 'static>(to: &Sender<T>, value: T) -> Option<()> {
        to.send_async(value).await.ok()
    }

    async fn receive<T: 'static>(from: &mut Receiver<T>) -> Option<T> {
        from.recv_async().await.ok()
    }

    fn stream<T: 'static>(from: &mut Receiver<T>) -> impl Stream<Item = T> + Unpin {
        from.stream()
    }
}

//! tokio, and its own channels.

use futures_util::Stream;
use futures_util::stream::poll_fn;
use tokio::sync::{broadcast, mpsc};

use super::asynchronous::{Channels, Gates};
use super::tokio_runtime::Tokio;

pub struct Mpsc;

impl Channels for Mpsc {
    type Executor = Tokio;
    type Sender<T: 'static> = mpsc::Sender<T>;
    type Receiver<T: 'static> = mpsc::Receiver<T>;

    const LEAST_CAPACITY: usize = 1;
    const CAN_DROP_RECEIVE: bool = true;

    fn channel<T: 'static>(capacity: usize) -> (mpsc::Sender<T>, mpsc::Receiver<T>) {
        mpsc::channel(capacity)
    }

    async fn send<T: 'static>(to: &mpsc::Sender<T>, value: T) -> Option<()> {
        to.send(value).await.ok()
    }

    async fn receive<T: 'static>(from: &mut mpsc::Receiver<T>) -> Option<T> {
        from.recv().await
    }

    fn stream<T: 'static>(from: &mut mpsc::Receiver<T>) -> impl Stream<Item = T> + Unpin {
        poll_fn(|context| from.poll_recv(context))
    }
}

/// An mpsc channel has one receiver; this is tokio's channel with many.
impl Gates for Mpsc {
    type Gate = broadcast::Sender<()>;
    type Waiting = broadcast::Receiver<()>;

    fn gate() -> broadcast::Sender<()> {
        broadcast::Sender::new(1)
    }

    fn before(gate: &broadcast::Sender<()>) -> broadcast::Receiver<()> {
        gate.subscribe()
    }

    async fn wait(mut waiting: broadcast::Receiver<()>) {
        _ = waiting.recv().await;
    }
}

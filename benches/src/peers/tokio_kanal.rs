//! tokio, and the channels of kanal.

use futures_util::Stream;
use kanal::{AsyncReceiver, AsyncSender, bounded_async};

use super::asynchronous::{Channels, Gates};
use super::tokio_runtime::Tokio;

pub struct Kanal;

impl Channels for Kanal {
    type Executor = Tokio;
    type Sender<T: 'static> = AsyncSender<T>;
    type Receiver<T: 'static> = AsyncReceiver<T>;

    const LEAST_CAPACITY: usize = 0;
    const CAN_DROP_RECEIVE: bool = false;

    fn channel<T: 'static>(capacity: usize) -> (AsyncSender<T>, AsyncReceiver<T>) {
        bounded_async(capacity)
    }

    async fn send<T: 'static>(to: &AsyncSender<T>, value: T) -> Option<()> {
        to.send(value).await.ok()
    }

    async fn receive<T: 'static>(from: &mut AsyncReceiver<T>) -> Option<T> {
        from.recv().await.ok()
    }

    fn stream<T: 'static>(from: &mut AsyncReceiver<T>) -> impl Stream<Item = T> + Unpin {
        Box::pin(from.stream())
    }
}

impl Gates for Kanal {
    type Gate = (AsyncSender<()>, AsyncReceiver<()>);
    type Waiting = AsyncReceiver<()>;

    fn gate() -> Self::Gate {
        bounded_async(0)
    }

    fn before((_, waiting): &Self::Gate) -> AsyncReceiver<()> {
        waiting.clone()
    }

    async fn wait(waiting: AsyncReceiver<()>) {
        _ = waiting.recv().await;
    }
}

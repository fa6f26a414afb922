//! A great many tasks, or channels.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::{Channels, Executor, Gates, go, unbuffered};
use crate::watch::{Watch, memory};

/// Tasks that wait for something that opens when its gate is dropped.
struct Crowd<C: Gates> {
    gate: C::Gate,
    count: Rc<Count>,
}

#[derive(Default)]
struct Count {
    begun: Cell<u64>,
    ended: Cell<u64>,
}

impl<C: Gates> Crowd<C> {
    async fn wait(n: u64) -> Crowd<C> {
        let (gate, count) = (C::gate(), Rc::new(Count::default()));
        for _ in 0..n {
            let (waiting, count) = (C::before(&gate), count.clone());
            go::<C>(async move {
                count.begun.set(count.begun.get() + 1);
                C::wait(waiting).await;
                count.ended.set(count.ended.get() + 1);
                Some(())
            });
        }
        give_way_until::<C>(|| count.begun.get() == n).await;
        Crowd { gate, count }
    }

    async fn end(self, n: u64) -> Option<u64> {
        drop(self.gate);
        give_way_until::<C>(|| self.count.ended.get() == n).await;
        Some(self.count.ended.get())
    }
}

/// An executor may poll one that gives way before all others have had a turn.
async fn give_way_until<C: Channels>(over: impl Fn() -> bool) {
    while !over() {
        C::Executor::give_way().await;
    }
}

pub async fn park<C: Gates>(n: u64, watch: &mut Watch) -> Option<u64> {
    let crowd = Crowd::<C>::wait(n).await;
    watch.stop();
    crowd.end(n).await
}

pub async fn unpark<C: Gates>(n: u64, watch: &mut Watch) -> Option<u64> {
    let crowd = Crowd::<C>::wait(n).await;
    watch.restart();
    crowd.end(n).await
}

pub async fn idle_process<C: Gates>(n: u64, watch: &mut Watch) -> Option<u64> {
    let before = memory();
    let crowd = Crowd::<C>::wait(n).await;
    watch.stop_with_memory_since(before);
    crowd.end(n).await
}

pub async fn after_a_peak<C: Gates>(n: u64, watch: &mut Watch) -> Option<u64> {
    let before = memory();
    let ended = Crowd::<C>::wait(n).await.end(n).await;
    C::Executor::sleep(Duration::from_secs(3)).await;
    watch.stop_with_memory_since(before);
    ended
}

thread_local! {
    /// How many tasks have ended that have nothing of their own, not even a counter.
    static ENDED: Cell<u64> = const { Cell::new(0) };
}

pub async fn unstarted_process<C: Channels>(n: u64, watch: &mut Watch) -> Option<u64> {
    ENDED.set(0);
    let before = memory();
    for _ in 0..n {
        go::<C>(async {
            ENDED.set(ENDED.get() + 1);
            Some(())
        });
    }
    watch.stop_with_memory_since(before);
    give_way_until::<C>(|| ENDED.get() == n).await;
    Some(ENDED.get())
}

pub async fn idle_channel<C: Channels>(n: u64, watch: &mut Watch) -> Option<u64> {
    let mut all = Vec::with_capacity(n as usize);
    all.resize_with(n as usize, || None);
    let before = memory();
    all.iter_mut().for_each(|place| *place = Some(unbuffered::<C, u64>()));
    watch.stop_with_memory_since(before);
    Some(all.iter().flatten().count() as u64)
}

//! Tasks that start others, sleep, and give way.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::{Channels, Executor, go, unbuffered};

pub async fn skynet<C: Channels>(n: u64) -> Option<u64> {
    fn node<C: Channels>(out: C::Sender<u64>, first: u64, leaves: u64) {
        go::<C>(async move {
            if leaves == 1 {
                return C::send(&out, first).await;
            }
            let (to, mut from) = unbuffered::<C, _>();
            for child in 0..10 {
                node::<C>(to.clone(), first + child * (leaves / 10), leaves / 10);
            }
            let mut sum = 0;
            for _ in 0..10 {
                sum += C::receive(&mut from).await?;
            }
            C::send(&out, sum).await
        });
    }
    let (to, mut from) = unbuffered::<C, _>();
    node::<C>(to, 0, n);
    C::receive(&mut from).await
}

pub async fn spawn_and_receive<C: Channels>(n: u64) -> Option<u64> {
    let mut sum = 0;
    for i in 0..n {
        let (to, mut from) = unbuffered::<C, _>();
        go::<C>(async move { C::send(&to, i).await });
        sum += C::receive(&mut from).await?;
    }
    Some(sum)
}

pub async fn yields<C: Channels>(n: u64) -> Option<u64> {
    let count = Rc::new(Cell::new(0));
    let (ended, mut all_ended) = unbuffered::<C, ()>();
    for _ in 0..2 {
        let (count, ended) = (count.clone(), ended.clone());
        go::<C>(async move {
            for _ in 0..n / 2 {
                C::Executor::give_way().await;
                count.set(count.get() + 1);
            }
            C::send(&ended, ()).await
        });
    }
    C::receive(&mut all_ended).await?;
    C::receive(&mut all_ended).await?;
    Some(count.get())
}

pub async fn sleepers<C: Channels>(n: u64, spread: Duration) -> Option<u64> {
    let count = Rc::new(Cell::new(0));
    let (awake, mut all_awake) = unbuffered::<C, ()>();
    for i in 0..n {
        let (count, awake) = (count.clone(), awake.clone());
        go::<C>(async move {
            C::Executor::sleep(spread * (i * 7919 % n) as u32 / n as u32).await;
            count.set(count.get() + 1);
            drop(awake);
            Some(())
        });
    }
    drop(awake);
    // There is nothing to receive: this is over when the last sleeper has dropped its sender.
    C::receive(&mut all_awake).await;
    Some(count.get())
}

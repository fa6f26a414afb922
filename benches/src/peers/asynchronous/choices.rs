//! A task that receives from the first of many.
//!
//! Among four that is a `select!`, or what the executor has in its place. Where there are more, or where a `receive`
//! that was not chosen would take along the value that it has been handed, the choice is a merged stream: it is fair
//! too, and asks only those that have something.

use std::future::pending;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::select_all;

use super::{Channels, Executor, go, unbuffered};

pub async fn parked<C: Channels, const N: usize>(n: u64) -> Option<u64> {
    let mut channels = Vec::new();
    for first in 0..N as u64 {
        let (to, from) = unbuffered::<C, u64>();
        channels.push(from);
        go::<C>(async move {
            for i in (first..n).step_by(N) {
                C::send(&to, i).await?;
            }
            Some(())
        });
    }
    let mut sum = 0;
    if let (Ok(four), true) = (<&mut [_; 4]>::try_from(&mut channels[..]), C::CAN_DROP_RECEIVE) {
        for _ in 0..n {
            sum += C::Executor::first_of_4(four.each_mut().map(receive_if_ever::<C>)).await;
        }
        return Some(sum);
    }
    let mut first_of_all = select_all(channels.iter_mut().map(C::stream));
    for _ in 0..n {
        sum += first_of_all.next().await?;
    }
    Some(sum)
}

/// A channel whose producer has ended is not chosen any more.
async fn receive_if_ever<C: Channels>(from: &mut C::Receiver<u64>) -> u64 {
    match C::receive(from).await {
        Some(value) => value,
        None => pending().await,
    }
}

pub async fn ready<C: Channels, const N: usize>(n: u64) -> Option<u64> {
    let mut channels: Vec<_> = (0..N).map(|_| C::channel(1)).collect();
    let mut numbers = 0..n;
    for ((to, _), i) in channels.iter().zip(&mut numbers) {
        C::send(to, i).await?;
    }
    let mut sum = 0;
    if let (Ok(four), true) = (<&mut [_; 4]>::try_from(&mut channels[..]), C::CAN_DROP_RECEIVE) {
        for _ in 0..n {
            let all = four.each_mut().map(async |(to, from)| Some((C::receive(from).await?, to)));
            let (value, to) = C::Executor::first_of_4(all).await?;
            sum += value;
            if let Some(i) = numbers.next() {
                C::send(to, i).await?;
            }
        }
        return Some(sum);
    }
    let mut first_of_all = select_all(channels.iter_mut().map(|(to, from)| {
        let to = &*to;
        C::stream(from).map(move |value| (value, to))
    }));
    for _ in 0..n {
        let (value, to) = first_of_all.next().await?;
        sum += value;
        if let Some(i) = numbers.next() {
            C::send(to, i).await?;
        }
    }
    Some(sum)
}

pub async fn timeouts<C: Channels>(n: u64) -> Option<u64> {
    let (to, mut from) = C::channel(1);
    C::send(&to, ()).await?;
    let mut count = 0;
    for _ in 0..n {
        let timeout = async {
            C::Executor::sleep(Duration::from_secs(60)).await;
            None
        };
        let value = C::Executor::first_of_2(C::receive(&mut from), timeout).await;
        count += u64::from(value.is_some());
        C::send(&to, ()).await?;
    }
    Some(count)
}

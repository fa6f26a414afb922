//! Tasks that hand values on to each other.

use super::{Channels, go, unbuffered};

pub async fn ping_pong<C: Channels>(n: u64) -> Option<u64> {
    let (there, mut from) = unbuffered::<C, _>();
    let (to, mut back) = unbuffered::<C, _>();
    go::<C>(async move {
        while let Some(i) = C::receive(&mut from).await {
            C::send(&to, i).await?;
        }
        Some(())
    });
    let mut sum = 0;
    for i in 0..n {
        C::send(&there, i).await?;
        sum += C::receive(&mut back).await?;
    }
    Some(sum)
}

pub async fn large_value<C: Channels>(n: u64) -> Option<u64> {
    let (there, mut from) = unbuffered::<C, [u64; 128]>();
    let (to, mut back) = unbuffered::<C, _>();
    go::<C>(async move {
        while let Some(value) = C::receive(&mut from).await {
            C::send(&to, value).await?;
        }
        Some(())
    });
    let mut sum = 0;
    for i in 0..n {
        let mut value = [0; 128];
        value[0] = i;
        C::send(&there, value).await?;
        sum += C::receive(&mut back).await?[0];
    }
    Some(sum)
}

pub async fn commstime<C: Channels>(n: u64) -> Option<u64> {
    let (a_in, mut a) = unbuffered::<C, u64>();
    let (b_in, mut b) = unbuffered::<C, u64>();
    let (c_in, mut c) = unbuffered::<C, u64>();
    let (d_in, mut d) = unbuffered::<C, u64>();
    go::<C>(async move {
        C::send(&a_in, 0).await?;
        while let Some(i) = C::receive(&mut c).await {
            C::send(&a_in, i).await?;
        }
        Some(())
    });
    go::<C>(async move {
        while let Some(i) = C::receive(&mut a).await {
            C::send(&b_in, i).await?;
            C::send(&d_in, i).await?;
        }
        Some(())
    });
    go::<C>(async move {
        while let Some(i) = C::receive(&mut b).await {
            C::send(&c_in, i + 1).await?;
        }
        Some(())
    });
    let mut sum = 0;
    for _ in 0..n {
        sum += C::receive(&mut d).await?;
    }
    Some(sum)
}

pub async fn sieve<C: Channels>(n: u64) -> Option<u64> {
    let (to, mut numbers) = unbuffered::<C, u64>();
    go::<C>(async move {
        for i in 2.. {
            C::send(&to, i).await?;
        }
        Some(())
    });
    let mut prime = 0;
    for _ in 0..n {
        prime = C::receive(&mut numbers).await?;
        let (to, filtered) = unbuffered::<C, _>();
        let mut from = std::mem::replace(&mut numbers, filtered);
        go::<C>(async move {
            while let Some(i) = C::receive(&mut from).await {
                if i % prime != 0 {
                    C::send(&to, i).await?;
                }
            }
            Some(())
        });
    }
    Some(prime)
}

pub async fn daisy_chain<C: Channels>(n: u64) -> Option<u64> {
    let (first, mut right) = unbuffered::<C, u64>();
    for _ in 0..n {
        let (left, next) = unbuffered::<C, _>();
        let mut from = std::mem::replace(&mut right, next);
        go::<C>(async move { C::send(&left, C::receive(&mut from).await? + 1).await });
    }
    C::send(&first, 0).await?;
    C::receive(&mut right).await
}

pub async fn buffered<C: Channels>(n: u64) -> Option<u64> {
    let (to, mut from) = C::channel::<u64>(128);
    go::<C>(async move {
        for i in 0..n {
            C::send(&to, i).await?;
        }
        Some(())
    });
    let mut sum = 0;
    while let Some(i) = C::receive(&mut from).await {
        sum += i;
    }
    Some(sum)
}

pub async fn fan_in<C: Channels>(n: u64) -> Option<u64> {
    let (to, mut from) = unbuffered::<C, u64>();
    for first in 0..16 {
        let to = to.clone();
        go::<C>(async move {
            for i in (first..n).step_by(16) {
                C::send(&to, i).await?;
            }
            Some(())
        });
    }
    let mut sum = 0;
    for _ in 0..n {
        sum += C::receive(&mut from).await?;
    }
    Some(sum)
}

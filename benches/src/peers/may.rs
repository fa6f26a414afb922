//! may, with one worker.
//!
//! Its channels have no bound. Where somebody who sends would run away from those who receive, its semaphores are
//! what holds them back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use may::sync::{Semphore, mpsc};
use may::{coroutine, cqueue, go, go_with, select};

use super::{Runs, repeat};
use crate::watch::{Watch, memory};

type Function = fn(u64, &mut Watch) -> u64;

/// In words of memory, for who reads files, or passes on large values in a build that keeps many copies of them. The
/// others have the stacks that may gives them.
const LARGE_STACK: usize = 64 << 10;

pub fn run(workload: &str, n: u64, times: u32) -> Option<Runs> {
    let function = find(workload)?;
    may::config().set_workers(1);
    let main = go_with!(LARGE_STACK, move || repeat(times, |watch| function(n, watch)));
    Some(main.expect("memory for its stack").join().expect("it does not panic"))
}

fn find(workload: &str) -> Option<Function> {
    Some(match workload {
        "ping_pong" => ping_pong,
        "large_value" => large_value,
        "commstime" => commstime,
        "sieve" => sieve,
        "alts_4" => alts_parked::<4>,
        "alts_16" => alts_parked::<16>,
        "alts_64" => alts_parked::<64>,
        "alts_ready_4" => alts_ready::<4>,
        "alts_ready_16" => alts_ready::<16>,
        "alts_ready_64" => alts_ready::<64>,
        "buffered_128" => buffered,
        "fan_in_16" => fan_in,
        "spawn_and_receive" => spawn_and_receive,
        "yield" => yields,
        "timeouts" => timeouts,
        "idle_channel" => idle_channel,
        // All others need more coroutines than there can be: each stack takes two of the 65,530 mappings that Linux
        // allows a program, unless it is told otherwise.
        _ => return None,
    })
}

/// A channel of so many values.
fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (to, from) = mpsc::channel();
    let room = Arc::new(Semphore::new(capacity));
    (Sender { to, room: room.clone() }, Receiver { from, room: Room(room) })
}

struct Sender<T> {
    to: mpsc::Sender<T>,
    room: Arc<Semphore>,
}

/// Its fields are dropped in this order: one who waits for room learns that nobody receives any more.
struct Receiver<T> {
    from: mpsc::Receiver<T>,
    room: Room,
}

struct Room(Arc<Semphore>);

impl Drop for Room {
    fn drop(&mut self) {
        self.0.post();
    }
}

impl<T> Sender<T> {
    fn send(&self, value: T) -> Option<()> {
        self.room.wait();
        self.to.send(value).ok()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        Sender { to: self.to.clone(), room: self.room.clone() }
    }
}

impl<T> Iterator for &Receiver<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let value = self.from.recv().ok()?;
        self.room.0.post();
        Some(value)
    }
}

fn ping_pong(n: u64, _: &mut Watch) -> u64 {
    let (there, from) = mpsc::channel();
    let (to, back) = mpsc::channel();
    go!(move || from.iter().try_for_each(|i: u64| to.send(i)));
    let mut sum = 0;
    for i in 0..n {
        there.send(i).unwrap();
        sum += back.recv().unwrap();
    }
    sum
}

fn large_value(n: u64, _: &mut Watch) -> u64 {
    let (there, from) = mpsc::channel();
    let (to, back) = mpsc::channel();
    go_with!(LARGE_STACK, move || from.iter().try_for_each(|value: [u64; 128]| to.send(value).ok()))
        .expect("memory for its stack");
    let mut sum = 0;
    for i in 0..n {
        let mut value = [0; 128];
        value[0] = i;
        there.send(value).unwrap();
        sum += back.recv().unwrap()[0];
    }
    sum
}

fn commstime(n: u64, _: &mut Watch) -> u64 {
    let (a_in, a) = mpsc::channel();
    let (b_in, b) = mpsc::channel();
    let (c_in, c) = mpsc::channel();
    let (d_in, d) = mpsc::channel();
    go!(move || {
        a_in.send(0)?;
        c.iter().try_for_each(|i| a_in.send(i))
    });
    go!(move || a.iter().try_for_each(|i: u64| b_in.send(i).and_then(|()| d_in.send(i))));
    go!(move || b.iter().try_for_each(|i| c_in.send(i + 1)));
    d.iter().take(n as usize).sum()
}

fn sieve(n: u64, _: &mut Watch) -> u64 {
    let (to, mut numbers) = bounded(1);
    go!(move || (2..).try_for_each(|i| to.send(i)));
    let mut prime = 0;
    for _ in 0..n {
        prime = (&numbers).next().unwrap();
        let (to, filtered) = bounded(1);
        let from = std::mem::replace(&mut numbers, filtered);
        go!(move || (&from).filter(|i| i % prime != 0).try_for_each(|i| to.send(i)));
    }
    prime
}

/// may chooses among coroutines, one for each source, which queue what they have.
fn alts_parked<const N: usize>(n: u64, _: &mut Watch) -> u64 {
    let mut channels = Vec::new();
    for first in 0..N as u64 {
        let (to, from) = bounded(1);
        channels.push(from);
        go!(move || (first..n).step_by(N).try_for_each(|i| to.send(i)));
    }
    cqueue::scope(|queue| {
        for (token, from) in channels.iter().enumerate() {
            go!(queue, token, move |events| { from }.for_each(|i: u64| events.send(i as usize)));
        }
        (0..n).map(|_| queue.poll(None).unwrap().extra as u64).sum()
    })
}

fn alts_ready<const N: usize>(n: u64, _: &mut Watch) -> u64 {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..N).map(|_| mpsc::channel()).unzip();
    let mut numbers = 0..n;
    for (to, i) in senders.iter().zip(&mut numbers) {
        to.send(i).unwrap();
    }
    cqueue::scope(|queue| {
        for (token, from) in receivers.iter().enumerate() {
            go!(queue, token, move |events| from.iter().for_each(|i| events.send(i as usize)));
        }
        let mut sum = 0;
        for _ in 0..n {
            let event = queue.poll(None).unwrap();
            sum += event.extra as u64;
            if let Some(i) = numbers.next() {
                senders[event.token].send(i).unwrap();
            }
        }
        sum
    })
}

fn buffered(n: u64, _: &mut Watch) -> u64 {
    let (to, from) = bounded(128);
    go!(move || (0..n).try_for_each(|i| to.send(i)));
    (&from).sum()
}

fn fan_in(n: u64, _: &mut Watch) -> u64 {
    let (to, from) = bounded(1);
    for first in 0..16 {
        let to = to.clone();
        go!(move || (first..n).step_by(16).try_for_each(|i| to.send(i)));
    }
    (&from).take(n as usize).sum()
}

fn spawn_and_receive(n: u64, _: &mut Watch) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        let (to, from) = mpsc::channel();
        go!(move || to.send(i));
        sum += from.recv().unwrap();
    }
    sum
}

fn yields(n: u64, _: &mut Watch) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let both = [(); 2].map(|()| {
        let count = count.clone();
        go!(move || {
            for _ in 0..n / 2 {
                coroutine::yield_now();
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for one in both {
        one.join().unwrap();
    }
    count.load(Ordering::Relaxed)
}

fn timeouts(n: u64, _: &mut Watch) -> u64 {
    let (to, from) = mpsc::channel();
    to.send(()).unwrap();
    let count = AtomicU64::new(0);
    for _ in 0..n {
        select!(
            _ = from.recv() => { count.fetch_add(1, Ordering::Relaxed); },
            _ = coroutine::sleep(Duration::from_secs(60)) => {}
        );
        to.send(()).unwrap();
    }
    count.into_inner()
}

fn idle_channel(n: u64, watch: &mut Watch) -> u64 {
    let mut all = Vec::with_capacity(n as usize);
    all.resize_with(n as usize, || None);
    let before = memory();
    all.iter_mut().for_each(|place| *place = Some(mpsc::channel::<u64>()));
    watch.stop_with_memory_since(before);
    all.iter().flatten().count() as u64
}

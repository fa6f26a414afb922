//! csp itself.

use std::cell::Cell;
use std::rc::Rc;

use csp::ops::{self, AtEnd};
use csp::prelude::*;
use csp::{Transducer, transducer as begin};

use super::{Runs, repeat};
use crate::watch::{Watch, memory};

type Function = fn(u64, &mut Watch) -> u64;

pub fn run(workload: &str, n: u64, times: u32) -> Option<Runs> {
    let function = find(workload)?;
    let builder = csp::Builder::new().seed(1);
    let builder = match workload {
        "idle_process_64k" => builder.stack_size(64 << 10),
        // Main is not to give way before all are made.
        "unstarted_process" => builder.budget(u32::MAX),
        _ => builder,
    };
    Some(builder.run(|| repeat(times, |watch| function(n, watch))))
}

fn find(workload: &str) -> Option<Function> {
    Some(match workload {
        "ping_pong" => ping_pong,
        "large_value" => large_value,
        "commstime" => commstime,
        "sieve" => sieve,
        "daisy_chain" | "daisy_chain_cold" => daisy_chain,
        "skynet" => skynet,
        "alts_4" => alts_parked::<4>,
        "alts_16" => alts_parked::<16>,
        "alts_64" => alts_parked::<64>,
        "alts_ready_4" => alts_ready::<4>,
        "alts_ready_16" => alts_ready::<16>,
        "alts_ready_64" => alts_ready::<64>,
        "buffered_128" => buffered,
        "transducer" => transducer,
        "transducer_by_hand" => transducer_by_hand,
        "pipe" => |n, _| relay(n, |from, to| _ = ops::pipe(from, to, AtEnd::Close)),
        "pipe_by_hand" => |n, _| {
            relay(n, |from, to| {
                go(move || {
                    from.iter().for_each(|i| put(&to, i).or_stop());
                    close(&to);
                });
            })
        },
        "fan_in_16" => fan_in,
        "spawn_and_receive" => spawn_and_receive,
        "yield" => yields,
        "timeouts" => timeouts,
        "sleepers_100k" => |n, _| sleepers(n, Duration::from_millis(500)),
        "sleepers_1m" => |n, _| sleepers(n, Duration::from_secs(2)),
        "park_cold" => park,
        "unpark" => unpark,
        "idle_process" | "idle_process_64k" => idle_process,
        "unstarted_process" => unstarted_process,
        "idle_channel" => idle_channel,
        "after_a_peak" => after_a_peak,
        _ => return None,
    })
}

fn ping_pong(n: u64, _: &mut Watch) -> u64 {
    let (there, back) = (Channel::new(), Channel::new());
    let (from, to) = (there.clone(), back.clone());
    go(move || from.iter().for_each(|i| put(&to, i).or_stop()));
    let mut sum = 0;
    for i in 0..n {
        put(&there, i).or_stop();
        sum += take(&back).or_stop();
    }
    close(&there);
    sum
}

fn large_value(n: u64, _: &mut Watch) -> u64 {
    let (there, back) = (Channel::<[u64; 128]>::new(), Channel::new());
    let (from, to) = (there.clone(), back.clone());
    go(move || from.iter().for_each(|value| put(&to, value).or_stop()));
    let mut sum = 0;
    for i in 0..n {
        let mut value = [0; 128];
        value[0] = i;
        put(&there, value).or_stop();
        sum += take(&back).or_stop()[0];
    }
    close(&there);
    sum
}

fn commstime(n: u64, _: &mut Watch) -> u64 {
    let [a, b, c, d] = [(); 4].map(|()| Channel::<u64>::new());
    let (from, to) = (c.clone(), a.clone());
    go(move || {
        put(&to, 0).or_stop();
        from.iter().for_each(|i| put(&to, i).or_stop());
    });
    let (from, to, out) = (a.clone(), b.clone(), d.clone());
    go(move || {
        for i in &from {
            put(&to, i).or_stop();
            put(&out, i).or_stop();
        }
    });
    let (from, to) = (b.clone(), c.clone());
    go(move || from.iter().for_each(|i| put(&to, i + 1).or_stop()));
    let sum = d.iter().take(n as usize).sum();
    [a, b, c, d].iter().for_each(close);
    sum
}

fn sieve(n: u64, _: &mut Watch) -> u64 {
    let first = Channel::new();
    let out = first.clone();
    go(move || {
        for i in 2.. {
            put(&out, i).or_stop();
        }
    });
    let (mut numbers, mut prime) = (first.clone(), 0);
    let mut all = vec![first];
    for _ in 0..n {
        prime = take(&numbers).or_stop();
        let (from, to) = (numbers, Channel::new());
        numbers = to.clone();
        all.push(to.clone());
        go(move || from.iter().filter(|i| i % prime != 0).for_each(|i| put(&to, i).or_stop()));
    }
    all.iter().for_each(close);
    prime
}

fn daisy_chain(n: u64, _: &mut Watch) -> u64 {
    let first = Channel::new();
    let mut right = first.clone();
    for _ in 0..n {
        let (left, from) = (Channel::new(), right);
        right = left.clone();
        go(move || put(&left, take(&from).or_stop() + 1));
    }
    put(&first, 0).or_stop();
    take(&right).or_stop()
}

/// A tree of skynet.
pub fn node(out: Channel<u64>, first: u64, leaves: u64) {
    if leaves == 1 {
        return put(&out, first).or_stop();
    }
    let c = Channel::new();
    for child in 0..10 {
        let (out, leaves) = (c.clone(), leaves / 10);
        go(move || node(out, first + child * leaves, leaves));
    }
    put(&out, c.iter().take(10).sum()).or_stop();
}

fn skynet(n: u64, _: &mut Watch) -> u64 {
    let c = Channel::new();
    let out = c.clone();
    go(move || node(out, 0, n));
    take(&c).or_stop()
}

fn alts_parked<const N: usize>(n: u64, _: &mut Watch) -> u64 {
    let channels = [(); N].map(|()| Channel::new());
    for (first, out) in channels.iter().cloned().enumerate() {
        go(move || (first as u64..n).step_by(N).for_each(|i| put(&out, i).or_stop()));
    }
    (0..n).map(|_| alts(&channels).0.or_stop()).sum()
}

fn alts_ready<const N: usize>(n: u64, _: &mut Watch) -> u64 {
    let channels = [(); N].map(|()| Channel::buffered(1));
    let mut numbers = 0..n;
    for (channel, i) in channels.iter().zip(&mut numbers) {
        put(channel, i).or_stop();
    }
    let mut sum = 0;
    for i in numbers {
        let (value, channel) = alts(&channels);
        sum += value.or_stop();
        put(channel, i).or_stop();
    }
    sum + channels.iter().filter_map(|channel| poll(channel).ok()).sum::<u64>()
}

fn buffered(n: u64, _: &mut Watch) -> u64 {
    let c = Channel::buffered(128);
    let out = c.clone();
    go(move || {
        (0..n).for_each(|i| put(&out, i).or_stop());
        close(&out);
    });
    c.iter().sum()
}

/// Puts the numbers below `n`, and closes.
fn produce(n: u64, out: Channel<u64>) {
    go(move || {
        (0..n).for_each(|i| put(&out, i).or_stop());
        close(&out);
    });
}

fn transducer(n: u64, _: &mut Watch) -> u64 {
    let halves = begin().map(|i: u64| i / 2).filter(|i| i % 2 == 0).dedupe();
    let c = Channel::builder().transducer(halves).buffered(128).build();
    produce(n, c.clone());
    c.iter().sum()
}

fn transducer_by_hand(n: u64, _: &mut Watch) -> u64 {
    let (numbers, c) = (Channel::buffered(128), Channel::buffered(128));
    produce(n, numbers.clone());
    let out = c.clone();
    go(move || {
        let mut last = None;
        for i in &numbers {
            let half = i / 2;
            if half % 2 == 0 && last != Some(half) {
                last = Some(half);
                put(&out, half).or_stop();
            }
        }
        close(&out);
    });
    c.iter().sum()
}

fn relay(n: u64, start: fn(Channel<u64>, Channel<u64>)) -> u64 {
    let (numbers, c) = (Channel::new(), Channel::new());
    produce(n, numbers.clone());
    start(numbers, c.clone());
    c.iter().sum()
}

fn fan_in(n: u64, _: &mut Watch) -> u64 {
    let c = Channel::new();
    for first in 0..16 {
        let out = c.clone();
        go(move || (first..n).step_by(16).for_each(|i| put(&out, i).or_stop()));
    }
    c.iter().take(n as usize).sum()
}

fn spawn_and_receive(n: u64, _: &mut Watch) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        let c = Channel::new();
        let out = c.clone();
        go(move || put(&out, i));
        sum += take(&c).or_stop();
    }
    sum
}

fn yields(n: u64, _: &mut Watch) -> u64 {
    let count = Rc::new(Cell::new(0));
    let ended = Channel::new();
    for _ in 0..2 {
        let (count, ended) = (count.clone(), ended.clone());
        go(move || {
            for _ in 0..n / 2 {
                yield_now();
                count.set(count.get() + 1);
            }
            put(&ended, ())
        });
    }
    ended.iter().take(2).for_each(drop);
    count.get()
}

fn timeouts(n: u64, _: &mut Watch) -> u64 {
    let c = Channel::buffered(1);
    put(&c, ()).or_stop();
    let mut count = 0;
    for _ in 0..n {
        let t = timeout(Duration::from_secs(60));
        let (value, _) = alts([&c, &t]);
        count += u64::from(value.is_some());
        put(&c, ()).or_stop();
    }
    count
}

fn sleepers(n: u64, spread: Duration) -> u64 {
    let (ended, count) = (Channel::new(), Rc::new(Cell::new(0)));
    for i in 0..n {
        let (ended, count) = (ended.clone(), count.clone());
        go(move || {
            sleep(spread * (i * 7919 % n) as u32 / n as u32);
            count.set(count.get() + 1);
            if count.get() == n {
                close(&ended);
            }
        });
    }
    _ = take::<Channel<()>>(&ended);
    count.get()
}

/// So many processes that wait to take from one channel, and how many have ended.
fn parked(n: u64) -> (Channel<()>, Rc<Cell<u64>>) {
    let (c, count) = (Channel::new(), Rc::new(Cell::new(0)));
    for _ in 0..n {
        let (c, count) = (c.clone(), count.clone());
        go(move || {
            _ = take(&c);
            count.set(count.get() + 1);
        });
    }
    yield_now();
    (c, count)
}

fn end((c, count): (Channel<()>, Rc<Cell<u64>>)) -> u64 {
    close(&c);
    yield_now();
    count.get()
}

fn park(n: u64, watch: &mut Watch) -> u64 {
    let parked = parked(n);
    watch.stop();
    end(parked)
}

fn unpark(n: u64, watch: &mut Watch) -> u64 {
    let parked = parked(n);
    watch.restart();
    end(parked)
}

fn idle_process(n: u64, watch: &mut Watch) -> u64 {
    let before = memory();
    let parked = parked(n);
    watch.stop_with_memory_since(before);
    end(parked)
}

fn unstarted_process(n: u64, watch: &mut Watch) -> u64 {
    let (before, ended) = (memory(), csp::census().ended);
    (0..n).for_each(|_| _ = go(|| {}));
    watch.stop_with_memory_since(before);
    yield_now();
    csp::census().ended - ended
}

fn idle_channel(n: u64, watch: &mut Watch) -> u64 {
    let mut all = Vec::with_capacity(n as usize);
    all.resize_with(n as usize, || None);
    let before = memory();
    all.iter_mut().for_each(|place| *place = Some(Channel::<u64>::new()));
    watch.stop_with_memory_since(before);
    all.iter().flatten().count() as u64
}

fn after_a_peak(n: u64, watch: &mut Watch) -> u64 {
    let before = memory();
    let ended = end(parked(n));
    sleep(Duration::from_secs(3));
    watch.stop_with_memory_since(before);
    ended
}

//! Small histories: a few threads, each of which does a few things to the same channels.

use std::hint;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use csp::prelude::*;
use csp::{OfferError, PollError, sync};

use crate::spec::{Answer, Ask, Event, Full, Kind, Side, is_linearizable};
use crate::watchdog::{setting, watch};

/// What is drawn.
#[derive(Clone, Copy, PartialEq)]
pub enum Draw {
    /// Operations in one channel.
    One,
    /// Choices among two, with and without a default.
    Choices,
}

/// So many threads, of which the last ends the channels when it has done something else: so nobody waits for ever.
const THREADS: usize = 4;
const STEPS: usize = 3;
/// So many histories are played by the same threads.
const BATCH: usize = 250;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // An xorshift will do.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

struct Game {
    channels: Vec<sync::Channel<u8>>,
    /// What each thread asks for, and how long it waits before.
    scripts: Vec<Vec<(Ask, u64)>>,
}

/// Records so many histories, or as many as the environment says, and checks them all.
pub fn check_histories<const N: usize>(kinds: [Kind; N], histories: usize, draw: Draw) {
    let histories = setting("CSP_HISTORIES").map_or(histories, |n| n as usize);
    let first = setting("CSP_HISTORIES_SEED").unwrap_or(1);
    watch(move |watchdog| {
        let mut overlapping = 0;
        for batch in 0..histories.div_ceil(BATCH) {
            let seed = first + batch as u64;
            watchdog.describe(move || format!("histories of {kinds:?}, CSP_HISTORIES_SEED={seed}"));
            let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
            let games: Vec<Game> = (0..BATCH).map(|_| make_game(&mut random, &kinds, draw)).collect();
            for history in play(&games) {
                overlapping += usize::from(overlaps(&history));
                let lines: Vec<_> = history.iter().map(|event| format!("\n  {event:?}")).collect();
                assert!(is_linearizable(&kinds, &history), "no order explains this, of {kinds:?}:{}", lines.concat());
            }
        }
        // Else this has shown nothing.
        assert!(overlapping * 20 > histories, "only {overlapping} of {histories} histories overlap");
    });
}

/// Whether two operations have gone on at the same time.
fn overlaps(history: &[Event]) -> bool {
    history.iter().enumerate().any(|(n, a)| history[n + 1..].iter().any(|b| a.begun < b.over && b.begun < a.over))
}

fn make_channel(kind: Kind) -> sync::Channel<u8> {
    match kind.full {
        Full::Waits => sync::Channel::buffered(kind.capacity),
        Full::Slides => sync::Channel::sliding(kind.capacity),
        Full::Drops => sync::Channel::dropping(kind.capacity),
    }
}

fn make_game(random: &mut Random, kinds: &[Kind], draw: Draw) -> Game {
    let mut value = 0;
    let mut scripts: Vec<Vec<_>> = (0..THREADS)
        .map(|thread| {
            let last = thread == THREADS - 1;
            let steps = if last { random.below(2) as usize } else { STEPS };
            (0..steps).map(|_| (make_ask(random, kinds.len(), draw, last, &mut value), pause(random))).collect()
        })
        .collect();
    let last = scripts.last_mut().unwrap();
    for channel in 0..kinds.len() {
        if random.below(3) == 0 {
            last.push((Ask::Drain(channel), pause(random)));
        }
    }
    // What was drained may have putters still.
    last.extend((0..kinds.len()).map(|channel| (Ask::Close(channel), 20 + pause(random))));
    Game { channels: kinds.iter().map(|kind| make_channel(*kind)).collect(), scripts }
}

/// Often none: then things meet. Else so many turns of the other threads.
fn pause(random: &mut Random) -> u64 {
    random.below(2) * random.below(60)
}

fn make_ask(random: &mut Random, channels: usize, draw: Draw, now: bool, value: &mut u8) -> Ask {
    let mut side = |random: &mut Random| {
        if random.below(2) == 0 {
            return Side::Take;
        }
        *value += 1;
        Side::Put(*value)
    };
    let now = now || random.below(3) == 0;
    let branches = if draw == Draw::Choices && random.below(2) == 0 {
        (0..2).map(|channel| (channel, side(random))).collect()
    } else {
        vec![(random.below(channels as u64) as usize, side(random))]
    };
    // A choice that waits begins to wait in its channels one after the other (rule 14.1).
    let now = now || branches.len() > 1;
    Ask::Any { branches, now }
}

/// Plays all games, one after the other: what was seen of each.
fn play(games: &[Game]) -> Vec<Vec<Event>> {
    let (clock, start) = (AtomicU64::new(1), Barrier::new(THREADS));
    let tick = || clock.fetch_add(1, Ordering::SeqCst);
    let play_all = |thread: usize| {
        let play_one = |game: &Game| {
            start.wait();
            let step = |(ask, pause): &(Ask, u64)| {
                (0..*pause).for_each(|n| if n % 8 == 0 { thread::yield_now() } else { hint::spin_loop() });
                let begun = tick();
                let answer = perform(&game.channels, ask);
                Event { ask: ask.clone(), answer, begun, over: tick() }
            };
            game.scripts[thread].iter().map(step).collect::<Vec<_>>()
        };
        games.iter().map(play_one).collect::<Vec<_>>()
    };
    let mut histories: Vec<Vec<Event>> = games.iter().map(|_| Vec::new()).collect();
    thread::scope(|scope| {
        let parts: Vec<_> = (0..THREADS)
            .map(|thread| {
                let play_all = &play_all;
                // Every other is a process of a scheduler.
                scope.spawn(move || if thread % 2 == 0 { play_all(thread) } else { csp::run(|| play_all(thread)) })
            })
            .collect();
        for part in parts {
            for (history, events) in histories.iter_mut().zip(part.join().unwrap()) {
                history.extend(events);
            }
        }
    });
    histories
}

fn perform(channels: &[sync::Channel<u8>], ask: &Ask) -> Answer {
    match ask {
        Ask::Close(channel) => close(&channels[*channel]),
        Ask::Drain(channel) => drain(&channels[*channel]),
        Ask::Any { branches, now } => {
            return match branches[..] {
                [(channel, side)] => single(&channels[channel], side, *now),
                [first, second] => choose(channels, first, second, *now),
                _ => unreachable!("one or two"),
            };
        }
    }
    Answer::Ended
}

fn single(channel: &sync::Channel<u8>, side: Side, now: bool) -> Answer {
    match (side, now) {
        (Side::Take, false) => Answer::Took(0, take(channel)),
        (Side::Put(value), false) => Answer::Put(0, put(channel, value).is_ok()),
        (Side::Take, true) => match poll(channel) {
            Ok(value) => Answer::Took(0, Some(value)),
            Err(PollError::Closed) => Answer::Took(0, None),
            Err(PollError::Empty) => Answer::Nothing,
        },
        (Side::Put(value), true) => match offer(channel, value) {
            Ok(()) => Answer::Put(0, true),
            Err(OfferError::Closed(_)) => Answer::Put(0, false),
            Err(OfferError::Full(_)) => Answer::Nothing,
        },
    }
}

fn choose(channels: &[sync::Channel<u8>], first: (usize, Side), second: (usize, Side), now: bool) -> Answer {
    let slot = |side: Side| if let Side::Put(value) = side { Some(value) } else { None };
    let (a, b) = (&channels[first.0], &channels[second.0]);
    let (mut one, mut two) = (slot(first.1), slot(second.1));
    let (take_a, take_b) = (one.is_none(), two.is_none());
    macro_rules! choose {
        ($($default:tt)*) => {
            alts! {
                value = take(a), if take_a => Answer::Took(0, value),
                value = take(b), if take_b => Answer::Took(1, value),
                answer = put(a, from one) => Answer::Put(0, answer.is_ok()),
                answer = put(b, from two) => Answer::Put(1, answer.is_ok()),
                $($default)*
            }
        };
    }
    if now { choose!(default => Answer::Nothing) } else { choose!() }
}

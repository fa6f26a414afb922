//! docs/rules.md, rule 8.2: in which order branches are tried, in both forms: at random and evenly, or as written.

use std::cell::Cell;
use std::rc::Rc;

use csp::prelude::*;

/// `counts` came from even choices: each within five standard deviations.
#[track_caller]
fn assert_even(counts: &[u32]) {
    let rounds = f64::from(counts.iter().sum::<u32>());
    let chance = 1.0 / counts.len() as f64;
    let deviation = (rounds * chance * (1.0 - chance)).sqrt();
    for count in counts {
        assert!((f64::from(*count) - rounds * chance).abs() < 5.0 * deviation, "not even: {counts:?}");
    }
}

fn full<const N: usize>() -> [Channel<usize>; N] {
    std::array::from_fn(|n| {
        let c = Channel::buffered(1);
        offer(&c, n).unwrap();
        c
    })
}

/// How often each of always-ready channels is chosen in 10,000 rounds.
fn tally<const N: usize>() -> [u32; N] {
    let (channels, mut counts) = (full::<N>(), [0; N]);
    for _ in 0..10_000 {
        let (value, chan) = alts(&channels);
        let n = value.unwrap();
        assert!(chan == channels[n]);
        counts[n] += 1;
        offer(chan, n).unwrap();
    }
    counts
}

#[csp::test]
fn spec_8_2_two_ready_channels_are_chosen_evenly() {
    assert_even(&tally::<2>());
}

#[csp::test]
fn spec_8_2_three_ready_channels_are_chosen_evenly() {
    assert_even(&tally::<3>());
}

#[csp::test]
fn spec_8_2_thirty_ready_channels_are_chosen_evenly() {
    assert_even(&tally::<30>());
}

#[csp::test]
fn spec_8_2_ready_puts_and_takes_are_chosen_evenly() {
    let (a, b) = (Channel::sliding(1), Channel::<u32>::new());
    close(&b);
    let mut counts = [0; 2];
    for n in 0..10_000 {
        counts[alts([Branch::Put(&a, n), Branch::Take(&b)]).index] += 1;
    }
    assert_even(&counts);
}

/// A random place to start from, and then in order, would favour whoever comes after one that is not ready.
#[csp::test]
fn spec_8_2_channels_that_are_not_ready_do_not_favour_their_neighbours() {
    for silent in 0..3 {
        let channels = full::<3>();
        poll(&channels[silent]).unwrap();
        let mut counts = vec![0; 3];
        for _ in 0..10_000 {
            let (value, chan) = alts(&channels);
            counts[value.unwrap()] += 1;
            offer(chan, value.unwrap()).unwrap();
        }
        counts.remove(silent);
        assert_even(&counts);
    }
}

#[csp::test]
fn spec_8_2_priority_is_as_written() {
    for first in 0..10 {
        let channels = full::<10>();
        channels[..first].iter().for_each(|c| _ = poll(c));
        assert_eq!(alts_priority(&channels).0, Some(first));
    }
    let c = Channel::buffered(9);
    for n in 0..9 {
        let chosen = alts_priority([Branch::Put(&c, n), Branch::Take(&c)]);
        assert_eq!((chosen.index, chosen.outcome), (0, Outcome::Put(Ok(()))));
    }
}

#[csp::test]
fn spec_8_2_the_first_that_can_proceed_commits_and_nothing_of_the_others_happens() {
    for _ in 0..100 {
        let (held, putter, taker) = (Channel::buffered(1), Channel::new(), Channel::new());
        offer(&held, 1).unwrap();
        let (c, d, ran) = (putter.clone(), taker.clone(), Rc::new(Cell::new(false)));
        go_now(move || put(&c, 2));
        go_now(move || take(&d));
        let set = ran.clone();
        go(move || set.set(true));
        let chosen = alts([Branch::Take(&held), Branch::Take(&putter), Branch::Put(&taker, 3)]);
        assert!(!ran.get(), "what is ready does not wait");
        let left = [poll(&held).is_ok(), poll(&putter).is_ok(), offer(&taker, 4).is_ok()];
        assert_eq!(left.map(|still| !still).map(usize::from).iter().sum::<usize>(), 1, "{left:?}");
        assert!(!left[chosen.index]);
        yield_now();
    }
}

#[csp::test]
fn spec_8_2_in_the_macro_branches_of_any_kind_are_chosen_evenly() {
    let (numbers, words) = (Channel::<i32>::new(), Channel::sliding(1));
    close(&numbers);
    let (mut slot, mut counts) = (Some("word"), [0; 3]);
    for _ in 0..10_000 {
        alts! {
            _ = take(&numbers) => counts[0] += 1,
            _ = put(&words, from slot) => { counts[1] += 1; slot = Some("word") }
            _ = op(Ready) => counts[2] += 1,
        }
    }
    assert_even(&counts);
}

#[csp::test]
fn spec_8_2_in_the_macro_priority_is_as_written() {
    let (a, b) = (Channel::<i32>::new(), Channel::<i32>::new());
    close(&b);
    for _ in 0..100 {
        alts! { priority;
            _ = take(&a) => unreachable!(),
            _ = take(&b) => {}
            _ = op(Ready) => unreachable!(),
            default => unreachable!(),
        }
    }
}

/// Is ready at once.
struct Ready;

impl csp::Op for Ready {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        Some(())
    }

    fn enlist(&mut self, _: &std::task::Waker) {}
}

/// A choice of more branches than are shuffled in place.
fn thirty(channels: &[Channel<i32>; 30]) -> (usize, Option<i32>) {
    alts! {
        v = take(&channels[0]) => (0, v),
        v = take(&channels[1]) => (1, v),
        v = take(&channels[2]) => (2, v),
        v = take(&channels[3]) => (3, v),
        v = take(&channels[4]) => (4, v),
        v = take(&channels[5]) => (5, v),
        v = take(&channels[6]) => (6, v),
        v = take(&channels[7]) => (7, v),
        v = take(&channels[8]) => (8, v),
        v = take(&channels[9]) => (9, v),
        v = take(&channels[10]) => (10, v),
        v = take(&channels[11]) => (11, v),
        v = take(&channels[12]) => (12, v),
        v = take(&channels[13]) => (13, v),
        v = take(&channels[14]) => (14, v),
        v = take(&channels[15]) => (15, v),
        v = take(&channels[16]) => (16, v),
        v = take(&channels[17]) => (17, v),
        v = take(&channels[18]) => (18, v),
        v = take(&channels[19]) => (19, v),
        v = take(&channels[20]) => (20, v),
        v = take(&channels[21]) => (21, v),
        v = take(&channels[22]) => (22, v),
        v = take(&channels[23]) => (23, v),
        v = take(&channels[24]) => (24, v),
        v = take(&channels[25]) => (25, v),
        v = take(&channels[26]) => (26, v),
        v = take(&channels[27]) => (27, v),
        v = take(&channels[28]) => (28, v),
        v = take(&channels[29]) => (29, v),
    }
}

#[csp::test]
fn spec_8_2_thirty_branches_of_the_macro_are_chosen_evenly() {
    let channels: [Channel<i32>; 30] = std::array::from_fn(|_| Channel::new());
    channels.iter().for_each(close);
    let mut counts = [0; 30];
    (0..10_000).for_each(|_| counts[thirty(&channels).0] += 1);
    assert_even(&counts);
}

#[csp::test]
fn thirty_branches_answer_for_themselves() {
    let channels: [Channel<i32>; 30] = std::array::from_fn(|_| Channel::new());
    for n in 0..30 {
        let c = channels[n].clone();
        go(move || put(&c, n as i32));
        assert_eq!(thirty(&channels), (n, Some(n as i32)));
    }
    assert!(channels.iter().all(|c| offer(c, 0) == Err(csp::OfferError::Full(0))));
}

#[csp::test(seed = 1)]
fn spec_8_2_many_branches_of_both_kinds_have_the_same_chance() {
    let c = Channel::<u8>::new();
    close(&c);
    let (mut takes, mut ops) = (0, 0);
    for _ in 0..10_000 {
        alts! {
            _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1, _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1,
            _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1, _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1,
            _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1, _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1,
            _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1, _ = take(&c) => takes += 1, _ = op(Ready) => ops += 1,
        }
    }
    assert_even(&[takes, ops]);
}

#[csp::test(seed = 1)]
fn spec_8_2_of_many_channels_each_ready_one_has_the_same_chance() {
    let channels: Vec<Channel<usize>> = (0..80).map(|_| Channel::buffered(1)).collect();
    let ready: Vec<usize> = (0..80).filter(|n| n % 7 == 0).collect();
    ready.iter().for_each(|&n| offer(&channels[n], n).unwrap());
    let mut counts = [0; 80];
    for _ in 0..12_000 {
        let (value, channel) = alts(&channels);
        counts[value.unwrap()] += 1;
        offer(channel, value.unwrap()).unwrap();
    }
    assert_even(&ready.iter().map(|&n| counts[n]).collect::<Vec<u32>>());
}

/// An attempt in vain that fills a channel.
struct Filling(Channel<i32>);

impl csp::Op for Filling {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        _ = offer(&self.0, 1);
        None
    }

    fn enlist(&mut self, _: &std::task::Waker) {}
}

#[csp::test]
fn spec_8_4_what_an_attempt_has_made_ready_comes_before_the_default() {
    let c = Channel::buffered(1);
    for _ in 0..20 {
        alts! {
            n = take(&c) => assert_eq!(n, Some(1)),
            _ = op(Filling(c.clone())) => unreachable!(),
            default => panic!("the default came first"),
        }
    }
}

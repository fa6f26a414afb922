//! Channels between threads are linearizable: whatever threads do at the same time, there is an order of the operations, each
//! at one moment between its beginning and its end, in which a simple channel would have given the same answers.
//!
//! Many small histories are recorded and searched for such an order, exhaustively (Wing and Gong 1993, with the memory of
//! states that Lowe 2017 adds). Where a put meets a take they are over at the same moment. `CSP_HISTORIES=100000` looks
//! further, `CSP_HISTORIES_SEED` elsewhere.

#[path = "sync_linearizable/record.rs"]
mod record;
#[path = "sync_linearizable/spec.rs"]
mod spec;
mod watchdog;

use record::{Draw, check_histories};
use spec::{Answer, Ask, Event, Full, Kind, Side, is_linearizable};

const UNBUFFERED: Kind = Kind { capacity: 0, full: Full::Waits };
const ONE: Kind = Kind { capacity: 1, full: Full::Waits };
const THREE: Kind = Kind { capacity: 3, full: Full::Waits };
const SLIDING: Kind = Kind { capacity: 2, full: Full::Slides };
const DROPPING: Kind = Kind { capacity: 2, full: Full::Drops };

#[test]
fn spec_sync_linearizable_unbuffered() {
    check_histories([UNBUFFERED], 3000, Draw::One);
}

#[test]
fn spec_sync_linearizable_with_a_buffer_for_one() {
    check_histories([ONE], 3000, Draw::One);
}

#[test]
fn spec_sync_linearizable_with_a_buffer_for_three() {
    check_histories([THREE], 2000, Draw::One);
}

#[test]
fn spec_sync_linearizable_sliding() {
    check_histories([SLIDING], 2000, Draw::One);
}

#[test]
fn spec_sync_linearizable_dropping() {
    check_histories([DROPPING], 2000, Draw::One);
}

/// A choice with a default is one operation, in whatever channels: the default happens only if there is a moment at which no
/// branch could.
#[test]
fn spec_sync_linearizable_choices() {
    for kinds in [[UNBUFFERED, UNBUFFERED], [UNBUFFERED, ONE], [ONE, ONE], [ONE, SLIDING]] {
        check_histories(kinds, 1500, Draw::Choices);
    }
}

fn one(side: Side, now: bool) -> Ask {
    Ask::Any { branches: vec![(0, side)], now }
}

fn event(ask: Ask, answer: Answer, begun: u64, over: u64) -> Event {
    Event { ask, answer, begun, over }
}

fn put(value: u8, ok: bool, begun: u64, over: u64) -> Event {
    event(one(Side::Put(value), false), Answer::Put(0, ok), begun, over)
}

fn take(value: Option<u8>, begun: u64, over: u64) -> Event {
    event(one(Side::Take, false), Answer::Took(0, value), begun, over)
}

fn offer(value: u8, answer: Option<bool>, begun: u64, over: u64) -> Event {
    event(one(Side::Put(value), true), answer.map_or(Answer::Nothing, |ok| Answer::Put(0, ok)), begun, over)
}

fn poll(answer: Option<Option<u8>>, begun: u64, over: u64) -> Event {
    event(one(Side::Take, true), answer.map_or(Answer::Nothing, |value| Answer::Took(0, value)), begun, over)
}

fn close(begun: u64, over: u64) -> Event {
    event(Ask::Close(0), Answer::Ended, begun, over)
}

fn drain(begun: u64, over: u64) -> Event {
    event(Ask::Drain(0), Answer::Ended, begun, over)
}

/// The check bites: what is right is accepted, and what is a little wrong is refused.
#[test]
fn wrong_histories_are_refused() {
    let right = |kind: Kind, events: &[Event]| assert!(is_linearizable(&[kind], events), "{events:?}");
    let wrong = |kind: Kind, events: &[Event]| assert!(!is_linearizable(&[kind], events), "{events:?}");

    // A rendezvous: the put is not over before the take has begun.
    right(UNBUFFERED, &[put(1, true, 1, 3), take(Some(1), 2, 4)]);
    wrong(UNBUFFERED, &[put(1, true, 1, 2), take(Some(1), 3, 4)]);
    right(ONE, &[put(1, true, 1, 2), take(Some(1), 3, 4)]);
    // Nobody takes what was not put, nor what somebody else has taken.
    wrong(UNBUFFERED, &[put(1, true, 1, 3), take(Some(2), 2, 4)]);
    wrong(ONE, &[put(1, true, 1, 2), take(Some(1), 3, 4), take(Some(1), 5, 6)]);
    wrong(ONE, &[put(1, true, 1, 2), take(Some(1), 3, 6), poll(Some(Some(1)), 4, 5)]);
    // First in, first out: also across those who wait.
    right(THREE, &[put(1, true, 1, 2), put(2, true, 3, 4), take(Some(1), 5, 6), take(Some(2), 7, 8)]);
    wrong(THREE, &[put(1, true, 1, 2), put(2, true, 3, 4), take(Some(2), 5, 6), take(Some(1), 7, 8)]);
    right(THREE, &[put(1, true, 1, 4), put(2, true, 2, 3), take(Some(2), 5, 6), take(Some(1), 7, 8)]);
    right(ONE, &[put(1, true, 1, 2), put(2, true, 3, 6), take(Some(1), 4, 5), take(Some(2), 7, 8)]);
    wrong(ONE, &[put(1, true, 1, 2), put(2, true, 3, 6), take(Some(2), 4, 5), take(Some(1), 7, 8)]);
    // Whoever says that there is nothing, or no room, says it of one moment.
    right(ONE, &[put(1, true, 1, 4), poll(None, 2, 3), take(Some(1), 5, 6)]);
    wrong(ONE, &[put(1, true, 1, 2), poll(None, 3, 4), take(Some(1), 5, 6)]);
    wrong(THREE, &[put(1, true, 1, 2), offer(2, None, 3, 4), take(Some(1), 5, 6)]);
    wrong(SLIDING, &[offer(1, None, 1, 2)]);
    wrong(DROPPING, &[offer(1, None, 1, 2)]);
    right(UNBUFFERED, &[take(Some(1), 1, 4), offer(1, Some(true), 2, 3)]);
    wrong(UNBUFFERED, &[offer(1, Some(true), 1, 2), poll(Some(Some(1)), 1, 2)]);
    // A put does not wait while there is room, nor fail while it is open; a buffer does not grow.
    wrong(ONE, &[put(1, true, 1, 2), put(2, true, 3, 4)]);
    wrong(ONE, &[put(1, false, 1, 2)]);
    // Nothing ends before the end, and what was there before can be taken after it.
    wrong(ONE, &[take(None, 1, 2), close(3, 4)]);
    right(ONE, &[take(None, 1, 3), close(2, 4)]);
    right(ONE, &[put(1, true, 1, 2), close(3, 4), take(Some(1), 5, 6), take(None, 7, 8)]);
    wrong(ONE, &[put(1, true, 1, 2), close(3, 4), take(None, 5, 6)]);
    wrong(ONE, &[close(1, 2), put(1, true, 3, 4)]);
    wrong(ONE, &[close(1, 2), poll(None, 3, 4)]);
    // Closed, those who wait to put fail; drained, they are served.
    right(UNBUFFERED, &[put(1, true, 1, 6), drain(2, 3), take(Some(1), 4, 5)]);
    wrong(UNBUFFERED, &[put(1, true, 1, 6), close(2, 3), take(Some(1), 4, 5)]);
    wrong(UNBUFFERED, &[drain(1, 2), put(1, true, 3, 6), take(Some(1), 4, 5)]);
    // What slides goes at the front, what drops does not come in.
    let three = |front: u8| {
        [offer(1, Some(true), 1, 2), offer(2, Some(true), 3, 4), offer(3, Some(true), 5, 6), take(Some(front), 7, 8)]
    };
    right(SLIDING, &three(2));
    wrong(SLIDING, &three(1));
    right(DROPPING, &three(1));
    wrong(DROPPING, &three(2));
}

/// Go's TestNonblockSelectRace: at every moment one of the two could be taken from.
#[test]
fn wrong_choices_are_refused() {
    let kinds = [ONE, ONE];
    let history = |chosen: Answer| {
        let both = Ask::Any { branches: vec![(0, Side::Take), (1, Side::Take)], now: true };
        let put = |channel: usize, begun| {
            let ask = Ask::Any { branches: vec![(channel, Side::Put(channel as u8))], now: false };
            event(ask, Answer::Put(0, true), begun, begun + 1)
        };
        // While it chooses the second is filled, and then the first is emptied.
        let emptied = match chosen {
            Answer::Took(0, _) => poll(None, 6, 7),
            _ => poll(Some(Some(0)), 6, 7),
        };
        [put(0, 1), event(both, chosen, 3, 8), put(1, 4), emptied]
    };
    assert!(!is_linearizable(&kinds, &history(Answer::Nothing)));
    assert!(is_linearizable(&kinds, &history(Answer::Took(1, Some(1)))));
    assert!(is_linearizable(&kinds, &history(Answer::Took(0, Some(0)))));
    assert!(!is_linearizable(&kinds, &history(Answer::Took(1, Some(0)))));
    // A choice that has taken from both.
    let either = Ask::Any { branches: vec![(0, Side::Take), (1, Side::Take)], now: false };
    let puts = [0, 1].map(|channel| {
        let ask = Ask::Any { branches: vec![(channel, Side::Put(7))], now: false };
        event(ask, Answer::Put(0, true), 1, 9)
    });
    let unbuffered = [UNBUFFERED, UNBUFFERED];
    let [first, second] = puts;
    let chosen = event(either, Answer::Took(0, Some(7)), 2, 8);
    assert!(is_linearizable(&unbuffered, &[first.clone(), chosen.clone()]));
    assert!(!is_linearizable(&unbuffered, &[first, second, chosen]));
}

//! The truth table of a channel: operation x immediate or parked x taken, buffered, or closed. Each row is written once,
//! and holds for a [`Channel`] and for a [`Sender`] with its [`Receiver`]; a row that parks holds for every way to wait.
//!
//! | operation | taken at once | buffered at once | closed at once | parked, then taken | parked, then buffered | parked, then closed |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | put, callback, alts | `Ok` | `Ok` | `Err(Closed)` | `Ok` | `Ok` | `Err(Closed)` |
//! | offer | `Ok` | `Ok` | `Err(Closed)` | `Err(Full)` | `Err(Full)` | - |
//! | take, callback, alts | value | value | `None` | value | value | `None` |
//! | poll | value | value | `Err(Closed)` | `Err(Empty)` | `Err(Empty)` | - |

mod log;

use csp::{OfferError, PollError, prelude::*};
use log::Log;

/// The ways to wait.
#[derive(Clone, Copy, Debug)]
enum How {
    Verb,
    Callback,
    Alts,
}

const EVERY_WAY: [How; 3] = [How::Verb, How::Callback, How::Alts];

/// The ways to end a channel of which nothing is left.
const EVERY_END: [&str; 2] = ["close", "drain"];

trait Writer: WritePort<Item = i32> + Clone + 'static {
    fn end(&self, how: &str) {
        if how == "close" { close(self) } else { drain(self) }
    }
}

impl<W: WritePort<Item = i32> + Clone + 'static> Writer for W {}

trait Reader: ReadPort<Item = i32> + Clone + 'static {}

impl<R: ReadPort<Item = i32> + Clone + 'static> Reader for R {}

/// Starts a put of `value`; its answer goes to the log.
fn start_put<W: Writer>(how: How, out: &W, value: i32) -> Log<Result<(), Closed<i32>>> {
    let log = Log::new();
    let (out, answers) = (out.clone(), log.clone());
    match how {
        How::Verb => drop(go_now(move || answers.add(put(&out, value)))),
        How::Callback => put_then_callback(&out, value, move |answer| answers.add(answer)).unwrap(),
        How::Alts => drop(go_now(move || {
            let (mut slot, never) = (Some(value), Channel::<()>::new());
            alts! {
                answer = put(&out, from slot) => answers.add(answer),
                _ = take(&never) => unreachable!(),
            }
        })),
    }
    log
}

/// Starts a take; its answer goes to the log.
fn start_take<R: Reader>(how: How, input: &R) -> Log<Option<i32>> {
    let log = Log::new();
    let (input, answers) = (input.clone(), log.clone());
    match how {
        How::Verb => drop(go_now(move || answers.add(take(&input)))),
        How::Callback => take_then_callback(&input, move |answer| answers.add(answer)).unwrap(),
        How::Alts => drop(go_now(move || {
            let never = Channel::<()>::new();
            alts! {
                value = take(&input) => answers.add(value),
                _ = take(&never) => unreachable!(),
            }
        })),
    }
    log
}

/// The answer of what was started must be there after its turn, and be the only one.
#[track_caller]
fn expect<A: Clone + PartialEq + std::fmt::Debug>(log: &Log<A>, how: How, answer: A) {
    (0..3).for_each(|_| yield_now());
    assert_eq!(log.seen(), [answer], "{how:?}");
}

#[track_caller]
fn expect_parked<A: Clone + PartialEq + std::fmt::Debug>(log: &Log<A>, how: How) {
    (0..3).for_each(|_| yield_now());
    assert_eq!(log.seen(), [], "{how:?}");
}

fn put_immediate_taken<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for (how, capacity) in EVERY_WAY.into_iter().flat_map(|how| [(how, 0), (how, 1)]) {
        let (out, input) = make(capacity);
        let taker = start_take(How::Verb, &input);
        expect(&start_put(how, &out, 1), how, Ok(()));
        assert_eq!((taker.seen(), poll(&input)), (vec![Some(1)], Err(PollError::Empty)));
    }
}

fn put_immediate_buffered<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for how in EVERY_WAY {
        let (out, input) = make(1);
        expect(&start_put(how, &out, 1), how, Ok(()));
        assert_eq!((poll(&input), poll(&input)), (Ok(1), Err(PollError::Empty)));
    }
}

fn put_immediate_closed<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for (how, end) in EVERY_WAY.into_iter().flat_map(|how| EVERY_END.map(|end| (how, end))) {
        for capacity in [0, 1] {
            let (out, input) = make(capacity);
            out.end(end);
            expect(&start_put(how, &out, 1), how, Err(Closed(1)));
            assert_eq!(poll(&input), Err(PollError::Closed));
        }
    }
}

fn put_parked_taken<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for how in EVERY_WAY {
        let (out, input) = make(0);
        let putter = start_put(how, &out, 1);
        expect_parked(&putter, how);
        assert_eq!(poll(&input), Ok(1));
        expect(&putter, how, Ok(()));
        assert_eq!(poll(&input), Err(PollError::Empty));
    }
}

fn put_parked_buffered<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for how in EVERY_WAY {
        let (out, input) = make(1);
        put(&out, 0).unwrap();
        let putter = start_put(how, &out, 1);
        expect_parked(&putter, how);
        assert_eq!(poll(&input), Ok(0));
        expect(&putter, how, Ok(()));
        assert_eq!((poll(&input), poll(&input)), (Ok(1), Err(PollError::Empty)));
    }
}

fn put_parked_closed<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for (how, capacity) in EVERY_WAY.into_iter().flat_map(|how| [(how, 0), (how, 1)]) {
        let (out, input) = make(capacity);
        while offer(&out, 0).is_ok() {}
        let putter = start_put(how, &out, 1);
        expect_parked(&putter, how);
        out.end("close");
        expect(&putter, how, Err(Closed(1)));
        assert_eq!(poll(&input), if capacity == 1 { Ok(0) } else { Err(PollError::Closed) });
    }
}

fn put_parked_drained<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for how in EVERY_WAY {
        let (out, input) = make(0);
        let putter = start_put(how, &out, 1);
        out.end("drain");
        expect_parked(&putter, how);
        assert_eq!((poll(&input), poll(&input)), (Ok(1), Err(PollError::Closed)));
        expect(&putter, how, Ok(()));
    }
}

fn offer_never_parks<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    let (out, input) = make(0);
    assert_eq!(offer(&out, 1), Err(OfferError::Full(1)));
    let taker = start_take(How::Verb, &input);
    assert_eq!(offer(&out, 2), Ok(()));
    expect(&taker, How::Verb, Some(2));
    let (out, input) = make(1);
    assert_eq!((offer(&out, 1), offer(&out, 2)), (Ok(()), Err(OfferError::Full(2))));
    close(&out);
    assert_eq!((offer(&out, 3), poll(&input)), (Err(OfferError::Closed(3)), Ok(1)));
}

fn take_immediate_taken<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for how in EVERY_WAY {
        let (out, input) = make(0);
        let putter = start_put(How::Verb, &out, 1);
        expect(&start_take(how, &input), how, Some(1));
        assert_eq!(putter.seen(), [Ok(())]);
    }
}

fn take_immediate_buffered<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for how in EVERY_WAY {
        let (out, input) = make(2);
        (1..=2).for_each(|n| put(&out, n).unwrap());
        expect(&start_take(how, &input), how, Some(1));
        out.end("close");
        expect(&start_take(how, &input), how, Some(2));
    }
}

fn take_immediate_closed<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for (how, end) in EVERY_WAY.into_iter().flat_map(|how| EVERY_END.map(|end| (how, end))) {
        for capacity in [0, 1] {
            let (out, input) = make(capacity);
            out.end(end);
            expect(&start_take(how, &input), how, None);
            expect(&start_take(how, &input), how, None);
        }
    }
}

fn take_parked_taken<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for (how, capacity) in EVERY_WAY.into_iter().flat_map(|how| [(how, 0), (how, 1)]) {
        let (out, input) = make(capacity);
        let taker = start_take(how, &input);
        expect_parked(&taker, how);
        assert_eq!(offer(&out, 1), Ok(()));
        expect(&taker, how, Some(1));
        assert_eq!(poll(&input), Err(PollError::Empty), "handed over, not kept");
    }
}

fn take_parked_closed<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    for (how, end) in EVERY_WAY.into_iter().flat_map(|how| EVERY_END.map(|end| (how, end))) {
        for capacity in [0, 1] {
            let (out, input) = make(capacity);
            let taker = start_take(how, &input);
            expect_parked(&taker, how);
            out.end(end);
            expect(&taker, how, None);
        }
    }
}

fn poll_never_parks<W: Writer, R: Reader>(make: fn(usize) -> (W, R)) {
    let (out, input) = make(0);
    assert_eq!(poll(&input), Err(PollError::Empty));
    let putter = start_put(How::Verb, &out, 1);
    assert_eq!(poll(&input), Ok(1));
    expect(&putter, How::Verb, Ok(()));
    let (out, input) = make(1);
    put(&out, 1).unwrap();
    close(&out);
    assert_eq!((poll(&input), poll(&input)), (Ok(1), Err(PollError::Closed)));
}

macro_rules! rows {
    ($($row:ident)*) => {
        mod one_handle {
            use super::*;

            fn make(capacity: usize) -> (Channel<i32>, Channel<i32>) {
                let c = Channel::buffered(capacity);
                (c.clone(), c)
            }

            $(#[csp::test] fn $row() { super::$row(make); })*
        }

        mod two_ends {
            use super::*;

            fn make(capacity: usize) -> (Sender<i32>, Receiver<i32>) {
                channel(capacity)
            }

            $(#[csp::test] fn $row() { super::$row(make); })*
        }
    };
}

rows! {
    put_immediate_taken put_immediate_buffered put_immediate_closed
    put_parked_taken put_parked_buffered put_parked_closed put_parked_drained offer_never_parks
    take_immediate_taken take_immediate_buffered take_immediate_closed
    take_parked_taken take_parked_closed poll_never_parks
}

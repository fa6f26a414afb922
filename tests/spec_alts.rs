//! docs/rules.md, section 8: choice over a list: `alts`, `alts_priority`, `alts_default`. The macro is in
//! `spec_alts_macro.rs`.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use csp::prelude::*;
use csp::{Chosen, OfferError, PollError, RunError};

/// What `f` panics with.
fn panic_message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it should have panicked");
    *payload.downcast::<String>().expect("a message")
}

#[csp::test]
fn spec_8_1_an_empty_list_panics_with_a_message() {
    for message in [
        panic_message(|| _ = alts(Vec::<&Channel<i32>>::new())),
        panic_message(|| _ = alts_priority(Vec::<&Channel<i32>>::new())),
        panic_message(|| _ = alts(Vec::<Branch<i32>>::new())),
    ] {
        assert!(message.contains("no branch") && message.contains("spec_alts.rs"), "{message}");
    }
}

#[csp::test]
fn spec_8_1_an_empty_list_with_a_default_answers_it() {
    assert!(alts_default(Vec::<&Channel<i32>>::new()).is_none());
    assert!(alts_default(Vec::<Branch<i32>>::new()).is_err_and(|losers| losers.is_empty()));
}

#[csp::test]
fn spec_8_3_a_closed_channel_is_always_ready_and_beats_the_default() {
    let (open, closed) = (Channel::<i32>::new(), Channel::new());
    close(&closed);
    for _ in 0..100 {
        let (value, chan) = alts([&open, &closed]);
        assert!(value.is_none() && chan == closed);
        let (value, chan) = alts_default([&open, &closed]).expect("the closed one is ready");
        assert!(value.is_none() && chan == closed);
        let chosen = alts_default([Branch::Take(&open), Branch::Put(&closed, 7)]).expect("the closed one is ready");
        assert_eq!((chosen.index, chosen.outcome), (1, Outcome::Put(Err(Closed(7)))));
        assert!(chosen.losers.is_empty());
    }
}

#[csp::test]
fn spec_8_3_a_channel_closed_while_parked_answers() {
    let (open, c) = (Channel::<i32>::new(), Channel::new());
    let closing = c.clone();
    go(move || close(&closing));
    let (value, chan) = alts([&open, &c]);
    assert!(value.is_none() && chan == c);
    let d = Channel::new();
    let closing = d.clone();
    go(move || close(&closing));
    let chosen = alts([Branch::Put(&d, 7), Branch::Put(&open, 8)]);
    assert_eq!(chosen.outcome, Outcome::Put(Err(Closed(7))));
    assert_eq!(chosen.losers, [(1, 8)]);
}

#[csp::test]
fn spec_8_4_the_default_is_answered_if_nothing_is_ready_and_leaves_no_waiter() {
    let (a, b) = (Channel::<i32>::new(), Channel::new());
    assert!(alts_default([&a, &b]).is_none());
    assert_eq!(alts_default([Branch::Take(&a), Branch::Put(&b, 1)]).unwrap_err(), [(1, 1)]);
    assert_eq!((offer(&a, 0), poll(&b)), (Err(OfferError::Full(0)), Err(PollError::Empty)));
}

#[csp::test]
fn spec_8_4_the_first_partner_wins_and_the_others_are_withdrawn_at_once() {
    let channels: Vec<Channel<usize>> = (0..10).map(|_| Channel::new()).collect();
    for partner in 0..10 {
        let inside = channels.clone();
        let answer = go_channel(move || {
            let (value, chan) = alts(&inside);
            (value, inside.iter().position(|c| chan == *c))
        });
        yield_now();
        assert_eq!(offer(&channels[partner], partner), Ok(()));
        // It has not run since: the others are dead, not yet unlinked.
        for c in &channels {
            assert_eq!(offer(c, 99), Err(OfferError::Full(99)));
        }
        assert_eq!(take(&answer), Some((Some(partner), Some(partner))));
    }
}

#[csp::test]
fn spec_8_4_branches_of_lists_of_every_length_answer_for_themselves() {
    for len in [1, 7, 8, 9, 24, 25, 100] {
        let channels: Vec<Channel<usize>> = (0..len).map(|_| Channel::new()).collect();
        for index in 0..len {
            let c = channels[index].clone();
            go(move || put(&c, index));
            let (value, chan) = alts(&channels);
            assert!(value == Some(index) && chan == channels[index]);
            let c = channels[index].clone();
            let taken = go_channel(move || take(&c));
            let chosen = alts(channels.iter().enumerate().map(|(n, c)| Branch::Put(c, n)));
            assert_eq!((chosen.index, chosen.outcome), (index, Outcome::Put(Ok(()))));
            assert_eq!(chosen.losers.len(), len - 1);
            assert_eq!(take(&taken), Some(Some(index)));
        }
    }
}

#[csp::test]
fn spec_8_4_killed_while_parked_over_100_channels_it_leaves_no_waiter() {
    let takes: Vec<Channel<i32>> = (0..100).map(|_| Channel::new()).collect();
    let puts: Vec<Channel<i32>> = (0..100).map(|_| Channel::new()).collect();
    let (t, p) = (takes.clone(), puts.clone());
    let process = go_now(move || {
        let takes = t.iter().map(Branch::Take);
        _ = alts(takes.chain(p.iter().map(|c| Branch::Put(c, 5))));
    });
    assert_eq!(csp::parked().iter().map(|parked| parked.wants.len()).sum::<usize>(), 200);
    kill(&process);
    let empty = || {
        takes.iter().all(|c| offer(c, 1) == Err(OfferError::Full(1)))
            && puts.iter().all(|c| poll(c) == Err(PollError::Empty))
    };
    assert!(empty(), "marked, not yet unwound");
    yield_now();
    assert!(!process.is_alive() && empty());
}

#[csp::test]
fn spec_8_4_a_loop_over_a_busy_and_a_silent_channel() {
    let (busy, silent) = (Channel::new(), Channel::new());
    let out = busy.clone();
    go(move || (0..100_000).for_each(|n| put(&out, n).or_stop()));
    for n in 0..100_000 {
        let (value, chan) = alts([&silent, &busy]);
        assert!(value == Some(n) && chan == busy);
    }
    assert_eq!(offer(&silent, 0), Err(OfferError::Full(0)));
    let stats = csp::stats();
    assert_eq!((stats.timers, stats.callbacks), (0, 0));
}

#[csp::test]
fn spec_8_5_two_alts_meet() {
    let (c, d) = (Channel::new(), Channel::new());
    for _ in 0..100 {
        let (c2, d2) = (c.clone(), d.clone());
        let other = go_channel(move || alts([Branch::Take(&c2), Branch::Put(&d2, 2)]));
        let mine = alts([Branch::Put(&c, 1), Branch::Take(&d)]);
        let other = take(&other).unwrap();
        assert_eq!(mine.index, other.index, "both know what happened");
        match mine.index {
            0 => assert_eq!((mine.outcome, other.outcome), (Outcome::Put(Ok(())), Outcome::Took(Some(1)))),
            _ => assert_eq!((mine.outcome, other.outcome), (Outcome::Took(Some(2)), Outcome::Put(Ok(())))),
        }
    }
}

/// Both orders, for who is enlisted first matters to a wrong implementation.
fn both_sides(c: &Channel<i32>, put_first: bool) -> [Branch<'_, i32>; 2] {
    if put_first { [Branch::Put(c, 1), Branch::Take(c)] } else { [Branch::Take(c), Branch::Put(c, 1)] }
}

#[test]
fn spec_8_5_one_alts_never_meets_itself() {
    for put_first in [false, true] {
        let result = csp::try_run(|| alts(both_sides(&Channel::new(), put_first)));
        let Err(RunError::Deadlock(report)) = result else { panic!("it met itself: {result:?}") };
        assert_eq!(report.parked[0].wants.len(), 2);
    }
}

#[csp::test]
fn spec_8_5_with_a_partner_it_is_served() {
    for put_first in [false, true] {
        let c = Channel::new();
        let inside = c.clone();
        let both = move || alts(both_sides(&inside, put_first)).outcome;
        let answer = go_channel(both.clone());
        yield_now();
        assert_eq!(poll(&c), Ok(1));
        assert_eq!((take(&answer), poll(&c)), (Some(Outcome::Put(Ok(()))), Err(PollError::Empty)));
        let answer = go_channel(both);
        yield_now();
        assert_eq!((offer(&c, 2), offer(&c, 3)), (Ok(()), Err(OfferError::Full(3))));
        assert_eq!(take(&answer), Some(Outcome::Took(Some(2))));
    }
}

#[csp::test]
fn spec_8_5_two_that_are_on_both_sides_of_one_channel_meet_once() {
    let c = Channel::new();
    for round in 0..100 {
        let inside = c.clone();
        let other = go_channel(move || alts(both_sides(&inside, round % 2 == 0)).outcome);
        let mine = alts(both_sides(&c, round % 3 == 0)).outcome;
        let mut outcomes = [mine, take(&other).unwrap()];
        outcomes.sort_by_key(|outcome| matches!(outcome, Outcome::Put(_)));
        assert_eq!(outcomes, [Outcome::Took(Some(1)), Outcome::Put(Ok(()))]);
        assert_eq!((poll(&c), offer(&c, 0)), (Err(PollError::Empty), Err(OfferError::Full(0))));
    }
}

#[csp::test]
fn spec_8_6_the_same_channel_twice_takes_one_value() {
    let c = Channel::buffered(3);
    (0..3).for_each(|n| offer(&c, n).unwrap());
    assert_eq!(alts([&c, &c]).0, Some(0));
    assert_eq!(c.len(), 2);
    // Parked, too.
    let d = Channel::new();
    let inside = d.clone();
    let answer = go_channel(move || alts([&inside, &inside, &inside]).0);
    yield_now();
    assert_eq!((offer(&d, 1), offer(&d, 2)), (Ok(()), Err(OfferError::Full(2))));
    assert_eq!(take(&answer), Some(Some(1)));
    // And puts one.
    let inside = d.clone();
    let answer = go_channel(move || alts([Branch::Put(&inside, 1), Branch::Put(&inside, 2)]));
    yield_now();
    let (first, second) = (poll(&d).unwrap(), poll(&d));
    assert_eq!(second, Err(PollError::Empty));
    let Chosen { losers, .. } = take(&answer).unwrap();
    assert_eq!(losers.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [3 - first]);
}

#[csp::test]
fn spec_8_8_the_values_of_losing_puts_come_back() {
    let (a, b, ready) = (Channel::new(), Channel::new(), Channel::buffered(1));
    let values = || ["a", "b", "c"].map(|text| Rc::new(text.to_owned()));
    let branches = |[x, y, z]: [Rc<String>; 3]| [Branch::Put(&a, x), Branch::Put(&b, y), Branch::Put(&ready, z)];
    // At once.
    let chosen = alts(branches(values()));
    assert_eq!((chosen.index, chosen.outcome), (2, Outcome::Put(Ok(()))));
    assert_eq!(chosen.losers, [(0, Rc::new("a".to_owned())), (1, Rc::new("b".to_owned()))]);
    // With a default.
    let kept = values();
    let losers = alts_default(branches(kept.clone())).unwrap_err();
    assert!(losers.iter().enumerate().all(|(n, (index, value))| *index == n && Rc::ptr_eq(value, &kept[n])));
    assert_eq!(losers.len(), 3);
    // After a wait, and to a take.
    let partner = b.clone();
    go(move || take(&partner));
    assert_eq!(alts(branches(values())).losers.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2]);
    let partner = a.clone();
    go(move || put(&partner, Rc::default()));
    let chosen = alts([Branch::Put(&b, kept[1].clone()), Branch::Take(&a)]);
    assert_eq!((chosen.index, chosen.losers.len()), (1, 1));
    drop((losers, chosen));
    assert!(kept.iter().all(|value| Rc::strong_count(value) == 1), "nothing was kept or copied");
}

#[csp::test]
fn waiters_of_alts_are_served_in_order_of_arrival() {
    let (c, other, log) = (Channel::new(), Channel::new(), Rc::new(RefCell::new(Vec::new())));
    for n in 0..6 {
        let (c, other, log) = (c.clone(), other.clone(), log.clone());
        go_now(move || {
            let value = if n % 2 == 0 { alts([&other, &c]).0 } else { take(&c) };
            log.borrow_mut().push((n, value.unwrap()));
        });
    }
    (0..6).for_each(|n| put(&c, n).unwrap());
    yield_now();
    assert_eq!(*log.borrow(), [0, 1, 2, 3, 4, 5].map(|n| (n, n)));
}

#[csp::test]
fn receivers_may_be_listed() {
    let ((a, from_a), (_b, from_b)) = (channel(1), channel(1));
    put(&a, 5).unwrap();
    let (value, from) = alts([&from_b, &from_a]);
    assert!(value == Some(5) && std::ptr::eq(from, &from_a));
}

#[test]
fn spec_13_2_the_report_names_every_branch_and_the_line() {
    let result = csp::try_run(|| {
        let (a, b) = (Channel::builder().name("ann").build(), Channel::builder().name("bob").build());
        alts([Branch::Take(&a), Branch::Put(&b, 1)])
    });
    let line = line!() - 2;
    let Err(RunError::Deadlock(report)) = result else { panic!("{result:?}") };
    let report = report.to_string();
    let expected = [format!("spec_alts.rs:{line}"), "take from channel `ann`".into(), "put to channel `bob`".into()];
    expected.iter().for_each(|part| assert!(report.contains(part), "{part} is not in: {report}"));
}

#[test]
fn outside_a_process_it_says_so() {
    let c = Channel::<i32>::new();
    let message = panic_message(|| _ = alts([&c]));
    assert!(message.contains("alts") && message.contains("alts_default"), "{message}");
}

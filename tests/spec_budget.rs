//! docs/rules.md, rule 10.4: who keeps succeeding at once lets others run all the same.

use std::cell::Cell;
use std::rc::Rc;

use csp::Builder;
use csp::prelude::*;

/// Something that succeeds at once.
type Operation = Box<dyn Fn()>;

/// Another process counts, at each of its turns, how much one that never waits has done. With a budget of 5.
fn progress(work: impl Fn(&Rc<Cell<usize>>) + 'static) -> Vec<usize> {
    Builder::new().virtual_time().budget(5).run(move || {
        let done = Rc::new(Cell::new(0));
        let count = done.clone();
        go(move || {
            for _ in 0..1000 {
                work(&count);
            }
        });
        let mut seen = Vec::new();
        for _ in 0..4 {
            yield_now();
            seen.push(done.get());
        }
        seen
    })
}

fn one_more(done: &Rc<Cell<usize>>) {
    done.set(done.get() + 1);
}

#[test]
fn spec_10_4_each_operation_that_succeeds_at_once_counts() {
    let (empty, full) = (Channel::<i32>::new(), Channel::buffered(1));
    let (store, held) = (Channel::buffered(9000), Channel::buffered(9000));
    offer(&full, 0).unwrap();
    (0..9000).for_each(|n| offer(&held, n).unwrap());
    let closed = Channel::<i32>::new();
    close(&closed);

    let table: Vec<(&str, Operation)> = vec![
        ("poll", on(&empty, |c| _ = poll(c))),
        ("offer", on(&full, |c| _ = offer(c, 1))),
        ("put", on(&store, |c| put(c, 1).unwrap())),
        ("take", on(&held, |c| _ = take(c).unwrap())),
        ("take of a closed one", on(&closed, |c| _ = take(c))),
        ("put to a closed one", on(&closed, |c| _ = put(c, 1))),
        ("alts", on(&held, |c| _ = alts([c]))),
        ("alts_priority", on(&held, |c| _ = alts_priority([c]))),
        ("alts_default", on(&empty, |c| _ = alts_default([c]))),
        ("alts! with a default", on(&empty, |c| alts! { _ = take(c) => (), default => () })),
        ("go", Box::new(|| _ = go(|| ()))),
        ("go_channel", Box::new(|| _ = go_channel(|| ()))),
        ("go_deferred", Box::new(|| _ = go_deferred(|| ()))),
        ("iterator", on(&held, |c| _ = c.iter().next())),
    ];
    for (what, operation) in table {
        let seen = progress(move |done| {
            operation();
            one_more(done);
        });
        let steps: Vec<usize> = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(steps, [5, 5, 5], "{what}: a slice is as long as the budget: {seen:?}");
    }
}

fn on<T: 'static>(c: &Channel<T>, f: impl Fn(&Channel<T>) + 'static) -> Operation {
    let c = c.clone();
    Box::new(move || f(&c))
}

#[test]
fn spec_10_4_the_first_slice_is_as_long_as_the_others() {
    for budget in [1, 2, 5] {
        let c = Channel::buffered(100);
        let out = c.clone();
        Builder::new().budget(budget).run(|| {
            go(move || (0..100).for_each(|n| put(&out, n).unwrap()));
            yield_now();
            assert_eq!(c.len(), budget as usize, "so many operations before others ran");
            yield_now();
            assert_eq!(c.len(), 2 * budget as usize);
        });
    }
}

#[test]
fn spec_10_4_the_budget_is_128_if_nothing_is_said() {
    run(|| {
        let (c, count) = (Channel::<()>::new(), Rc::new(Cell::new(0)));
        let counted = count.clone();
        go(move || {
            loop {
                _ = poll(&c);
                one_more(&counted);
            }
        });
        yield_now();
        let before = count.get();
        yield_now();
        assert_eq!(count.get() - before, 128);
    });
}

#[csp::test]
fn spec_10_4_timers_go_off_while_somebody_never_waits() {
    let c = Channel::<()>::new();
    go(move || {
        loop {
            _ = poll(&c);
        }
    });
    // Under virtual time the clock stands while anybody runs: this is for a timer that is due already.
    let t = csp::timeout::<()>(Duration::ZERO);
    assert_eq!(take(&t), None);
}

#[csp::test]
fn spec_10_4_go_now_in_a_loop_lets_others_run() {
    let ran = Rc::new(Cell::new(false));
    let set = ran.clone();
    go(move || set.set(true));
    go(yield_now);
    for _ in 0..1_000 {
        go_now(|| ());
    }
    assert!(ran.get(), "a thousand `go_now` and nobody else had a turn");
}

#[test]
#[should_panic(expected = "budget of 0 operations")]
fn spec_10_4_a_budget_of_nothing_is_refused() {
    _ = Builder::new().budget(0);
}

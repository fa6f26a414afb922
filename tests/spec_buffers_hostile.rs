//! docs/rules.md, section 6, when code of the user runs at the worst moment: a destructor, a drop hook or a `Clone`
//! that uses the channel it is in, panics, or waits. Each test is named after its rule. Buffers of the user's are in
//! `spec_users_buffer.rs`.

mod log;
mod plan;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use csp::prelude::*;
use log::Log;
use plan::{Plan, panic_of};

fn all<T>(c: &Channel<T>) -> Vec<T> {
    std::iter::from_fn(|| poll(c).ok()).collect()
}

/// A value whose destructor does something, once for all its clones.
#[derive(Clone)]
struct Fused(i32, Rc<RefCell<Option<Fuse>>>);

type Fuse = Box<dyn FnOnce()>;

impl Fused {
    fn new(n: i32, fuse: impl FnOnce() + 'static) -> Fused {
        Fused(n, Rc::new(RefCell::new(Some(Box::new(fuse)))))
    }
}

impl Drop for Fused {
    fn drop(&mut self) {
        let fuse = self.1.borrow_mut().take();
        if let Some(fuse) = fuse {
            fuse();
        }
    }
}

// 6.2: what is dropped is dropped outside any borrow.

#[test]
fn spec_6_2_the_destructor_of_a_displaced_value_may_use_the_channel() {
    // Which of the two that are put is displaced, and what is left when its destructor has put a third.
    for (c, displaced, left) in [(Channel::dropping(1), 2, 1), (Channel::sliding(1), 1, 3), (Channel::promise(), 2, 1)]
    {
        let done = Log::new();
        for n in 1..=2 {
            let (inner, done) = (c.clone(), done.clone());
            let put_a_third = move || {
                assert_eq!(inner.len(), 1, "the put that displaced it is done");
                assert!(offer(&inner, Fused::new(3, || {})).is_ok());
                done.add(n);
            };
            let value = if n == displaced { Fused::new(n, put_a_third) } else { Fused::new(n, || {}) };
            assert!(offer(&c, value).is_ok());
        }
        assert_eq!(done.seen(), [displaced]);
        assert_eq!(poll(&c).map(|value| value.0), Ok(left));
    }
    let c = Channel::sliding(1);
    let inner = c.clone();
    assert!(offer(&c, Fused::new(1, move || close(&inner))).is_ok());
    assert!(offer(&c, Fused::new(2, || {})).is_ok());
    assert!(c.is_closed());
    assert_eq!(poll(&c).map(|value| value.0), Ok(2));
}

#[csp::test]
fn spec_6_2_the_destructor_of_a_displaced_value_may_wait() {
    let (c, gone) = (Channel::sliding(1), Channel::new());
    let out = gone.clone();
    put(&c, Fused::new(1, move || put(&out, "gone").unwrap())).unwrap();
    let other = c.clone();
    go(move || {
        put(&other, Fused::new(2, || {})).unwrap();
        close(&other);
    });
    yield_now();
    assert_eq!(poll(&c).map(|value| value.0), Ok(2), "the putter waits in the destructor, the channel does not");
    assert_eq!(take(&gone), Some("gone"));
    assert!(take(&c).is_none());
}

#[test]
fn spec_6_2_a_panic_in_the_destructor_of_a_displaced_value_goes_to_the_putter() {
    let c = Channel::sliding(1);
    assert!(offer(&c, Fused::new(1, || panic!("ouch"))).is_ok());
    assert_eq!(panic_of(|| offer(&c, Fused::new(2, || {}))).as_deref(), Some("ouch"));
    assert_eq!(all(&c).iter().map(|value| value.0).collect::<Vec<_>>(), [2], "its own value is in");
}

/// A channel whose hook does, once, what the test plans.
fn hooked(make: impl FnOnce(csp::ChannelBuilder<i32>) -> csp::ChannelBuilder<i32>) -> (Channel<i32>, Log<i32>, Plan) {
    let (dropped, plan) = (Log::new(), Plan::default());
    let (log, deed) = (dropped.clone(), plan.clone());
    let hook = move |value| {
        log.add(value);
        deed.carry_out("hook");
    };
    (make(Channel::builder()).on_drop(hook).build(), dropped, plan)
}

#[csp::test]
fn spec_6_2_the_hook_may_use_the_channel_and_may_wait() {
    for sliding in [true, false] {
        let (c, dropped, plan) = hooked(|builder| if sliding { builder.sliding(1) } else { builder.dropping(1) });
        let (inner, other) = (c.clone(), Channel::new());
        let out = other.clone();
        plan.make("hook", move || {
            assert_eq!(inner.len(), 1);
            assert!(poll(&inner).is_ok());
            assert_eq!(put(&inner, 10), Ok(()));
            put(&out, "told").unwrap();
            close(&inner);
        });
        let putter = c.clone();
        go(move || (1..=2).for_each(|n| put(&putter, n).unwrap()));
        assert_eq!(take(&other), Some("told"));
        yield_now();
        assert_eq!((dropped.seen(), all(&c)), (vec![if sliding { 1 } else { 2 }], vec![10]));
        assert!(c.is_closed() && plan.is_done());
    }
    let (c, dropped, plan) = hooked(|builder| builder.promise());
    let inner = c.clone();
    plan.make("hook", move || assert_eq!((take(&inner), put(&inner, 3)), (Some(1), Ok(()))));
    (1..=2).for_each(|n| put(&c, n).unwrap());
    assert_eq!(dropped.seen(), [2, 3]);
}

#[test]
fn spec_6_2_a_panic_in_the_hook_goes_to_the_putter() {
    let (c, dropped, plan) = hooked(|builder| builder.sliding(1));
    put(&c, 1).unwrap();
    plan.make("hook", || panic!("ouch"));
    assert_eq!(panic_of(|| put(&c, 2)).as_deref(), Some("ouch"));
    assert_eq!((put(&c, 3), dropped.seen(), all(&c)), (Ok(()), vec![1, 2], vec![3]));
}

// 6.3: to copy a promise is code of the user.

/// Its `Clone` does what is planned.
struct Copied(i32, Plan);

impl Clone for Copied {
    fn clone(&self) -> Self {
        self.1.carry_out("clone");
        Copied(self.0, self.1.clone())
    }
}

#[csp::test]
fn spec_6_3_a_clone_that_panics_ends_its_taker_alone() {
    let (plan, log) = (Plan::default(), Log::new());
    let c = Channel::<Copied>::promise();
    for _ in 0..3 {
        let (c, log) = (c.clone(), log.clone());
        go_now(move || log.add(catch_unwind(AssertUnwindSafe(|| take(&c).unwrap().0)).ok()));
    }
    plan.make("clone", || panic!("ouch"));
    assert_eq!(panic_of(|| put(&c, Copied(1, plan.clone())).is_ok()), None, "the putter copies nothing");
    yield_now();
    assert_eq!(log.seen(), [None, Some(1), Some(1)]);
    plan.make("clone", || panic!("ouch"));
    assert_eq!(panic_of(|| poll(&c)).as_deref(), Some("ouch"));
    assert_eq!(take(&c).map(|copy| copy.0), Some(1));
}

#[csp::test]
fn spec_6_3_a_clone_may_use_the_channel_and_may_wait() {
    let (plan, log) = (Plan::default(), Log::new());
    let c = Channel::<Copied>::promise();
    let (inner, other, answers) = (c.clone(), Channel::new(), log.clone());
    let input = other.clone();
    let copied = plan.clone();
    plan.make("clone", move || {
        assert_eq!(take(&inner).map(|copy| copy.0), Some(1));
        assert!(put(&inner, Copied(2, copied)).is_ok());
        answers.add(take(&input).unwrap());
        close(&inner);
    });
    let (taker, answers) = (c.clone(), log.clone());
    go_now(move || answers.add(take(&taker).unwrap().0));
    put(&c, Copied(1, plan.clone())).unwrap();
    yield_now();
    assert_eq!(log.seen(), [], "it waits inside its copy");
    assert_eq!(take(&c).map(|copy| copy.0), Some(1), "others do not");
    put(&other, 7).unwrap();
    yield_now();
    assert_eq!(log.seen(), [7, 1]);
    assert!(c.is_closed());
    assert_eq!(take(&c).map(|copy| copy.0), Some(1));
}

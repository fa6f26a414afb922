//! docs/rules.md, the end of section 10: what is being unwound never waits. `alts`, in both forms, answers its default,
//! else its first enabled branch as if closed.

use std::cell::Cell;
use std::rc::Rc;

use csp::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// Runs `f` in a destructor while its process is being unwound, by a kill and by a panic.
fn while_unwinding(f: fn()) {
    struct Unwinding(fn(), Rc<Cell<u32>>);
    impl Drop for Unwinding {
        fn drop(&mut self) {
            self.0();
            self.1.set(self.1.get() + 1);
        }
    }
    let count = Rc::new(Cell::new(0));
    csp::Builder::new().virtual_time().panic_policy(csp::PanicPolicy::handler(|_| {})).run(|| {
        let (by_kill, by_panic) = (Unwinding(f, count.clone()), Unwinding(f, count.clone()));
        let process = go_now(move || {
            let _guard = by_kill;
            take(&Channel::<()>::new())
        });
        kill(&process);
        go(move || {
            let _guard = by_panic;
            panic!("on purpose")
        });
        sleep(Duration::from_secs(1));
    });
    assert_eq!(count.get(), 2, "it went on after the choice");
}

#[test]
fn in_a_list_the_first_branch_answers_as_if_closed() {
    while_unwinding(|| {
        let (a, b) = (Channel::new(), Channel::new());
        let (value, chan) = alts([&a, &b]);
        assert!(value.is_none() && chan == a);
        let chosen = alts_priority([Branch::Put(&a, 1), Branch::Put(&b, 2)]);
        assert_eq!((chosen.index, chosen.outcome), (0, Outcome::Put(Err(Closed(1)))));
        assert_eq!(chosen.losers, [(1, 2)]);
    });
}

#[test]
fn in_a_list_the_default_is_answered() {
    while_unwinding(|| assert!(alts_default([&Channel::<i32>::new()]).is_none()));
}

#[test]
fn in_the_macro_the_default_is_answered() {
    while_unwinding(|| {
        let c = Channel::<i32>::new();
        assert_eq!(alts! { _ = take(&c) => 1, _ = sleep(SECOND) => 2, default => 3 }, 3);
    });
}

#[test]
fn in_the_macro_the_first_enabled_branch_answers_as_if_closed() {
    while_unwinding(|| {
        let (c, mut empty, mut slot) = (Channel::new(), None, Some(7));
        alts! { _ = put(&c, from empty) => unreachable!(), v = take(&c) => assert_eq!(v, None), _ = sleep(SECOND) => unreachable!() }
        alts! { _ = take(&c), if false => unreachable!(), r = put(&c, from slot) => assert_eq!(r, Err(Closed(7))) }
        alts! { _ = sleep(SECOND) => {} _ = take(&c) => unreachable!() }
        assert!(slot.is_none() && empty.is_none());
    });
}

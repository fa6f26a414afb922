//! The waker of a future that other threads may serve: kept where they reach it, and woken when no lock is held.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::{Arc, PoisonError};
use std::task::Waker;

use crate::threads::Mutex;

/// Where a future that waits leaves its waker.
///
/// It is no part of the future: whoever has claimed that may come here when it has gone.
pub(crate) struct Seat(Mutex<Option<Waker>>);

impl Seat {
    pub(crate) fn new() -> Arc<Seat> {
        Arc::new(Seat(Mutex::new(None)))
    }

    /// Leaves a waker in the place of the last. Code of the user's runs, and nothing is locked meanwhile.
    pub(crate) fn leave(&self, waker: &Waker) {
        if !self.with(|place| place.as_ref().is_some_and(|left| left.will_wake(waker))) {
            let waker = waker.clone();
            drop(self.with(|place| place.replace(waker)));
        }
    }

    /// The waker, if nobody has taken it.
    pub(crate) fn take(&self) -> Option<Waker> {
        self.with(Option::take)
    }

    /// Nothing here leaves it half-changed, so a poisoned lock is as good as any.
    fn with<R>(&self, f: impl FnOnce(&mut Option<Waker>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is to be woken when the lock is free. It has no destructor, so that it is there for those of the thread's other state.
struct Called {
    any: Cell<bool>,
    seats: RefCell<Vec<Arc<Seat>>>,
}

thread_state!(CALLED: ManuallyDrop<Called> = ManuallyDrop::new(Called { any: Cell::new(false), seats: RefCell::new(Vec::new()) }));

/// Its future was claimed, under the lock of a channel.
pub(super) fn call(seat: &Arc<Seat>) {
    CALLED.with(|called| {
        called.any.set(true);
        called.seats.borrow_mut().push(seat.clone());
    });
}

/// Whether somebody was called on this thread, and not woken yet.
#[inline(always)]
pub(crate) fn any_called() -> bool {
    CALLED.with(|called| called.any.get())
}

/// Those who were called on this thread: to be woken now.
pub(crate) fn called() -> Vec<Arc<Seat>> {
    CALLED.with(|called| {
        called.any.set(false);
        called.seats.take()
    })
}

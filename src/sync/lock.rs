//! The lock of a channel: held for a step of some dozen instructions, so that who comes meanwhile looks again rather than sleeps.
//!
//! A lock of the standard library costs two atomic exchanges where this costs one, and puts threads to sleep that could
//! have gone on before they slept.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::threads;

/// A value for one thread at a time.
///
/// Invariant: while it is taken, the one [`Guard`] there is has the value.
pub(super) struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: who has the guard has the value to itself (invariant), and to take it sees all that was done before it was free.
unsafe impl<T: Send> Sync for Lock<T> {}

/// The value, for as long as this is kept.
pub(super) struct Guard<'a, T> {
    lock: &'a Lock<T>,
    /// Of one thread.
    _here: PhantomData<*const T>,
}

impl<T> Lock<T> {
    pub(super) fn new(value: T) -> Lock<T> {
        Lock { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    #[inline(always)]
    pub(super) fn lock(&self) -> Guard<'_, T> {
        if self.taken.swap(true, Ordering::Acquire) {
            self.lock_later();
        }
        Guard { lock: self, _here: PhantomData }
    }

    #[cold]
    #[inline(never)]
    fn lock_later(&self) {
        for looked in 1.. {
            threads::pause(looked);
            if !self.taken.load(Ordering::Relaxed) && !self.taken.swap(true, Ordering::Acquire) {
                return;
            }
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this is the one guard there is (invariant of `Lock`).
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.taken.store(false, Ordering::Release);
    }
}

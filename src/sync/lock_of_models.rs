//! The lock of a channel in a model: loom's, which knows that whoever waits for it goes on when it is free. (To look again and
//! again would be an endless model.)

use std::sync::PoisonError;

use loom::sync::{Mutex, MutexGuard};

pub(super) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(super) fn new(value: T) -> Lock<T> {
        Lock(Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

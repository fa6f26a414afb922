//! Values that tell when they are dropped.

use std::cell::Cell;
use std::rc::Rc;

use csp::prelude::*;

/// Calls its function when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Counts how often its value is dropped.
#[derive(Clone, Default)]
pub struct Drops(Rc<Cell<u32>>);

pub struct Counted(Drops);

impl Drops {
    pub fn value(&self) -> Counted {
        Counted(self.clone())
    }

    pub fn count(&self) -> u32 {
        self.0.get()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() + 1);
    }
}

pub fn never() -> Channel<()> {
    Channel::new()
}

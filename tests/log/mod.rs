//! What processes and callbacks write down, and a test reads.

use std::cell::RefCell;
use std::rc::Rc;

/// Clones write to the same log. Nothing is borrowed while what is to be added is waited for.
pub struct Log<T>(Rc<RefCell<Vec<T>>>);

impl<T> Log<T> {
    pub fn new() -> Log<T> {
        Log(Rc::new(RefCell::new(Vec::new())))
    }

    pub fn add(&self, entry: T) {
        self.0.borrow_mut().push(entry);
    }

    /// All entries, in order.
    pub fn seen(&self) -> Vec<T>
    where
        T: Clone,
    {
        self.0.borrow().clone()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Log(self.0.clone())
    }
}

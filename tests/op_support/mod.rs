//! Operations for the tests of `csp::Op`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use csp::Op;

/// An operation whose methods the test gives as closures.
pub struct Custom<A, E, W> {
    pub attempt: A,
    pub enlist: E,
    pub withdraw: W,
}

pub fn custom<T, A: FnMut() -> Option<T>, E: FnMut(&Waker)>(attempt: A, enlist: E) -> Custom<A, E, fn()> {
    Custom { attempt, enlist, withdraw: || () }
}

impl<T, A: FnMut() -> Option<T>, E: FnMut(&Waker), W: FnMut()> Op for Custom<A, E, W> {
    type Answer = T;

    fn attempt(&mut self) -> Option<T> {
        (self.attempt)()
    }

    fn enlist(&mut self, waker: &Waker) {
        (self.enlist)(waker);
    }

    fn withdraw(&mut self) {
        (self.withdraw)();
    }

    fn describe(&self) -> String {
        "a custom thing".to_owned()
    }
}

/// A place for a value that comes from elsewhere, and a waker for whoever waits for it.
#[derive(Clone, Default)]
pub struct Place(pub Rc<Cell<Option<i32>>>, pub Rc<RefCell<Vec<Waker>>>);

impl Place {
    pub fn wake(&self) {
        self.1.borrow().iter().for_each(Waker::wake_by_ref);
    }

    pub fn fill(&self, value: i32) {
        self.0.set(Some(value));
        self.wake();
    }
}

impl Op for Place {
    type Answer = i32;

    fn attempt(&mut self) -> Option<i32> {
        self.0.take()
    }

    fn enlist(&mut self, waker: &Waker) {
        self.1.borrow_mut().push(waker.clone());
    }

    fn withdraw(&mut self) {
        self.1.borrow_mut().clear();
    }
}

//! What callbacks and panics have to say, written down.

use std::cell::RefCell;
use std::rc::Rc;

use csp::{Builder, PanicPolicy};

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn add(&self, what: impl std::fmt::Debug) {
        self.0.borrow_mut().push(format!("{what:?}").replace('"', ""));
    }

    /// A callback that notes its answer.
    pub fn note<T: std::fmt::Debug>(&self, name: &'static str) -> impl FnOnce(T) + 'static + use<T> {
        let log = self.clone();
        move |answer| log.add(format!("{name} {answer:?}"))
    }

    #[track_caller]
    pub fn assert(&self, expected: &[&str]) {
        assert_eq!(*self.0.borrow(), expected);
    }
}

/// A run that writes down the panics it is told of.
pub fn noting(main: impl FnOnce()) -> Vec<String> {
    let notes = Rc::new(RefCell::new(Vec::new()));
    let log = notes.clone();
    let policy = PanicPolicy::handler(move |panic| log.borrow_mut().push(panic.to_string()));
    Builder::new().virtual_time().panic_policy(policy).run(main);
    notes.take()
}

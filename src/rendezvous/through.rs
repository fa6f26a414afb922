//! A transducer between those who put and the store.
//!
//! It is the user's code: nothing is borrowed while it runs, and it must use neither the channel nor wait. Whatever else of
//! the user's is to run because of it (a drop hook, a report of a panic, its own destructor) is left for the channel to
//! do last: the [`Aftermath`].

use std::any::Any;
use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::ops::ControlFlow::{Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::{Gate, Rendezvous, Store};
use crate::buffer::Buffer;
use crate::inside;
use crate::transducer::{Erased, Flow, Transducer};

/// What a panic was raised with.
type Payload = Box<dyn Any + Send>;

/// What to put in the place of a value that made a transducer panic.
pub(crate) type Handler<O> = Rc<dyn Fn(Payload) -> Option<O>>;

/// A channel's transducer.
pub(crate) struct Through<I, O> {
    state: Cell<State>,
    /// `None` while it runs, and when it has finished.
    transducer: Cell<Option<Box<dyn Erased<I, O>>>>,
    /// What it has emitted and is not in the store yet.
    out: Cell<VecDeque<O>>,
    on_panic: Option<Handler<O>>,
    aftermath: Cell<Aftermath<I, O>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Rests,
    Runs,
    HasFinished,
}

/// What is left for the channel to do when its operation is over.
pub(crate) struct Aftermath<I, O> {
    /// Values that a buffer dropped.
    pub(crate) displaced: Vec<O>,
    /// Panics that no handler took.
    pub(crate) panics: Vec<Payload>,
    /// The transducer has closed the channel.
    pub(crate) closed: bool,
    /// The transducer, to be dropped.
    finished: Option<Box<dyn Erased<I, O>>>,
}

impl<I, O> Default for Aftermath<I, O> {
    fn default() -> Self {
        Aftermath { displaced: Vec::new(), panics: Vec::new(), closed: false, finished: None }
    }
}

impl<I: 'static, O: 'static> Through<I, O> {
    pub(crate) fn new(transducer: impl Transducer<I, Out = O> + 'static) -> Through<I, O> {
        Through {
            state: Cell::new(State::Rests),
            transducer: Cell::new(Some(Box::new(transducer))),
            out: Cell::default(),
            on_panic: None,
            aftermath: Cell::default(),
        }
    }

    pub(crate) fn on_panic(&mut self, handler: Handler<O>) {
        self.on_panic = Some(handler);
    }

    /// Whether it runs: then it is its own code that asks.
    pub(super) fn runs(&self) -> bool {
        self.state.get() == State::Runs
    }

    pub(super) fn has_finished(&self) -> bool {
        self.state.get() == State::HasFinished
    }

    fn note(&self, f: impl FnOnce(&mut Aftermath<I, O>)) {
        let mut aftermath = self.aftermath.take();
        f(&mut aftermath);
        self.aftermath.set(aftermath);
    }

    /// Runs the transducer, with a place for what it emits. What it has emitted before a panic counts.
    fn run(&self, f: impl FnOnce(&mut dyn Erased<I, O>, &mut VecDeque<O>) -> Flow) -> Flow {
        let Some(mut transducer) = self.transducer.take() else { return Break(()) };
        let mut out = self.out.take();
        self.state.set(State::Runs);
        let flow = {
            let _inside = inside::enter("a transducer");
            catch_unwind(AssertUnwindSafe(|| f(&mut *transducer, &mut out))).unwrap_or_else(|payload| {
                self.handle(payload, &mut out);
                Continue(())
            })
        };
        self.state.set(State::Rests);
        self.transducer.set(Some(transducer));
        self.out.set(out);
        flow
    }

    /// A value has made it panic.
    fn handle(&self, payload: Payload, out: &mut VecDeque<O>) {
        let handled = match &self.on_panic {
            Some(handler) => catch_unwind(AssertUnwindSafe(|| handler(payload))),
            None => Err(payload),
        };
        match handled {
            Ok(instead) => out.extend(instead),
            Err(payload) => self.note(|aftermath| aftermath.panics.push(payload)),
        }
    }
}

impl<I: 'static, O: 'static> Rendezvous<I, O> {
    #[inline(always)]
    pub(crate) fn has_transducer(&self) -> bool {
        self.gate.has(Gate::THROUGH)
    }

    /// The transducer, if there is one.
    #[inline(always)]
    pub(super) fn transducer(&self) -> Option<&Through<I, O>> {
        if self.has_transducer() { self.kept().through.as_deref() } else { None }
    }

    /// Accepts a value: what the transducer makes of it goes into the store, and on to whoever waits.
    pub(super) fn pass(&self, through: &Through<I, O>, value: I) {
        let flow = through.run(|transducer, out| transducer.step_into(value, out));
        self.store_all(through, |value| self.add(value));
        if flow.is_break() && !self.is_shut() {
            through.note(|aftermath| aftermath.closed = true);
            self.shut();
        }
    }

    /// No more values come: what the transducer has kept back goes in, also where there is no room. Once; then it is gone.
    #[inline(always)]
    pub(super) fn complete(&self) {
        if self.has_transducer() {
            self.complete_once();
        }
    }

    #[cold]
    fn complete_once(&self) {
        let Some(through) = self.transducer().filter(|through| !through.has_finished()) else { return };
        _ = through.run(|transducer, out| {
            transducer.finish_into(out);
            Continue(())
        });
        through.state.set(State::HasFinished);
        through.note(|aftermath| aftermath.finished = through.transducer.take());
        self.store_all(through, |value| self.add_beyond(value));
    }

    /// Puts what was emitted into the store, and gives it to those who wait.
    fn store_all(&self, through: &Through<I, O>, add: impl Fn(O) -> Option<O>) {
        let mut emitted = Emitted { values: through.out.take(), of: self };
        while let Some(value) = emitted.values.pop_front() {
            if let Some(displaced) = add(value) {
                through.note(|aftermath| aftermath.displaced.push(displaced));
            }
            self.serve_takers();
        }
        through.out.set(mem::take(&mut emitted.values));
    }

    /// Puts a value into the store, beyond its size if it is full: nothing of ours drops it.
    fn add_beyond(&self, value: O) -> Option<O> {
        let mut store = self.kept().store.borrow_mut();
        match &mut *store {
            Store::Dropping(buffer) => _ = buffer.0.add(value),
            Store::Sliding(buffer) => _ = buffer.0.add(value),
            _ => {
                drop(store);
                return self.add(value);
            }
        }
        let looked = store.look();
        drop(store);
        self.note(looked);
        None
    }

    /// What is left to do after an operation, if there may be anything.
    pub(crate) fn aftermath(&self) -> Option<Aftermath<I, O>> {
        self.transducer().map(|through| through.aftermath.take())
    }
}

/// What was emitted. Should a buffer of the user's panic, what it was not given yet is not lost.
struct Emitted<'a, I: 'static, O: 'static> {
    values: VecDeque<O>,
    of: &'a Rendezvous<I, O>,
}

impl<I: 'static, O: 'static> Drop for Emitted<'_, I, O> {
    fn drop(&mut self) {
        while let Some(value) = self.values.pop_back() {
            self.of.put_back(value);
        }
    }
}

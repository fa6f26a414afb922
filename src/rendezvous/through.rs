//! A transducer between those who put and the store.
//!
//! It is the user's code: nothing is borrowed while it runs, and it must use neither the channel nor wait. Whatever else of
//! the user's is to run because of it (a drop hook, a report of a panic, its own destructor) is left for the channel to
//! do last: the [`Aftermath`].

use std::any::Any;
use std::cell::Cell;
use std::ops::ControlFlow::{Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::{Gate, Rendezvous, Store};
use crate::buffer::Buffer;
use crate::inside;
use crate::transducer::{Emitted, Erased, Flow, Transducer};

/// What a panic was raised with.
type Payload = Box<dyn Any + Send>;

/// What to put in the place of a value that made a transducer panic.
pub(crate) type Handler<O> = Rc<dyn Fn(Payload) -> Option<O>>;

/// A channel's transducer.
pub(crate) struct Through<I, O> {
    finished: Cell<bool>,
    /// `None` while it runs, and when it has finished.
    transducer: Cell<Option<Box<dyn Erased<I, O>>>>,
    on_panic: Option<Handler<O>>,
    /// `None` as long as there is nothing to do.
    aftermath: Cell<Option<Box<Aftermath<I, O>>>>,
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
    pub(crate) finished: Option<Box<dyn Erased<I, O>>>,
}

impl<I, O> Default for Aftermath<I, O> {
    fn default() -> Self {
        Aftermath { displaced: Vec::new(), panics: Vec::new(), closed: false, finished: None }
    }
}

impl<I: 'static, O: 'static> Through<I, O> {
    pub(crate) fn new(transducer: impl Transducer<I, Out = O> + 'static) -> Through<I, O> {
        Through {
            finished: Cell::new(false),
            transducer: Cell::new(Some(Box::new(transducer))),
            on_panic: None,
            aftermath: Cell::default(),
        }
    }

    pub(crate) fn on_panic(&mut self, handler: Handler<O>) {
        self.on_panic = Some(handler);
    }

    pub(super) fn has_finished(&self) -> bool {
        self.finished.get()
    }

    #[cold]
    fn note(&self, f: impl FnOnce(&mut Aftermath<I, O>)) {
        let mut aftermath = self.aftermath.take().unwrap_or_default();
        f(&mut aftermath);
        self.aftermath.set(Some(aftermath));
    }

    /// A value has made it panic.
    #[cold]
    fn handle(&self, payload: Payload, out: &mut Emitted<O>) {
        let handled = match &self.on_panic {
            Some(handler) => catch_unwind(AssertUnwindSafe(|| handler(payload))),
            None => Err(payload),
        };
        match handled {
            Ok(instead) => instead.into_iter().for_each(|value| out.push(value)),
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
    #[inline(always)]
    pub(super) fn pass(&self, through: &Through<I, O>, value: I) {
        let (out, flow) = self.run_transducer(through, |transducer, out| transducer.step_into(value, out));
        self.store_all(through, out, |value| self.add(value));
        if flow.is_break() && !self.is_shut() {
            through.note(|aftermath| aftermath.closed = true);
            self.shut();
        }
    }

    /// Runs the transducer: what it emits counts, also before a panic. Meanwhile the channel cannot be used.
    #[inline(always)]
    fn run_transducer(
        &self,
        through: &Through<I, O>,
        f: impl FnOnce(&mut dyn Erased<I, O>, &mut Emitted<O>) -> Flow,
    ) -> (Emitted<O>, Flow) {
        let mut out = Emitted::new();
        let Some(mut transducer) = through.transducer.take() else { return (out, Break(())) };
        let gate = self.gate.0.replace(Gate::RUNS);
        let flow = {
            let _inside = inside::enter("a transducer");
            catch_unwind(AssertUnwindSafe(|| f(&mut *transducer, &mut out))).unwrap_or_else(|payload| {
                through.handle(payload, &mut out);
                Continue(())
            })
        };
        // A future that was dropped in there may have given its value back.
        self.gate.0.set(gate | self.gate.0.get() & (Gate::RETURNED | Gate::HOLDS));
        through.transducer.set(Some(transducer));
        (out, flow)
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
        let (out, _) = self.run_transducer(through, |transducer, out| {
            transducer.finish_into(out);
            Continue(())
        });
        through.finished.set(true);
        through.note(|aftermath| aftermath.finished = through.transducer.take());
        self.store_all(through, out, |value| self.add_beyond(value));
    }

    /// Puts what was emitted into the store, and gives it to those who wait.
    #[inline(always)]
    fn store_all(&self, through: &Through<I, O>, out: Emitted<O>, add: impl Fn(O) -> Option<O>) {
        let mut unstored = Unstored { out, of: self };
        while let Some(value) = unstored.out.pop() {
            if let Some(displaced) = add(value) {
                through.note(|aftermath| aftermath.displaced.push(displaced));
            }
            if self.takes.has_any() {
                self.serve_takers();
            }
        }
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

    /// What is left to do after an operation, if there is anything.
    #[inline(always)]
    pub(crate) fn aftermath(&self) -> Option<Box<Aftermath<I, O>>> {
        self.transducer()?.aftermath.take()
    }
}

/// What was emitted. Should a buffer of the user's panic, what it was not given yet is not lost.
struct Unstored<'a, I: 'static, O: 'static> {
    out: Emitted<O>,
    of: &'a Rendezvous<I, O>,
}

impl<I: 'static, O: 'static> Drop for Unstored<'_, I, O> {
    #[inline(always)]
    fn drop(&mut self) {
        while let Some(value) = self.out.pop_last() {
            self.of.put_back(value);
        }
    }
}

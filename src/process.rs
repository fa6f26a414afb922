//! One process: a coroutine on a stack of its own, and the record of it.
//!
//! ```text
//!   Record, in a block of them               the process's stack
//!   ┌──────────────────────────┐             ┌──────────────────────────────┐ base
//!   │ claim (begins with node) │◄──────┐     │ corosensei: link to whoever  │
//!   │   root ──────────────────┼───────┼────►│   resumed it                 │
//!   │   suspended ─────────────┼──┐    │     │ the user's frames            │
//!   │ state, doom              │  │    │     │   …                          │
//!   │ room: the operation that │  └────┼────►│   an instruction: points at  │
//!   │   waits, and its waiter ─┼───────┘     │   the operation              │
//!   │ routine ─────────────────┼────────────►│ registers, while suspended   │
//!   │ id, name, place          │             │ guard                        │
//!   └──────────────────────────┘             └──────────────────────────────┘ limit
//! ```
//!
//! A process that has not started has no stack yet; one that has ended has given it back. This file and
//! `stack` are the only ones that know corosensei.

use std::any::{Any, TypeId};
use std::backtrace::Backtrace;
use std::cell::{Cell, OnceCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use corosensei::{Coroutine, CoroutineResult, Yielder};

use crate::blocks::Key;
use crate::body::Body;
use crate::id::ProcessId;
use crate::operation::Instruction;
use crate::place::Place;
use crate::prefetch::prefetch;
use crate::ready::{Kind, Node};
use crate::report::Parked;
use crate::room::Room;
use crate::stack::Stack;
use crate::time::Time;
use crate::wait::{Claim, NO_BRANCH};

/// How a coroutine came to its end. Of one word: a wider one would be read as a whole right after a word of it was written, and
/// the processor waits for that.
pub(crate) enum Exit {
    Returned,
    Panicked(Box<Box<dyn Any + Send>>),
}

/// What is yielded is where the instruction is, in a frame of the process: it fits a register.
type Routine = Coroutine<(), *const Instruction, Exit, Stack>;

type Yielding = Yielder<(), *const Instruction>;

/// What is thrown through a process's frames to end it.
pub(crate) struct Unwound;

/// Why a process is being unwound, or will be when it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Doom {
    Stopped,
    Killed,
    /// It is not to end: it is to show the calls it is in.
    Shown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Not started: the body is still here, and there is no stack.
    New,
    /// It runs, or can: or, if the claim says so, it is suspended in an instruction.
    Started,
    Ended,
}

/// How a process ended, for whoever waits for its result.
pub(crate) enum Ending {
    Returned,
    /// With the value given to `stop_with`.
    Stopped(Option<Box<dyn Any>>),
    Killed,
    Panicked(Box<dyn Any + Send>),
}

/// What is to be done when a process has ended, however it did. A panic it has no use for is given back.
pub(crate) type Sequel = Box<dyn FnOnce(Ending) -> Option<Box<dyn Any + Send>>>;

/// Tells the type of a process's result and what it is called, for `stop_with`. Main's may borrow: it has none.
pub(crate) type Result = fn() -> (TypeId, &'static str);

/// What a process is made of, but for its body.
pub(crate) struct Spec {
    pub(crate) name: Option<Rc<str>>,
    pub(crate) stack_size: usize,
    pub(crate) spawned_at: Place,
    pub(crate) result: Option<Result>,
    pub(crate) sequel: Option<Sequel>,
}

/// How often a process may swallow its unwinding before it is given up.
const PATIENCE: u32 = 1000;

/// The record of a process.
///
/// Invariants:
/// - `room` keeps the body until the process's first step, or until it ends without one.
/// - `claim` is the first field, so that a node of kind `Process` is the beginning of a record.
/// - A record stays in its scheduler's table, at its address, until its process has ended. A process that
///   has been abandoned in the middle keeps its record, and its stack, for ever.
/// - `routine` is used by the scheduler alone, which never resumes it while it runs.
/// - What the claim says is its `root` is its yielder, from the process's first step until its last.
/// - What the claim says is `suspended` is null or an instruction in a frame of the process, which is suspended there, and
///   not only to let others run first: it is emptied before the process goes on.
#[repr(C)]
pub(crate) struct Record {
    pub(crate) claim: Claim,
    pub(crate) state: Cell<State>,
    pub(crate) doom: Cell<Option<Doom>>,
    swallowed: Cell<u32>,
    /// For its body, before it has started; then for the operation that it waits in.
    pub(crate) room: Room,
    routine: UnsafeCell<Option<ManuallyDrop<Routine>>>,
    since: Cell<Time>,
    /// The number of the doorbell that may wake it now; 0 if none.
    pub(crate) bell: Cell<u64>,
    /// Its place in the table.
    pub(crate) slot: Key,
    /// How large the guard of its stack is, and where it begins.
    guard_size: Cell<u32>,
    guard: Cell<usize>,
    pub(crate) id: ProcessId,
    pub(crate) spawned_at: Place,
    pub(crate) stack_size: usize,
    pub(crate) result: Option<Result>,
    rare: OnceCell<Box<Rare>>,
}

const _: () = assert!(size_of::<Record>() <= Claim::PARTY, "a record is fetched when a crowd is woken");

/// What few processes have.
#[derive(Default)]
struct Rare {
    name: Option<Rc<str>>,
    sequel: Cell<Option<Sequel>>,
    /// What `stop_with` was given.
    left: Cell<Option<Box<dyn Any>>>,
    /// The calls it was in when it was asked.
    calls: Cell<Option<Backtrace>>,
}

/// What a step of a process came to.
pub(crate) enum Step<'a> {
    /// It is suspended, and this stays in its frame until it is resumed.
    Yielded(&'a Instruction),
    Ended(Exit),
}

impl Record {
    #[inline(always)]
    pub(crate) fn new(id: ProcessId, slot: Key, spec: Spec) -> Record {
        Record {
            claim: Claim::new(Kind::Process),
            state: Cell::new(State::New),
            doom: Cell::new(None),
            swallowed: Cell::new(0),
            room: Room::new(),
            routine: UnsafeCell::new(None),
            since: Cell::new(Time::ZERO),
            bell: Cell::new(0),
            slot,
            guard_size: Cell::new(0),
            guard: Cell::new(0),
            id,
            spawned_at: spec.spawned_at,
            stack_size: spec.stack_size,
            result: spec.result,
            rare: match (spec.name, spec.sequel) {
                (None, None) => OnceCell::new(),
                (name, sequel) => {
                    let sequel = Cell::new(sequel);
                    OnceCell::from(Box::new(Rare { name, sequel, ..Rare::default() }))
                }
            },
        }
    }

    /// The name it was given.
    pub(crate) fn name(&self) -> Option<&str> {
        self.rare.get()?.name.as_deref()
    }

    /// The record whose node this is.
    ///
    /// # Safety
    /// The node is of kind `Process` and in the ready queue, or was popped from it just now.
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(node: *const Node) -> &'a Record {
        // SAFETY: a node of kind `Process` begins a claim, which begins a record (both `repr(C)`), and a
        // record that was queued is in the table (invariant).
        unsafe { &*node.cast::<Record>() }
    }

    /// Begins to load what a step of the process whose node this is needs: the first time of the record, then, when that
    /// may be there, of its stack. A node of something else, or of nobody, is as good: it is not looked at.
    #[inline(always)]
    pub(crate) fn prefetch(node: *const Node) {
        prefetch(node.cast::<Record>(), 2);
    }

    /// See [`prefetch`](Record::prefetch).
    #[inline(always)]
    pub(crate) fn prefetch_stack(&self) {
        self.claim.prefetch_stack();
    }

    /// Notes that the process has ended. The body, if it has not started.
    pub(crate) fn end(&self) -> Option<Body> {
        // SAFETY: in this state it has had no step, so the body is there (invariant).
        (self.state.replace(State::Ended) == State::New).then(|| unsafe { self.room.take_kept() })
    }

    pub(crate) fn take_sequel(&self) -> Option<Sequel> {
        self.rare.get()?.sequel.take()
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.state.get() != State::Ended
    }

    /// What to call it in a report.
    pub(crate) fn title(&self) -> String {
        match self.name() {
            Some(name) => format!("process {} `{name}`", self.id),
            None => format!("process {}", self.id),
        }
    }

    /// Gives the process its stack. It runs with the first [`resume`](Record::resume).
    pub(crate) fn start(&self, stack: Stack) {
        assert!(self.state.replace(State::Started) == State::New, "a process starts once");
        let guard = stack.guard();
        self.guard.set(guard.start);
        self.guard_size.set((guard.end - guard.start) as u32);
        let record: *const Record = self;
        let routine = Routine::with_stack(stack, move |yielder: &Yielding, ()| {
            // SAFETY: the record outlives its process (invariant).
            let record = unsafe { &*record };
            record.claim.set_root(yielder);
            // SAFETY: this is its first step, so the body is there (invariant), and it is read before anything runs that
            // would wait.
            match catch_unwind(AssertUnwindSafe(|| unsafe { Body::call(record.room.give_up_kept()) })) {
                Ok(()) => Exit::Returned,
                Err(payload) => Exit::Panicked(Box::new(payload)),
            }
        });
        // SAFETY: the process does not run, and only the scheduler, which calls this, uses the field.
        unsafe { *self.routine.get() = Some(ManuallyDrop::new(routine)) };
    }

    /// Runs the process up to its next instruction, or its end. If it is doomed, it is unwound on the way.
    #[inline(always)]
    pub(crate) fn resume(&self) -> Step<'_> {
        self.claim.set_suspended::<Instruction>(ptr::null());
        // SAFETY: only the scheduler uses the field, and it does not resume a process that runs; what
        // runs in between cannot reach it.
        let Some(routine) = (unsafe { &mut *self.routine.get() }) else { unreachable!("it has started") };
        match routine.resume(()) {
            // SAFETY: `suspend` gets this from a reference that outlives the suspension.
            CoroutineResult::Yield(instruction) => Step::Yielded(unsafe { &*instruction }),
            CoroutineResult::Return(exit) => Step::Ended(exit),
        }
    }

    /// The stack of a process that has ended.
    pub(crate) fn take_stack(&self) -> Option<Stack> {
        // SAFETY: the process does not run, and only the scheduler, which calls this, uses the field.
        let routine = unsafe { (*self.routine.get()).take() };
        routine.map(|routine| ManuallyDrop::into_inner(routine).into_stack())
    }

    /// Yields an instruction; called by the process itself. Does not return if the process is to end.
    #[inline(always)]
    pub(crate) fn suspend(&self, instruction: &Instruction) {
        // SAFETY: the process runs, so its yielder is there (invariant).
        unsafe { (*self.claim.root::<Yielding>()).suspend(instruction) };
        if self.doom.get().is_some() {
            self.obey(instruction);
        }
    }

    /// It was resumed for something else than to go on.
    #[cold]
    fn obey(&self, instruction: &Instruction) {
        if self.doom.get() != Some(Doom::Shown) {
            throw();
        }
        self.doom.set(None);
        self.rare.get_or_init(Box::default).calls.set(Some(Backtrace::force_capture()));
        self.suspend(instruction);
    }

    /// Has the process, which is suspended, not parked, and not to end, show the calls it is in.
    pub(crate) fn show_calls(&self) -> (Step<'_>, Option<Backtrace>) {
        debug_assert!(self.doom.get().is_none());
        self.doom.set(Some(Doom::Shown));
        let step = self.resume();
        (step, self.rare.get().and_then(|rare| rare.calls.take()))
    }

    /// How it came to its end, and what `stop_with` left.
    pub(crate) fn ending(&self, exit: Exit) -> Ending {
        match (self.doom.get(), exit) {
            (None | Some(Doom::Shown), Exit::Returned) => Ending::Returned,
            // A panic on the way out is still a panic.
            (_, Exit::Panicked(payload)) if !payload.is::<Unwound>() => Ending::Panicked(*payload),
            (Some(Doom::Stopped), _) => Ending::Stopped(self.take_left()),
            (Some(Doom::Killed), _) => Ending::Killed,
            // It has thrown what another process was unwound with.
            (None | Some(Doom::Shown), Exit::Panicked(payload)) => Ending::Panicked(*payload),
        }
    }

    pub(crate) fn take_left(&self) -> Option<Box<dyn Any>> {
        self.rare.get()?.left.take()
    }

    pub(crate) fn leave(&self, value: Box<dyn Any>) {
        self.rare.get_or_init(Box::default).left.set(Some(value));
    }

    /// The process has caught its unwinding and would wait: it is thrown out again, but not for ever.
    #[cold]
    pub(crate) fn throw_again(&self) -> ! {
        self.swallowed.set(self.swallowed.get() + 1);
        if self.swallowed.get() > PATIENCE {
            self.suspend(&Instruction::Abandon);
        }
        throw()
    }

    /// Notes in what the process is parked.
    #[inline(always)]
    pub(crate) fn set_waiting(&self, instruction: &Instruction, since: Time) {
        self.claim.set_suspended(instruction);
        self.since.set(since);
    }

    /// Its wait has come to nothing: it goes on at once, to look again.
    #[cold]
    pub(crate) fn go_on(&self) {
        self.claim.shut();
        self.claim.set_suspended::<Instruction>(ptr::null());
    }

    /// Marks it, which does not run, to be unwound in its next turn, and takes it out of what it waits in.
    pub(crate) fn kill(&self) {
        if !self.is_alive() {
            return;
        }
        if let Some(parking) = self.waiting().and_then(Instruction::parking) {
            // SAFETY: it has not been resumed since it yielded this.
            unsafe { parking.operation() }.withdraw();
            self.claim.claim(NO_BRANCH);
        }
        if self.doom.get().is_none() {
            self.doom.set(Some(Doom::Killed));
        }
    }

    /// The instruction that it is suspended in.
    fn waiting(&self) -> Option<&Instruction> {
        // SAFETY: if it is not null it is there (invariant), and who asks is not the process, which is suspended.
        unsafe { self.claim.suspended::<Instruction>().as_ref() }
    }

    /// A doorbell of this number was rung: if it is the one of the choice, or of the wait for a future, that it is parked in,
    /// it looks again.
    pub(crate) fn ring(&self, bell: u64) {
        if self.bell.get() == bell && matches!(self.waiting(), Some(Instruction::Alts(_) | Instruction::Wait(_))) {
            self.claim.claim(NO_BRANCH);
        }
    }

    /// What it waits for, if it is parked.
    pub(crate) fn parked(&self, now: Time) -> Option<Parked> {
        let instruction = self.waiting().filter(|_| self.claim.is_open())?;
        let parking = instruction.parking()?;
        let mut wants = Vec::new();
        // SAFETY: it is parked: it has not been resumed since it yielded this.
        unsafe { parking.operation() }.describe(&mut |want| wants.push(want));
        Some(Parked {
            id: self.id,
            name: self.name().map(str::to_owned),
            spawned_at: self.spawned_at,
            instruction: instruction.verb(),
            waits_at: parking.place,
            since: now - self.since.get(),
            wants,
        })
    }

    /// As a report shows it before its first turn.
    pub(crate) fn unstarted(&self) -> Option<Parked> {
        (self.state.get() == State::New).then(|| Parked {
            id: self.id,
            name: self.name().map(str::to_owned),
            spawned_at: self.spawned_at,
            instruction: Parked::START,
            waits_at: self.spawned_at,
            since: Duration::ZERO,
            wants: Vec::new(),
        })
    }

    /// The addresses of its stack's guard; none if it has no stack.
    pub(crate) fn stack_guard(&self) -> Range<usize> {
        self.guard.get()..self.guard.get() + self.guard_size.get() as usize
    }
}

/// Throws the process out. `resume_unwind` rather than `panic!`: no hook is called, nothing printed.
#[cold]
pub(crate) fn throw() -> ! {
    resume_unwind(Box::new(Unwound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_not_started_takes_300_bytes_at_most() {
        assert!(size_of::<Record>() <= 300, "{} bytes", size_of::<Record>());
    }
}

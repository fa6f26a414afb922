//! What running code can reach of the scheduler it runs under: one struct, found through one
//! thread-local pointer.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use slab::Slab;

use crate::abroad;
use crate::blocks::Blocks;
use crate::census::{Census, Count};
use crate::choice::Choice;
use crate::error::panic_message;
use crate::inside;
use crate::letterbox::LetterBox;
use crate::operation::{Abroad, Instruction, Operation, Parking};
use crate::place::Place;
use crate::poller::Network;
use crate::process::{Doom, Record};
use crate::report::{PanicPolicy, ProcessPanic, say};
use crate::room::Room;
use crate::stack::Stacks;
use crate::time::{Clock, Time};
use crate::timers::Timers;
use crate::wait::Home;
use crate::watch::Watch;

/// Something the scheduler runs that is no process: a callback, a waker to be woken.
pub(crate) trait Task {
    /// Called once, outside any process, with nothing borrowed.
    fn run(self: Rc<Self>);

    /// The scheduler ends: this must not become ready any more. Runs no code of the user.
    fn withdraw(&self);

    /// Where it was made.
    fn place(&self) -> Place;
}

/// A scheduler's state. Everything in it is used through shared references: processes reach it while the
/// scheduler's own loop is in the middle of a step.
pub(crate) struct Context {
    pub(crate) me: Weak<Context>,
    pub(crate) home: Home,
    pub(crate) timers: Rc<Timers>,
    pub(crate) choice: Choice,
    pub(crate) letter_box: Arc<LetterBox>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) stacks: Stacks,
    pub(crate) table: Blocks<Record>,
    pub(crate) tasks: RefCell<Slab<Rc<dyn Task>>>,
    /// The process that runs; null while none does.
    current: Cell<*const Record>,
    /// What `go_now` has made, to run next.
    pub(crate) newborn: Cell<Option<*const Record>>,
    /// How many operations the running process may still do before it gives way.
    budget: Cell<u32>,
    pub(crate) full_budget: u32,
    /// How many processes were made, and how many have ended.
    pub(crate) made: Count,
    pub(crate) ended: Count,
    /// How many values were taken.
    messages: Count,
    /// How many channels were closed.
    closes: Count,
    /// How many doorbells were made.
    bells: Count,
    /// In how many places processes wait where other threads can wake them.
    pub(crate) abroad: Cell<usize>,
    /// How many processes wait for calls that were given to other threads, and come back.
    pub(crate) away: Cell<usize>,
    /// In how many places processes wait for the network.
    pub(crate) networking: Cell<usize>,
    /// Where sockets are registered that are used here; none, with the poller in the background.
    #[cfg_attr(not(all(unix, feature = "net")), allow(dead_code, reason = "there are no sockets"))]
    pub(crate) network: Option<Network>,
    /// The time when the clock was last looked at.
    pub(crate) seen: Cell<Time>,
    pub(crate) stack_size: usize,
    pub(crate) policy: PanicPolicy,
    pub(crate) watch: Option<Arc<Watch>>,
    /// A panic that is to leave `run`.
    pub(crate) fatal: Cell<Option<Box<dyn Any + Send>>>,
    /// Main has ended, and whether it was doomed.
    pub(crate) main_ended: Cell<Option<Option<Doom>>>,
    /// Everything else is being unwound.
    pub(crate) ending: Cell<bool>,
    /// The scheduler runs destructors of the user, which must not wait and cannot.
    refusing: Cell<bool>,
}

thread_local! {
    /// The scheduler whose turn it is on this thread. A bare pointer, not an owner: thread-locals that
    /// have destructors run those in the middle of a process when it calls `std::process::exit`.
    static CURRENT: Cell<*const Context> = const { Cell::new(ptr::null()) };
}

/// Reports a panic that is nobody's to catch, to the scheduler whose turn it is, or where there is none, to standard error.
pub(crate) fn report_panic(panic: ProcessPanic) {
    match current() {
        Some(context) => context.report_panic(panic),
        None => say(format_args!("{panic}")),
    }
}

/// Calls `f` with the scheduler whose turn it is, if it is anybody's.
#[inline(always)]
pub(crate) fn with<R>(f: impl FnOnce(Option<&Context>) -> R) -> R {
    f(current())
}

/// The scheduler whose turn it is: not to be kept beyond the turn, or the suspended call.
///
/// Where a process may be suspended, a closure given to [`with`] would be compiled on its own, and the `return` from it,
/// after a change of stack, mispredicted.
#[inline(always)]
fn current<'a>() -> Option<&'a Context> {
    // SAFETY: not null means that a turn, or the end, of a scheduler is in progress (see `enter`), whose guard
    // keeps the context for as long. A process that was suspended in between is resumed only under such a guard of
    // the same scheduler.
    unsafe { CURRENT.get().as_ref() }
}

/// Makes `context` the current one until the guard is dropped.
pub(crate) fn enter(context: &Rc<Context>) -> Entered {
    Entered { before: CURRENT.replace(Rc::as_ptr(context)), _context: Rc::clone(context) }
}

/// Ends, when it is dropped, what [`enter`] began.
pub(crate) struct Entered {
    before: *const Context,
    _context: Rc<Context>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}

/// What a scheduler is made with.
pub(crate) struct Config {
    pub(crate) seed: u64,
    pub(crate) stack_size: usize,
    pub(crate) kept_stacks: usize,
    pub(crate) budget: u32,
    pub(crate) policy: PanicPolicy,
    pub(crate) watch: Option<Arc<Watch>>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) letter_box: Arc<LetterBox>,
    /// Others than its processes run on its thread, between its turns.
    pub(crate) hosted: bool,
    pub(crate) network: Option<Network>,
}

impl Context {
    pub(crate) fn new(config: Config) -> Rc<Context> {
        Rc::new_cyclic(|me| Context {
            me: me.clone(),
            home: match config.hosted {
                false => Home::of_scheduler(Arc::clone(&config.letter_box)),
                true => Home::of_hosted(Arc::clone(&config.letter_box)),
            },
            timers: Rc::new(Timers::new()),
            choice: Choice::new(config.seed),
            letter_box: config.letter_box,
            clock: config.clock,
            stacks: Stacks::new(config.kept_stacks),
            table: Blocks::new(),
            tasks: RefCell::new(Slab::new()),
            current: Cell::new(ptr::null()),
            newborn: Cell::new(None),
            budget: Cell::new(config.budget),
            full_budget: config.budget,
            made: Count::default(),
            ended: Count::default(),
            messages: Count::default(),
            closes: Count::default(),
            bells: Count::default(),
            abroad: Cell::new(0),
            away: Cell::new(0),
            networking: Cell::new(0),
            network: config.network,
            seen: Cell::new(Time::ZERO),
            stack_size: config.stack_size,
            policy: config.policy,
            watch: config.watch,
            fatal: Cell::new(None),
            main_ended: Cell::new(None),
            ending: Cell::new(false),
            refusing: Cell::new(false),
        })
    }

    /// The process that runs, if one does.
    #[inline(always)]
    pub(crate) fn process(&self) -> Option<&Record> {
        // SAFETY: the scheduler sets this for the time of a step, for which it keeps the record.
        unsafe { self.current.get().as_ref() }
    }

    #[inline(always)]
    pub(crate) fn set_process(&self, record: Option<&Record>) {
        self.current.set(record.map_or(ptr::null(), ptr::from_ref));
    }

    /// Whoever runs next may do all that one may.
    #[inline(always)]
    pub(crate) fn fill_budget(&self) {
        self.budget.set(self.full_budget);
    }

    /// A number for a new doorbell.
    pub(crate) fn next_bell(&self) -> u64 {
        self.bells.add()
    }

    /// Whether somebody outside may wake a process some day.
    pub(crate) fn awaited(&self) -> bool {
        self.abroad.get() > 0 || self.networking.get() > 0 || self.letter_box.awaited()
    }

    /// What has happened until now.
    pub(crate) fn census(&self) -> Census {
        Census {
            made: self.made.get(),
            ended: self.ended.get(),
            messages: self.messages.get(),
            timers: self.timers.made(),
            closes: self.closes.get(),
        }
    }

    /// Applies the panic policy.
    pub(crate) fn report_panic(&self, panic: ProcessPanic) {
        match &self.policy {
            PanicPolicy::Report => {
                say(format_args!("{panic}"));
                self.drop_quietly(panic);
            }
            PanicPolicy::Propagate => {
                // The payload says what; who it was is said here, or nowhere.
                say(format_args!("{panic}"));
                self.set_fatal(panic.payload);
            }
            PanicPolicy::Handler(handler) => {
                let _inside = inside::enter("a panic handler");
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| handler(panic))) {
                    self.set_fatal(payload);
                }
            }
        }
    }

    /// Lets a panic leave `run`: the first one.
    pub(crate) fn set_fatal(&self, payload: Box<dyn Any + Send>) {
        match self.fatal.take() {
            None => self.fatal.set(Some(payload)),
            Some(first) => {
                self.fatal.set(Some(first));
                self.drop_quietly(payload);
            }
        }
    }

    /// Drops what belongs to the user while no process runs. A panic in there is reported, once.
    pub(crate) fn drop_quietly<T>(&self, value: T) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.refusing(|| drop(value)))) {
            say(format_args!("a destructor panicked: {}", panic_message(&*payload)));
            // The payload is the user's as well, and there must be an end.
            std::mem::forget(payload);
        }
    }

    /// Runs destructors of the user on the scheduler's own stack: whatever they would wait for is refused.
    pub(crate) fn refusing<R>(&self, f: impl FnOnce() -> R) -> R {
        let _restore = Refusing { before: self.refusing.replace(true), context: self };
        f()
    }

    /// Whether the running code is a process that may be switched away from now.
    pub(crate) fn switchable(&self) -> Option<&Record> {
        self.process()
            .filter(|process| !std::thread::panicking() && process.doom.get().is_none() && inside::what().is_none())
    }
}

struct Refusing<'a> {
    before: bool,
    context: &'a Context,
}

impl Drop for Refusing<'_> {
    fn drop(&mut self) {
        self.context.refusing.set(self.before);
    }
}

/// The process that may wait now, if there is one. Throws a process that is to end.
///
/// # Panics
/// Inside a buffer, an `Op` or a panic handler.
#[inline(always)]
fn waiting_process<'a>(context: Option<&'a Context>, instruction: &Instruction, place: Place) -> Option<&'a Record> {
    // The count behind `panicking` is the thread's: while it is not zero, nobody else may run. This also
    // covers destructors of a process that is being unwound.
    if std::thread::panicking() {
        return None;
    }
    let record = context.and_then(Context::process)?;
    if inside::what().is_some() {
        misplaced(instruction.verb(), place);
    }
    if record.doom.get().is_some() {
        record.throw_again();
    }
    Some(record)
}

/// Code that is not running in a process would have to wait. If that is refused, this returns.
///
/// # Panics
/// If it is a mistake of the program.
fn outside(context: Option<&Context>, verb: &str, place: Place) {
    if !std::thread::panicking() && !context.is_some_and(|context| context.refusing.get()) {
        panic!(
            "`{verb}` would have to wait here, at {place}, and this code is not running in a process. Run it in one: \
             `csp::run(|| ...)`, `#[csp::main]` or `#[csp::test]` around the program, `go(|| ...)` inside a callback. Or use \
             what never waits: `offer`, `poll`, `alts_default`, `put_then_callback`, `take_then_callback`; or, between \
             threads, a `csp::sync::Channel`"
        )
    }
}

/// Waits where there is no process: on a thread without a scheduler, if the operation can be waited for there.
#[cold]
#[inline(never)]
fn wait_outside(context: Option<&Context>, operation: Pin<&dyn Operation>, verb: &str, place: Place) {
    let alone = context.is_none() && inside::what().is_none() && !std::thread::panicking();
    match operation.abroad() {
        Abroad::Waits(limit) if alone => abroad::wait(operation, limit),
        _ => {
            outside(context, verb, place);
            operation.refuse();
        }
    }
}

#[cold]
#[inline(never)]
fn misplaced(verb: &str, place: Place) -> ! {
    panic!(
        "`{verb}` would have to wait here, at {place}, inside {}: do it before or after",
        inside::what().unwrap_or("code that must not")
    )
}

/// Parks the running process until `operation` has its answer. It has been attempted already.
///
/// Inlined, like everything between an operation and the switch: a `return` executed after a change of
/// stack is mispredicted by the processor, which costs more than all the bookkeeping here.
#[inline(always)]
pub(crate) fn wait<O: Operation>(operation: Pin<&O>, kind: fn(Parking) -> Instruction, place: Place) {
    if !wait_once(operation, kind, place) {
        wait_again(operation, kind, place);
    }
}

/// True if the operation has its answer now.
#[inline(always)]
fn wait_once(operation: Pin<&impl Operation>, kind: fn(Parking) -> Instruction, place: Place) -> bool {
    // SAFETY: the operation is borrowed for longer than this call, which returns, or is unwound, after the process
    // has been resumed.
    let instruction = kind(unsafe { Parking::new(operation, place) });
    let Some(process) = waiting_process(current(), &instruction, place) else {
        wait_outside(current(), operation, instruction.verb(), place);
        return true;
    };
    if operation.prepare() && operation.attempt() {
        return true;
    }
    process.suspend(&instruction);
    operation.settle() || operation.attempt()
}

/// It was woken, and somebody else was faster: apart, for it is rare.
#[cold]
#[inline(never)]
fn wait_again(operation: Pin<&impl Operation>, kind: fn(Parking) -> Instruction, place: Place) {
    while !wait_once(operation, kind, place) {}
}

/// The room of the running process.
///
/// # Safety
/// The room goes with the process: it is to be used in the frame of the caller alone.
#[inline(always)]
pub(crate) unsafe fn room<'a>() -> Option<&'a Room> {
    current()?.process().map(|process| &process.room)
}

/// Counts an operation; the process that has used up its budget lets the others run first.
#[inline(always)]
pub(crate) fn tick() {
    if let Some(context) = current() {
        if context.budget.get() == 0 {
            give_way(context);
        }
        context.budget.set(context.budget.get() - 1);
    }
}

/// Whether the caller is a process that may wait now.
pub(crate) fn may_wait() -> bool {
    current().is_some_and(|context| context.switchable().is_some())
}

/// Whether nobody else could run while the caller waits: on a thread without a scheduler, or where no other process can go on.
pub(crate) fn has_time() -> bool {
    current().is_none_or(|context| context.home.ready.is_empty() && !context.letter_box.has_letters())
}

/// Counts a value that was taken.
#[inline(always)]
pub(crate) fn count_message() {
    if let Some(context) = current() {
        context.messages.add();
    }
}

/// Counts a place where the process that runs, or is being parked or withdrawn, begins or ends to wait, and where other
/// threads can wake it.
pub(crate) fn wait_abroad(begins: bool) {
    if let Some(context) = current() {
        let places = context.abroad.get();
        context.abroad.set(if begins { places + 1 } else { places - 1 });
    }
}

/// Counts a place where the process that runs, or is being parked or withdrawn, begins or ends to wait for the network.
#[cfg(all(unix, feature = "net"))]
pub(crate) fn wait_for_network(begins: bool) {
    if let Some(context) = current() {
        let places = context.networking.get();
        context.networking.set(if begins { places + 1 } else { places - 1 });
    }
}

/// Counts a channel that was closed.
pub(crate) fn count_close() {
    with(|context| _ = context.map(|context| context.closes.add()));
}

#[cold]
#[inline(never)]
fn give_way(context: &Context) {
    if let Some(process) = context.switchable() {
        process.suspend(&Instruction::Yield);
    } else if let Some(process) = context.process().filter(|_| !std::thread::panicking() && inside::what().is_none()) {
        // It has swallowed its unwinding, and goes on as if nothing had happened.
        process.throw_again();
    }
    context.fill_budget();
}

/// Yields an instruction that needs no operation, unless the caller must not wait.
#[inline(always)]
#[track_caller]
pub(crate) fn instruct(instruction: Instruction) {
    let place = Place::caller();
    match waiting_process(current(), &instruction, place) {
        Some(process) => process.suspend(&instruction),
        None => outside(current(), instruction.verb(), place),
    }
}

/// Lets the process just made run up to its first wait. The caller goes on with what it has left of its budget: or a loop
/// of these would keep the others from running.
#[track_caller]
pub(crate) fn give_way_to_child() {
    let left = with(|context| context.map(|context| context.budget.get()));
    instruct(Instruction::GoNow);
    with(|context| context.zip(left).map(|(context, left)| context.budget.set(left)));
}

/// The scheduler whose turn it is, for what cannot be done without one.
#[track_caller]
pub(crate) fn expect<R>(verb: &str, f: impl FnOnce(&Context) -> R) -> R {
    // The panic is out here, where it has the caller's line.
    match with(|context| context.map(f)) {
        Some(answer) => answer,
        None => panic!(
            "`{verb}` needs a running scheduler on this thread: call it inside `csp::run(|| ...)`, `#[csp::main]` or `#[csp::test]`"
        ),
    }
}

//! Running a program: `run`, and what can be chosen about it.

mod hosted;
#[cfg(feature = "tokio")]
pub mod tokio;

use std::any::Any;
use std::cell::Cell;
use std::env;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::census::Census;
use crate::choice;
use crate::context::{self, Config};
use crate::letterbox::LetterBox;
use crate::place::Place;
use crate::process::Spec;
use crate::reactor::{Network, Reactor, RealTime, VirtualTime};
use crate::report::{self, Deadlock, PanicPolicy, Parked, RunError, say};
use crate::scheduler::{Scheduler, Turn};
use crate::stack::{self, overflow};
use crate::threads;
use crate::time::{Clock, Time};
use crate::watch::{Hog, Tell, Watch};

pub use hosted::Hosted;

/// How many operations a process may do before it gives way, unless the builder says otherwise.
const BUDGET: u32 = 128;

/// How many turns that leave something to do a scheduler makes before it looks at its sockets.
const TURNS_PER_LOOK: u32 = 4;

/// How often a scheduler lets other threads run, and looks at its sockets after each time, before it sleeps.
const LINGERS: u32 = 4;

/// If that takes longer, and nothing comes of it, somebody else computes there: who sleeps is sooner woken than who yields.
const LONG: Duration = Duration::from_micros(100);

/// Runs `main` as the first process of a scheduler on this thread, until it returns, and gives what it returned.
///
/// The other processes are then unwound, which runs their destructors. `main` may borrow from the caller; what other
/// processes use is `'static`.
///
/// # Panics
/// When `main` panics, with its panic, whoever else has panicked before; when another process does, under
/// [`PanicPolicy::Propagate`], with the first such panic. When nothing can ever run again: the message is the report of
/// the [deadlock](crate::Deadlock). When `main` stops, is killed or interrupted. When called inside another `run`, or
/// while the thread is panicking.
///
/// ```
/// use csp::prelude::*;
///
/// let greeting = String::from("hello");
/// let length = csp::run(|| greeting.len());
/// assert_eq!(length, 5);
/// ```
#[track_caller]
pub fn run<R>(main: impl FnOnce() -> R) -> R {
    Builder::new().run(main)
}

/// Runs `main` as [`run`] does, and says what prevented a result instead of panicking with it.
///
/// # Errors
/// [`RunError`]: a deadlock, with its report; `main` stopped, was killed or interrupted; or the call was made where none
/// can be.
///
/// # Panics
/// With a panic of `main`, or of another process under [`PanicPolicy::Propagate`], as [`run`] does.
///
/// ```
/// use csp::{RunError, prelude::*};
///
/// match csp::try_run(|| take(&Channel::<()>::new())) {
///     Err(RunError::Deadlock(report)) => println!("{report}"),
///     _ => unreachable!("nobody can put to that channel"),
/// }
/// ```
#[track_caller]
pub fn try_run<R>(main: impl FnOnce() -> R) -> Result<R, RunError> {
    Builder::new().try_run(main)
}

/// What can be chosen about a run.
///
/// ```
/// use csp::prelude::*;
///
/// let dice = || csp::Builder::new().seed(7).virtual_time().run(|| random_range(1..=6));
/// assert_eq!(dice(), dice());
/// ```
#[must_use = "a builder runs nothing until `run` or `try_run` is called"]
pub struct Builder {
    seed: Option<u64>,
    time: Reacting,
    stack_size: usize,
    main_stack_size: usize,
    kept_stacks: usize,
    budget: u32,
    policy: PanicPolicy,
    watchdog: Option<(Duration, Tell)>,
    at_end: AtEnd,
}

/// What is told when main has ended, before the other processes are unwound.
#[derive(Default)]
struct AtEnd {
    on_leak: Option<Listener<[Parked]>>,
    on_end: Option<Listener<Census>>,
}

/// What main has returned.
type Outcome<R> = Rc<Cell<Option<R>>>;

/// What a scheduler rests on.
struct Ground {
    clock: Rc<dyn Clock>,
    /// What wakes whoever drives it.
    ring: Box<dyn Fn() + Send + Sync>,
    /// Who polls its sockets, if not the thread in the background.
    network: Option<Network>,
    /// Others than its processes run on its thread, between its turns.
    hosted: bool,
}

type Listener<T> = Box<dyn FnOnce(&T)>;

/// Whose clock it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Real,
    Virtual,
    Other,
}

enum Reacting {
    Real,
    Virtual,
    Other(Box<dyn Reactor>),
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

impl Builder {
    /// Real time, a fresh seed, panics of processes reported.
    pub fn new() -> Builder {
        Builder {
            seed: None,
            time: Reacting::Real,
            stack_size: stack::DEFAULT_SIZE,
            main_stack_size: stack::MAIN_SIZE,
            kept_stacks: 0,
            budget: BUDGET,
            policy: PanicPolicy::Report,
            watchdog: None,
            at_end: AtEnd::default(),
        }
    }

    /// As [`new`](Builder::new), then what the environment says: `CSP_SEED`, a number; `CSP_VIRTUAL=1`, virtual time;
    /// `CSP_LEAKS=1`, a list on standard error of the processes that were left waiting when main ended; `CSP_CENSUS=1`, a line
    /// there of what happened until then. This is what `#[csp::main]` uses.
    ///
    /// # Panics
    /// If one of them is set to something else.
    pub fn from_env() -> Builder {
        let mut builder = Builder::new();
        if let Some(seed) = env::var_os("CSP_SEED") {
            let number = seed.to_str().and_then(|seed| seed.trim().parse().ok());
            builder =
                builder.seed(number.unwrap_or_else(|| {
                    panic!("CSP_SEED must be a whole number from 0 to {}, and is {seed:?}", u64::MAX)
                }));
        }
        if switch("CSP_VIRTUAL") {
            builder = builder.virtual_time();
        }
        if switch("CSP_LEAKS") {
            builder = builder.on_leak(|parked| say(format_args!("{}", leak_report(parked))));
        }
        if switch("CSP_CENSUS") {
            builder = builder.on_end(|census| say(format_args!("{census}")));
        }
        builder
    }

    /// The seed of every random choice: with virtual time, the same seed makes the same run.
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = Some(seed);
        self
    }

    /// Time jumps to the next timer whenever nobody can run; see [`VirtualTime`].
    pub fn virtual_time(mut self) -> Builder {
        self.time = Reacting::Virtual;
        self
    }

    /// The machine's clock, which is the default.
    pub fn real_time(mut self) -> Builder {
        self.time = Reacting::Real;
        self
    }

    /// A reactor of the caller's.
    pub fn reactor(mut self, reactor: impl Reactor + 'static) -> Builder {
        self.time = Reacting::Other(Box::new(reactor));
        self
    }

    /// How large the stacks of processes are that say nothing else, in bytes; 256 KiB if not set. See
    /// [`ProcessBuilder::stack_size`](crate::ProcessBuilder::stack_size).
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.stack_size = bytes;
        self
    }

    /// How large main's stack is, in bytes; 1 MiB if not set.
    pub fn main_stack_size(mut self, bytes: usize) -> Builder {
        self.main_stack_size = bytes;
        self
    }

    /// How many stacks of each size that no process uses any more keep their memory, once there were so many: for
    /// programs that make many processes at a time, again and again, with pauses in between. If not set, some hundred MiB
    /// of stacks are kept (a page or two of each is memory: 4 to 16 MiB as a rule), and what was needed in the last
    /// second.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::Builder::new().virtual_time().kept_stacks(5000).run(|| {
    ///     for _ in 0..5000 {
    ///         go(|| ());
    ///     }
    ///     sleep(Duration::from_secs(60));
    ///     assert!(csp::stats().stacks_kept <= 5000);
    /// });
    /// ```
    pub fn kept_stacks(mut self, stacks: usize) -> Builder {
        self.kept_stacks = stacks;
        self
    }

    /// How many operations a process may do, all succeeding at once, before it lets others run; 128 if not set. The next
    /// operation after so many begins with that. Takes, puts, choices, polls, offers, callbacks and `go` count.
    ///
    /// # Panics
    /// If it is 0.
    ///
    /// ```
    /// use csp::prelude::*;
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// csp::Builder::new().budget(2).run(|| {
    ///     let (c, seen) = (Channel::sliding(1), Rc::new(Cell::new(false)));
    ///     let set = seen.clone();
    ///     go(move || set.set(true)); // one
    ///     offer(&c, 1).unwrap(); // two
    ///     assert!(!seen.get());
    ///     offer(&c, 2).unwrap();
    ///     assert!(seen.get());
    /// });
    /// ```
    #[track_caller]
    pub fn budget(mut self, operations: u32) -> Builder {
        assert!(operations > 0, "a process with a budget of 0 operations could do nothing");
        self.budget = operations;
        self
    }

    /// What happens when a process panics.
    pub fn panic_policy(mut self, policy: PanicPolicy) -> Builder {
        self.policy = policy;
        self
    }

    /// Tells on standard error of a process that has held its scheduler for longer than `limit`, while no other could run: its
    /// name, where it was started, and then where it gave way, with the calls that led there. It takes a thread, and some time of each turn; off if not set.
    ///
    /// # Panics
    /// If `limit` is zero.
    #[track_caller]
    pub fn watchdog(self, limit: Duration) -> Builder {
        self.watchdog_with(limit, |hog| say(format_args!("{hog}")))
    }

    /// As [`watchdog`](Builder::watchdog), and calls `f` instead, on the watchdog's thread; once the process has given way, on
    /// that of the scheduler, where it must not wait.
    ///
    /// # Panics
    /// If `limit` is zero.
    ///
    /// ```
    /// use csp::{prelude::*, sync};
    ///
    /// let told = sync::Channel::buffered(2);
    /// let (out, wait) = (told.clone(), told.clone());
    /// csp::Builder::new().watchdog_with(Duration::from_millis(1), move |hog| offer(&out, hog.to_string()).unwrap()).run(|| {
    ///     while wait.is_empty() {
    ///         std::hint::spin_loop(); // as no process should
    ///     }
    /// });
    /// assert!(take(&told).unwrap().contains("process #1 `main`"));
    /// ```
    #[track_caller]
    pub fn watchdog_with(mut self, limit: Duration, f: impl Fn(&Hog) + Send + Sync + 'static) -> Builder {
        assert!(!limit.is_zero(), "a watchdog needs a time longer than zero");
        self.watchdog = Some((limit, Arc::new(f)));
        self
    }

    /// Calls `f` when main has ended, with the processes that were still parked then, or had not had their first turn, if
    /// there are any.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::Builder::new().on_leak(|parked| assert_eq!(parked.len(), 1)).run(|| {
    ///     go(|| take(&Channel::<()>::new()));
    ///     yield_now();
    /// });
    /// ```
    pub fn on_leak(mut self, f: impl FnOnce(&[Parked]) + 'static) -> Builder {
        self.at_end.on_leak = Some(Box::new(f));
        self
    }

    /// Calls `f` when main has ended, or nothing could ever run again, with what has happened until then.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::Builder::new().on_end(|census| assert_eq!((census.made, census.ended), (2, 1))).run(|| {
    ///     go(|| take(&Channel::<()>::new()));
    ///     yield_now();
    /// });
    /// ```
    pub fn on_end(mut self, f: impl FnOnce(&Census) + 'static) -> Builder {
        self.at_end.on_end = Some(Box::new(f));
        self
    }

    /// As [`run`](crate::run).
    ///
    /// # Panics
    /// As [`run`](crate::run).
    #[track_caller]
    pub fn run<R>(self, main: impl FnOnce() -> R) -> R {
        match self.try_run(main) {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// As [`try_run`](crate::try_run).
    ///
    /// # Errors
    /// As [`try_run`](crate::try_run).
    ///
    /// # Panics
    /// As [`try_run`](crate::try_run).
    #[track_caller]
    pub fn try_run<R>(mut self, main: impl FnOnce() -> R) -> Result<R, RunError> {
        if context::with(|context| context.is_some()) {
            return Err(RunError::Misplaced(
                "`run` inside `run`: one scheduler runs on this thread already; use `go`, or another thread",
            ));
        }
        if std::thread::panicking() {
            return Err(RunError::Misplaced("`run` while the thread is panicking: no process could wait"));
        }
        let kind = match self.time {
            Reacting::Real => Kind::Real,
            Reacting::Virtual => Kind::Virtual,
            Reacting::Other(_) => Kind::Other,
        };
        let mut reactor: Box<dyn Reactor> = match std::mem::replace(&mut self.time, Reacting::Real) {
            Reacting::Real => Box::new(RealTime::new()),
            Reacting::Virtual => Box::new(VirtualTime::new()),
            Reacting::Other(reactor) => reactor,
        };
        let result = Outcome::default();
        let slot = Rc::clone(&result);
        let body: Box<dyn FnOnce() + '_> = Box::new(move || slot.set(Some(main())));
        // SAFETY: only the lifetime is forgotten. The body is called in, or dropped by, a process that ends before this
        // function does: `finish` unwinds it, and aborts if it does not let itself be unwound.
        let body = unsafe { std::mem::transmute::<Box<dyn FnOnce() + '_>, Box<dyn FnOnce() + 'static>>(body) };
        let ground =
            Ground { clock: reactor.clock(), ring: reactor.waker(), network: reactor.network(), hosted: false };
        let scheduler = self.scheduler(ground, Place::caller(), body);
        let _alternate = overflow::install(describe_overflow);
        let error = drive(scheduler, &mut *reactor, kind, self.at_end)?;
        match result.take() {
            Some(value) => Ok(value),
            None => Err(error),
        }
    }

    /// The scheduler, with `main` as its first process; what is said at the end is left.
    fn scheduler(&mut self, ground: Ground, main_at: Place, main: Box<dyn FnOnce()>) -> Scheduler {
        let spec = Spec {
            name: Some("main".into()),
            stack_size: self.main_stack_size,
            spawned_at: main_at,
            result: None,
            sequel: None,
        };
        let config = Config {
            seed: self.seed.unwrap_or_else(choice::fresh_seed),
            stack_size: self.stack_size,
            kept_stacks: self.kept_stacks,
            budget: self.budget,
            policy: std::mem::take(&mut self.policy),
            watch: self.watchdog.take().map(|(limit, tell)| Watch::start(limit, tell)),
            clock: ground.clock,
            letter_box: LetterBox::new(ground.ring),
            hosted: ground.hosted,
            network: ground.network,
        };
        Scheduler::new(config, spec, main)
    }
}

/// Turns the scheduler until main has ended, then ends everything. What would be said if main left no value.
///
/// # Errors
/// A deadlock.
fn drive(mut scheduler: Scheduler, reactor: &mut dyn Reactor, kind: Kind, at_end: AtEnd) -> Result<RunError, RunError> {
    let (mut deadlock, mut busy) = (None, 0u32);
    // A reactor of the user's may panic: what main has borrowed must not outlive this call even so.
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        loop {
            match scheduler.turn() {
                Turn::Busy => {
                    busy = busy.wrapping_add(1);
                    if busy.is_multiple_of(TURNS_PER_LOOK) && scheduler.has_sockets() {
                        reactor.look();
                    }
                }
                // For whatever takes time elsewhere a clock that jumps stands still.
                Turn::Idle { hints, .. } if kind == Kind::Virtual && hints.away => reactor.wait(None),
                Turn::Idle { until, hints } if kind != Kind::Real && hints.networking => reactor.wait_really(until),
                // Hints could be seen in it: the clock would stop where they say.
                Turn::Idle { until, .. } if kind != Kind::Real => reactor.wait(until),
                Turn::Idle { hints, .. } if hints.abroad && !hints.networking && scheduler.listen() => {}
                Turn::Idle { until, hints }
                    if hints.abroad && hints.networking && linger(&scheduler, reactor, hints.wake_at(until)) => {}
                Turn::Idle { until, hints } => reactor.wait(hints.wake_at(until)),
                Turn::Deadlock(report) => break deadlock = Some(report),
                Turn::Done => break,
            }
        }
    }));
    wind_up(scheduler, at_end, deadlock, panicked.err())
}

/// Lets other threads run for a moment, where some share the work: what is waited for may have come meanwhile, and then
/// nobody has to be put to sleep and woken. True if the scheduler is to be turned: somebody can run, or it is `until`.
fn linger(scheduler: &Scheduler, reactor: &mut dyn Reactor, until: Option<Time>) -> bool {
    for _ in 0..LINGERS {
        let began = scheduler.now();
        if until.is_some_and(|until| until <= began) {
            return true;
        }
        threads::yield_now();
        reactor.look();
        if scheduler.can_run() {
            return true;
        }
        if scheduler.now() - began > LONG {
            break;
        }
    }
    false
}

/// Ends everything, after main has ended, nothing could ever run again, or the reactor has panicked.
///
/// # Errors
/// The deadlock.
fn wind_up(
    mut scheduler: Scheduler,
    at_end: AtEnd,
    deadlock: Option<Deadlock>,
    panicked: Option<Box<dyn Any + Send>>,
) -> Result<RunError, RunError> {
    let told = catch_unwind(AssertUnwindSafe(|| {
        if let Some(on_leak) = at_end.on_leak.filter(|_| deadlock.is_none()) {
            let parked = scheduler.leaks();
            if !parked.is_empty() {
                on_leak(&parked);
            }
        }
        if let Some(on_end) = at_end.on_end {
            on_end(&scheduler.census());
        }
    }));
    scheduler.finish();
    let fatal: Option<Box<dyn Any + Send>> = panicked.or(scheduler.fatal()).or(told.err());
    if let Some(payload) = fatal {
        resume_unwind(payload);
    }
    match deadlock {
        Some(report) => Err(RunError::Deadlock(report)),
        None => Ok(scheduler.failure()),
    }
}

fn switch(name: &str) -> bool {
    match env::var_os(name) {
        None => false,
        Some(value) => match value.to_str() {
            Some("1") => true,
            Some("0" | "") => false,
            _ => panic!("{name} must be 1 or 0, and is {value:?}"),
        },
    }
}

/// What `CSP_LEAKS=1` prints.
fn leak_report(parked: &[Parked]) -> String {
    let (s, was) = if parked.len() == 1 { ("", "was") } else { ("es", "were") };
    format!("leak: {} process{s} {was} left waiting when main ended:{}", parked.len(), report::list(parked))
}

/// Called by the fault handler: whether `fault` is in the guard of the running process's stack, and what to say then.
/// It allocates nothing, takes no lock, and reads no thread-local that has a destructor.
fn describe_overflow(fault: usize, out: &mut dyn fmt::Write) -> bool {
    context::with(|context| {
        let Some(record) = context.and_then(|context| context.process()) else { return false };
        if !record.stack_guard().contains(&fault) {
            return false;
        }
        let name = record.name().unwrap_or("(no name)");
        let size = record.stack_size.div_ceil(1024);
        let remedy = if record.result.is_none() {
            "Builder::main_stack_size(bytes)"
        } else {
            "Process::builder().stack_size(bytes)` or `Builder::stack_size(bytes)"
        };
        _ = write!(
            out,
            "csp: stack overflow: process {} `{name}`, started at {}, has used up its stack of {size} KiB.\n\
             Raise it with `{remedy}`, or look for a recursion without end.\n",
            record.id, record.spawned_at
        );
        true
    })
}

/// What `#[csp::main]` calls: runs, and turns what went wrong into an exit status. 2 after a deadlock, whose report goes
/// to standard error; 101 after a panic; 130 after an interrupt.
#[track_caller]
pub fn main<R>(main: impl FnOnce() -> R) -> R {
    main_with(Builder::from_env(), main)
}

/// As [`main`], for a builder with options.
#[track_caller]
pub fn main_with<R>(mut builder: Builder, main: impl FnOnce() -> R) -> R {
    let fresh = builder.seed.is_none();
    let seed = *builder.seed.get_or_insert_with(choice::fresh_seed);
    match builder.try_run(main) {
        Ok(value) => value,
        Err(error) => {
            say(format_args!("{error}"));
            if fresh && matches!(error, RunError::Deadlock(_)) {
                say(format_args!("CSP_SEED={seed} repeats the random choices of this run"));
            }
            std::process::exit(match error {
                RunError::Deadlock(_) => 2,
                RunError::Interrupted => 130,
                _ => 101,
            })
        }
    }
}

/// What `#[csp::test]` starts from: virtual time, a fixed seed, every panic fails the test.
pub fn test_builder() -> Builder {
    Builder::new().seed(1).virtual_time().panic_policy(PanicPolicy::Propagate)
}

/// What `#[csp::test]` calls.
#[track_caller]
pub fn test<R>(main: impl FnOnce() -> R) -> R {
    test_with(test_builder(), main)
}

/// As [`test`], for a builder with options.
#[track_caller]
pub fn test_with<R>(builder: Builder, main: impl FnOnce() -> R) -> R {
    match builder.try_run(main) {
        Ok(value) => value,
        Err(error) => panic_any(error.to_string()),
    }
}

/// Calls `body` with the arguments of a `#[process]` function, moved as one.
#[inline(always)]
pub fn call<A, R>(arguments: A, body: impl FnOnce(A) -> R) -> R {
    body(arguments)
}

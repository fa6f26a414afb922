//! What a scheduler has to say when things go wrong: who waits for what, and where.

use std::any::Any;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::rc::Rc;
use std::time::Duration;

use crate::error::panic_message;
use crate::id::ProcessId;
use crate::place::Place;

/// One thing a parked process waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Want {
    /// What it would do: `take`, `put`, `closed`, `sleep`, `wait` or `op`.
    pub verb: &'static str,
    /// With what: the channel's name or number and where it was made, the time to wake at, the type of the future, or what
    /// an [`Op`](crate::Op) says of itself.
    pub object: String,
}

/// A process that waits, as a report shows it; from [`parked`](crate::parked), a [`Deadlock`], or
/// [`Builder::on_leak`](crate::Builder::on_leak).
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     Process::builder().name("reader").go_now(|| take(&Channel::<u32>::builder().name("news").build()));
///     let reader = &csp::parked()[0];
///     assert_eq!((reader.name.as_deref(), reader.instruction), (Some("reader"), "take"));
///     assert!(reader.to_string().contains("to take from channel `news`"));
/// });
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Parked {
    /// Its number.
    pub id: ProcessId,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it was started.
    pub spawned_at: Place,
    /// The instruction it has yielded: `take`, `put`, `alts`, `closed`, `sleep`, `wait`. Or `start`, for one that `on_leak` lists since it
    /// has not had its first turn.
    pub instruction: &'static str,
    /// The line that waits.
    pub waits_at: Place,
    /// For how long it has waited, by the scheduler's clock.
    pub since: Duration,
    /// What it waits for: one thing, or for an `alts` one for each branch.
    pub wants: Vec<Want>,
}

impl Parked {
    /// The instruction of a process that has not yielded any.
    pub(crate) const START: &str = "start";
}

impl fmt::Display for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "process {} `{name}`", self.id)?,
            None => write!(f, "process {}", self.id)?,
        }
        writeln!(f, ", started at {}", self.spawned_at)?;
        if self.instruction == Parked::START {
            return f.write_str("    still waits for its first turn");
        }
        write!(f, "    has waited {:?} at {}", rounded(self.since), self.waits_at)?;
        match &self.wants[..] {
            [] => write!(f, " in {}", self.instruction),
            [want] if want.verb == self.instruction => write!(f, " to {want}"),
            wants => {
                write!(f, " in {} over {}:", self.instruction, wants.len())?;
                wants.iter().try_for_each(|want| write!(f, "\n        {want}"))
            }
        }
    }
}

/// How many processes of a kind a report shows: those that have the same name, were started at the same line, and wait
/// at the same line.
const SHOWN_OF_A_KIND: usize = 3;

/// The processes, each on lines of its own; of many that are alike, the first few.
pub(crate) fn list(parked: &[Parked]) -> String {
    let kind = |parked: &Parked| (parked.name.clone(), parked.spawned_at, parked.instruction, parked.waits_at);
    let mut counts = BTreeMap::new();
    for parked in parked {
        counts.entry(kind(parked)).or_insert((0, 0)).0 += 1;
    }
    let mut list = String::new();
    for parked in parked {
        let (all, shown) = counts.get_mut(&kind(parked)).expect("counted above");
        if *shown < SHOWN_OF_A_KIND {
            *shown += 1;
            _ = write!(list, "\n  {parked}");
            if *shown == SHOWN_OF_A_KIND && all > shown {
                _ = write!(list, "\n    and {} more like this one", *all - *shown);
            }
        }
    }
    list
}

/// To milliseconds, or below one to microseconds: what a reader can use.
fn rounded(duration: Duration) -> Duration {
    match u64::try_from(duration.as_millis()) {
        Ok(0) => Duration::from_micros(u64::from(duration.subsec_micros())),
        Ok(millis) => Duration::from_millis(millis),
        Err(_) => duration,
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verb {
            "take" => write!(f, "take from {}", self.object),
            "put" => write!(f, "put to {}", self.object),
            "wait" => write!(f, "wait for {}", self.object),
            verb => write!(f, "{verb} {}", self.object),
        }
    }
}

/// Nothing can ever run again, and main has not returned.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Deadlock {
    /// Every process that waits, in order of making; the first is main.
    pub parked: Vec<Parked>,
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.parked.len();
        let (all, wait) = if count == 1 { ("the only process", "waits") } else { ("all processes", "wait") };
        write!(f, "deadlock: {all} {wait}, and nothing can wake {}:", if count == 1 { "it" } else { "them" })?;
        f.write_str(&list(&self.parked))
    }
}

/// Why [`try_run`](crate::try_run) has no value of main to give.
///
/// ```
/// use csp::{RunError, prelude::*};
///
/// assert_eq!(csp::try_run(|| -> u32 { stop() }), Err(RunError::Stopped));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RunError {
    /// Nothing could ever run again. The report names every parked process.
    Deadlock(Deadlock),
    /// Main called [`stop`](crate::stop).
    Stopped,
    /// Main was killed.
    Killed,
    /// [`interrupt`](crate::interrupt) was called, as by a Ctrl-C handler.
    Interrupted,
    /// Called where it cannot be: inside another `run`, or while the thread is panicking.
    Misplaced(&'static str),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Deadlock(report) => report.fmt(f),
            RunError::Stopped => f.write_str(
                "main stopped (`stop`, or an `or_stop` with nothing to take or put to), so there is no value to return",
            ),
            RunError::Killed => f.write_str("main was killed, so there is no value to return"),
            RunError::Interrupted => f.write_str("interrupted"),
            RunError::Misplaced(why) => f.write_str(why),
        }
    }
}

impl Error for RunError {}

/// A panic that ended a process, or a callback.
#[non_exhaustive]
pub struct ProcessPanic {
    /// Who: ``process #3 `joe` ``, `a callback`, or, of a deferred that nobody has looked at, `a process`.
    pub who: String,
    /// Where it was started.
    pub spawned_at: Place,
    /// What it panicked with, as `std::panic::catch_unwind` gives it.
    pub payload: Box<dyn Any + Send>,
}

impl ProcessPanic {
    /// What `panic!` was called with, where that is text.
    #[must_use]
    pub fn message(&self) -> &str {
        panic_message(&*self.payload)
    }
}

impl fmt::Display for ProcessPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, started at {}, panicked: {}", self.who, self.spawned_at, self.message())
    }
}

impl fmt::Debug for ProcessPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a scheduler does when a process panics. (A panic of main always leaves `run`, and the holder of
/// a [`Deferred`](crate::Deferred) is told of the panic of its process instead.)
///
/// ```
/// use csp::{PanicPolicy, prelude::*};
/// use std::{cell::RefCell, rc::Rc};
///
/// let seen = Rc::new(RefCell::new(Vec::new()));
/// let log = seen.clone();
/// csp::Builder::new()
///     .panic_policy(PanicPolicy::handler(move |panic| log.borrow_mut().push(panic.message().to_owned())))
///     .run(|| {
///         go(|| panic!("out of cheese"));
///         yield_now();
///     });
/// assert_eq!(*seen.borrow(), ["out of cheese"]);
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum PanicPolicy {
    /// Print a line to standard error: who, where it was started, the message. The others go on.
    #[default]
    Report,
    /// Print that line too, then end the run: unwind all processes, and let the panic leave `run`. Of several that is
    /// the first, but main's goes before any other.
    Propagate,
    /// Call this, on the scheduler's thread and outside any process: it must not wait. If it panics, that
    /// panic propagates.
    Handler(Rc<dyn Fn(ProcessPanic)>),
}

impl PanicPolicy {
    /// A policy of the program's own.
    #[must_use]
    pub fn handler(f: impl Fn(ProcessPanic) + 'static) -> PanicPolicy {
        PanicPolicy::Handler(Rc::new(f))
    }
}

impl fmt::Debug for PanicPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PanicPolicy::Report => "Report",
            PanicPolicy::Propagate => "Propagate",
            PanicPolicy::Handler(_) => "Handler(..)",
        })
    }
}

/// Prints a line to standard error. That nobody may be there to read it is no reason to panic.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    use std::io::Write as _;
    _ = writeln!(std::io::stderr(), "csp: {line}");
}

//! Waiting for one direction of a descriptor: alone, or as a branch of a choice.

use std::cell::Cell;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::context::{self, Context};
use crate::operation::{Arm, Instruction, Operation};
use crate::place::Place;
use crate::poller::{self, Direction, Party, Source, is_worth};
use crate::report::Want;
use crate::time::Time;
use crate::timers::Key;
use crate::wait::Claim;

/// A descriptor, and what is known about it.
#[derive(Clone, Copy)]
pub struct Watched<'a> {
    pub(super) fd: BorrowedFd<'a>,
    pub(super) source: &'a Arc<Source>,
    /// The path of its type: a report calls it by the last word.
    pub(super) path: &'static str,
}

/// What a wait came to.
enum Outcome {
    Pending,
    Ready,
    TimedOut,
    /// The caller must not wait.
    Refused,
    Failed(io::Error),
}

/// A wait until a direction of a descriptor is worth a try.
///
/// Dropping withdraws.
pub struct Ready<'a> {
    watched: Watched<'a>,
    direction: Direction,
    /// Ask the system before an answer is given: a try may have made nothing of what was told.
    exact: bool,
    due: Option<Time>,
    timer: Cell<Option<Key>>,
    /// As whom it waits at the source.
    party: Cell<Option<Party>>,
    outcome: Cell<Outcome>,
}

impl<'a> Ready<'a> {
    pub(super) fn new(watched: Watched<'a>, direction: Direction, exact: bool, due: Option<Time>) -> Ready<'a> {
        Ready {
            watched,
            direction,
            exact,
            due,
            timer: Cell::new(None),
            party: Cell::new(None),
            outcome: Cell::new(Outcome::Pending),
        }
    }

    /// Registers the source with the poller that tells where this waits; true if that failed.
    #[cold]
    #[inline(never)]
    fn register(&self) -> bool {
        let Watched { fd, source, .. } = self.watched;
        let registered = context::with(|context| {
            let network = context.and_then(|context| context.network.as_ref());
            poller::with_poller(network, |poller| source.register(fd, poller))
        });
        registered.map_err(|error| self.outcome.set(Outcome::Failed(error))).is_err()
    }

    fn is_due(&self) -> bool {
        self.due.is_some_and(|due| context::with(|context| context.is_some_and(|context| context.seen.get() >= due)))
    }
}

impl Operation for Ready<'_> {
    fn attempt(&self) -> bool {
        if let failed @ Outcome::Failed(_) = self.outcome.replace(Outcome::Pending) {
            self.outcome.set(failed);
            return true;
        }
        let (source, seen) = (self.watched.source, self.watched.source.seen(self.direction));
        if !is_worth(seen) {
            return false;
        }
        if self.exact && !is_ready(self.watched.fd, self.direction) {
            source.clear(self.direction, seen, true);
            return false;
        }
        self.outcome.set(Outcome::Ready);
        true
    }

    /// Has the scheduler's poller tell: if that cannot be done, the attempt after this says so.
    #[inline]
    fn prepare(&self) -> bool {
        let source = self.watched.source;
        let at_home = |context: &Context| context.network.as_ref().is_some_and(|network| network.has(source));
        !context::with(|context| context.is_some_and(at_home)) && self.register()
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: the caller vouches for the claim until this is withdrawn or dropped, when the party leaves.
        let Some(party) = (unsafe { self.watched.source.join(self.direction, claim, branch) }) else { return false };
        self.party.set(Some(party));
        context::wait_for_network(true);
        if let Some(due) = self.due {
            context::with(|context| {
                // SAFETY: as above: to withdraw cancels the timer.
                self.timer.set(context.map(|context| unsafe { context.timers.wake(due, claim, branch) }));
            });
        }
        true
    }

    fn withdraw(&self) {
        if let Some(party) = self.party.take() {
            self.watched.source.leave(party);
            context::wait_for_network(false);
        }
        if let Some(timer) = self.timer.take() {
            context::with(|context| context.map(|context| context.timers.cancel(timer)));
        }
    }

    fn settle(&self) -> bool {
        self.withdraw();
        if self.attempt() {
            return true;
        }
        let due = self.is_due();
        if due {
            self.outcome.set(Outcome::TimedOut);
        }
        due
    }

    fn refuse(&self) {
        self.outcome.set(Outcome::Refused);
    }

    fn changes(&self) -> u64 {
        self.watched.source.seen(self.direction)
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        let verb = match self.direction {
            Direction::Read => "read",
            Direction::Write => "write",
        };
        let Watched { fd, path, .. } = self.watched;
        let what = path.rsplit("::").next().unwrap_or(path);
        tell(Want { verb, object: format!("{what}, descriptor {}", fd.as_raw_fd()) });
    }
}

impl Arm for Ready<'_> {
    type Answer = ();

    fn answer(&self) {}
}

impl Drop for Ready<'_> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// Until when somebody waits, who began to with a limit.
#[derive(Clone, Copy)]
pub(super) enum Due {
    Never,
    /// Not asked for yet: so much from the first wait.
    In(Duration),
    /// By the scheduler's clock.
    At(Time),
    /// By the machine's, where no scheduler runs.
    AtInstant(Instant),
}

impl Due {
    pub(super) fn within(limit: Option<Duration>) -> Due {
        limit.map_or(Due::Never, Due::In)
    }

    /// The clock begins to run.
    pub(super) fn begin(&mut self) {
        let Due::In(limit) = *self else { return };
        *self = match context::with(|context| context.map(|context| context.clock.now())) {
            Some(now) => Due::At(now + limit),
            None => Instant::now().checked_add(limit).map_or(Due::Never, Due::AtInstant),
        };
    }
}

/// Waits until the direction is worth a try: parks the process, or, where no scheduler runs, the thread.
///
/// # Errors
/// [`TimedOut`](io::ErrorKind::TimedOut); the caller must not wait; the system cannot tell.
pub(super) fn wait(watched: Watched<'_>, direction: Direction, due: &mut Due, place: Place) -> io::Result<()> {
    due.begin();
    wait_for(watched, direction, false, *due, place)
}

/// As [`wait`], until the system says that the direction is ready.
#[track_caller]
pub(super) fn wait_exactly(watched: Watched<'_>, direction: Direction) -> io::Result<()> {
    wait_for(watched, direction, true, Due::Never, Place::caller())
}

fn wait_for(watched: Watched<'_>, direction: Direction, exact: bool, due: Due, place: Place) -> io::Result<()> {
    if context::with(|context| context.is_none()) {
        return block(watched, direction, due);
    }
    let due = if let Due::At(due) = due { Some(due) } else { None };
    let ready = std::pin::pin!(Ready::new(watched, direction, exact, due));
    // It may have been told since the try, and a wait begins with none.
    if ready.attempt() {
        return Ok(());
    }
    context::wait(ready.as_ref(), Instruction::Ready, place);
    match ready.outcome.replace(Outcome::Pending) {
        Outcome::Pending | Outcome::Ready => Ok(()),
        Outcome::TimedOut => Err(io::ErrorKind::TimedOut.into()),
        Outcome::Refused => Err(refused()),
        Outcome::Failed(error) => Err(error),
    }
}

/// What a process that must not wait is told.
pub(super) fn refused() -> io::Error {
    io::Error::other("the process is being unwound, and must not wait")
}

/// Waits where no scheduler runs.
fn block(watched: Watched<'_>, direction: Direction, due: Due) -> io::Result<()> {
    loop {
        let rest = match due {
            Due::AtInstant(due) => Some(due.saturating_duration_since(Instant::now())),
            _ => None,
        };
        match poll(watched.fd, direction, rest) {
            Ok(true) => break watched.source.retry(direction),
            Ok(false) if rest.is_some_and(|rest| rest.is_zero()) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(false) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether a try would not have to wait now. A system that cannot say lets it be tried.
fn is_ready(fd: BorrowedFd<'_>, direction: Direction) -> bool {
    poll(fd, direction, Some(Duration::ZERO)).unwrap_or(true)
}

/// Asks the system, for so long: false if it was not ready, or the question was interrupted.
fn poll(fd: BorrowedFd<'_>, direction: Direction, limit: Option<Duration>) -> io::Result<bool> {
    let flags = match direction {
        Direction::Read => PollFlags::IN,
        Direction::Write => PollFlags::OUT,
    };
    // What the system cannot count is for ever.
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    match rustix::event::poll(&mut [PollFd::from_borrowed_fd(fd, flags)], limit.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

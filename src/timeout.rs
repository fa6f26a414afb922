//! Waiting for time: `sleep`, `timeout`, `ticker`.

use std::cell::{Cell, OnceCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::buffer::Buffer;
use crate::channel::{Channel, WeakChannel};
use crate::context::{self, Context};
use crate::operation::{Abroad, Arm, Instruction, Operation, Readiness};
use crate::place::Place;
use crate::report::Want;
use crate::time::Time;
use crate::timers::{Fire, Key, Timers};
use crate::wait::Claim;

/// The time of the scheduler that runs on this thread.
///
/// # Panics
/// If none does.
///
/// ```
/// use csp::prelude::*;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let start = now();
///     sleep(Duration::from_secs(5));
///     assert_eq!(now() - start, Duration::from_secs(5));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn now() -> Time {
    context::expect("now", read_clock)
}

fn read_clock(context: &Context) -> Time {
    let now = context.clock.now();
    context.seen.set(now);
    now
}

/// Waits for `duration`, counted from the call; the others run meanwhile. `Duration::ZERO` lets them run first, as
/// [`yield_now`] does. While the process is being unwound it returns at once. On a thread where no scheduler runs, the thread
/// sleeps.
///
/// # Panics
/// In a callback, and wherever else a scheduler runs and no process does.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| sleep(Duration::from_millis(1)));
/// ```
#[track_caller]
pub fn sleep(duration: Duration) {
    if duration.is_zero() {
        return yield_now();
    }
    if context::with(|context| context.is_none()) {
        return std::thread::sleep(duration);
    }
    let place = Place::caller();
    let sleeping = std::pin::pin!(sleeping(duration));
    context::wait(sleeping.as_ref(), Instruction::Sleep, place);
}

/// Lets every other process that can run have its turn first. While the process is being unwound it returns at once.
///
/// # Panics
/// Outside a process.
///
/// ```
/// use csp::prelude::*;
/// use std::{cell::Cell, rc::Rc};
///
/// csp::run(|| {
///     let seen = Rc::new(Cell::new(false));
///     let set = seen.clone();
///     go(move || set.set(true));
///     yield_now();
///     assert!(seen.get());
/// });
/// ```
#[inline(always)]
#[track_caller]
pub fn yield_now() {
    context::instruct(Instruction::Yield);
}

/// A sleep that waits, alone or as a branch.
pub struct Sleeping {
    due: Time,
    timers: Option<Rc<Timers>>,
    key: Cell<Option<Key>>,
    waited: Cell<bool>,
}

/// The branch of a sleep: its time counts from here.
pub fn sleeping(duration: Duration) -> Sleeping {
    context::with(|context| Sleeping {
        due: context.map_or(Time::ZERO, read_clock) + duration,
        timers: context.map(|context| context.timers.clone()),
        key: Cell::new(None),
        waited: Cell::new(false),
    })
}

impl Operation for Sleeping {
    /// Only one that has waited is over: a sleep of no time lets others run first, and a default goes before it.
    fn attempt(&self) -> bool {
        self.waited.get() && context::with(|context| context.is_some_and(|context| context.seen.get() >= self.due))
    }

    fn readiness(&self, _: *const Claim) -> Readiness {
        if self.waited.get() { Readiness::Unknown } else { Readiness::NotReady }
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        self.withdraw();
        self.waited.set(true);
        if let Some(timers) = &self.timers {
            // SAFETY: the caller vouches for the claim until this is withdrawn or dropped, which cancels the timer.
            self.key.set(Some(unsafe { timers.wake(self.due, claim, branch) }));
        }
        true
    }

    fn withdraw(&self) {
        if let (Some(timers), Some(key)) = (&self.timers, self.key.take()) {
            timers.cancel(key);
        }
    }

    fn settle(&self) -> bool {
        self.withdraw();
        true
    }

    fn refuse(&self) {}

    fn abroad(&self) -> Abroad {
        match self.timers {
            None => Abroad::Limits(self.due - Time::ZERO),
            Some(_) => Abroad::Never,
        }
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "sleep", object: format!("until {:?}", self.due) });
    }
}

impl Arm for Sleeping {
    type Answer = ();

    fn answer(&self) {}
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// A channel that delivers nothing and closes after `duration`, counted from the call.
///
/// Each call makes a channel of its own. A put to it fails at once, with its value; closing it does nothing. When the
/// last handle has gone, its timer has too: a loop may make as many as it likes. `Duration::ZERO` lets others run first.
/// When its scheduler ends, it closes early: its time cannot come any more.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let start = now();
///     assert_eq!(take(&timeout::<()>(Duration::from_secs(60))), None);
///     assert_eq!(now() - start, Duration::from_secs(60));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn timeout<T: 'static>(duration: Duration) -> Channel<T> {
    let made_at = Place::caller();
    context::expect("timeout", |context| {
        let channel = Channel::timed(duration, made_at);
        channel.alarm(&context.timers).set(read_clock(context) + duration, channel.expiry());
        channel
    })
}

/// What a ticker does about ticks that nobody was there to take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Missed {
    /// One waits; the others are skipped, and the rhythm is kept.
    #[default]
    Skip,
    /// One waits; the next comes a whole period after that was taken.
    Delay,
    /// All wait, and come in a burst.
    Burst,
}

/// A channel that delivers the time every `period`, the first time after one period. It ticks until its last handle has
/// gone, or it is closed, or its scheduler ends. A tick that was missed is skipped; see [`ticker_with`] for others.
///
/// # Panics
/// If `period` is zero, or no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let start = now();
///     let ticks = ticker(Duration::from_secs(1));
///     let times: Vec<_> = ticks.iter().take(3).map(|at| (at - start).as_secs()).collect();
///     assert_eq!(times, [1, 2, 3]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn ticker(period: Duration) -> Channel<Time> {
    ticker_with(period, Missed::Skip)
}

/// A [`ticker`] that does about missed ticks what the caller says. The time delivered is when the tick was due.
///
/// # Panics
/// As [`ticker`].
///
/// ```
/// use csp::{Missed, prelude::*, ticker_with};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let ticks = ticker_with(Duration::from_secs(1), Missed::Burst);
///     sleep(Duration::from_secs(3));
///     assert!(poll(&ticks).is_ok() && poll(&ticks).is_ok() && poll(&ticks).is_ok() && poll(&ticks).is_err());
/// });
/// ```
#[must_use]
#[track_caller]
pub fn ticker_with(period: Duration, missed: Missed) -> Channel<Time> {
    assert!(!period.is_zero(), "a ticker needs a period longer than zero");
    let builder = Channel::builder().ticking(period);
    context::expect("ticker", |context| {
        let due = read_clock(context) + period;
        let shared = Rc::new(Ticks {
            due: Cell::new(due),
            period,
            missed,
            channel: OnceCell::new(),
            timers: context.timers.clone(),
        });
        let channel = builder.buffer(Pending { ticks: shared.clone(), first: None, count: 0 }).build();
        // The channel owns the ticks, in its buffer; they know it only weakly.
        _ = shared.channel.set(channel.downgrade());
        shared.arm();
        channel
    })
}

/// A ticker. It has a timer only while no tick waits to be taken: one that nobody listens to costs nothing.
struct Ticks {
    /// When the next tick is due.
    due: Cell<Time>,
    period: Duration,
    missed: Missed,
    channel: OnceCell<WeakChannel<Time>>,
    timers: Rc<Timers>,
}

impl Ticks {
    fn arm(self: &Rc<Self>) {
        let channel = self.channel.get().and_then(WeakChannel::upgrade);
        if let Some(channel) = channel.filter(|channel| !channel.is_closed()) {
            let me: Weak<Ticks> = Rc::downgrade(self);
            channel.alarm(&self.timers).set(self.due.get(), me);
        }
    }

    /// How many ticks have come due up to `now`. The next one is due after that.
    fn advance(&self, now: Time) -> u64 {
        if now < self.due.get() {
            return 0;
        }
        let behind = now - self.due.get();
        let whole = u64::try_from(behind.as_nanos() / self.period.as_nanos()).unwrap_or(u64::MAX - 1) + 1;
        let step = u32::try_from(whole).map_or(Duration::MAX, |whole| self.period.saturating_mul(whole));
        self.due.set(self.due.get() + step);
        whole
    }
}

impl Fire for Ticks {
    fn fire(self: Rc<Self>) {
        if let Some(channel) = self.channel.get().and_then(WeakChannel::upgrade) {
            // Refused only if it was closed: then there is no next tick.
            _ = channel.offer_uncounted(self.due.get());
        }
    }

    fn end(self: Rc<Self>) {
        if let Some(channel) = self.channel.get().and_then(WeakChannel::upgrade) {
            channel.close();
        }
    }
}

/// The ticks that wait to be taken.
struct Pending {
    ticks: Rc<Ticks>,
    first: Option<Time>,
    count: u64,
}

impl Pending {
    /// A tick was taken: whether others are due already, and when the next is.
    fn catch_up(&mut self) {
        let now = context::with(|context| context.map_or(Time::ZERO, read_clock));
        let ticks = &self.ticks;
        match ticks.missed {
            Missed::Delay => ticks.due.set(now + ticks.period),
            Missed::Skip => _ = ticks.advance(now),
            Missed::Burst => {
                let due = ticks.due.get();
                let missed = ticks.advance(now);
                if missed > 0 {
                    self.first = Some(due);
                    self.count = missed;
                }
            }
        }
        if self.count == 0 {
            ticks.arm();
        }
    }
}

impl Buffer<Time> for Pending {
    fn add(&mut self, tick: Time) -> Option<Time> {
        self.first = Some(tick);
        self.count = 1;
        self.ticks.due.set(tick + self.ticks.period);
        None
    }

    fn remove(&mut self) -> Option<Time> {
        let tick = self.first.filter(|_| self.count > 0)?;
        self.count -= 1;
        self.first = Some(tick + self.ticks.period);
        if self.count == 0 {
            self.catch_up();
        }
        Some(tick)
    }

    fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    fn is_full(&self) -> bool {
        self.count > 0
    }
}

//! A watchdog: tells of a process that holds its scheduler for longer than it may.
//!
//! The scheduler notes who has its turn; a thread looks from time to time whether that is still the same turn. Nobody reads a
//! clock for it but that thread.

use std::backtrace::Backtrace;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::place::Place;

/// What a process that has its turn is called, and since when.
#[derive(Default)]
struct Turn {
    /// How many turns have begun: 0 before the first.
    number: u64,
    /// Whether this one is still on.
    on: bool,
    title: String,
    spawned_at: Option<Place>,
    /// Whether the watchdog has told of it.
    told: bool,
}

/// What a scheduler and its watchdog share.
pub(crate) struct Watch {
    turn: Mutex<Turn>,
    limit: Duration,
    tell: Tell,
}

/// Who is told.
pub(crate) type Tell = Arc<dyn Fn(&Hog) + Send + Sync>;

/// A process that holds its scheduler for longer than it may: what the [watchdog](crate::Builder::watchdog) tells.
pub struct Hog {
    who: String,
    spawned_at: Place,
    held: Duration,
    gave_way_at: Option<Place>,
    backtrace: Option<Backtrace>,
}

impl Hog {
    /// What it is called in reports: its number, and its name if it has one.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Where it was made.
    #[must_use]
    pub fn spawned_at(&self) -> Place {
        self.spawned_at
    }

    /// For how long it has held the scheduler, at least.
    #[must_use]
    pub fn held(&self) -> Duration {
        self.held
    }

    /// Where it waits now, if it has given way since it was first told of.
    #[must_use]
    pub fn gave_way_at(&self) -> Option<Place> {
        self.gave_way_at
    }

    /// The calls in which it has given way: what held the scheduler stands in them, or was called by them.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.backtrace.as_ref()
    }
}

impl fmt::Display for Hog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hog { who, spawned_at, held, gave_way_at, backtrace } = self;
        match gave_way_at {
            None => write!(
                f,
                "{who}, started at {spawned_at}, has held its scheduler for {held:?}, and no other process could run: \
                 for what computes long there are `yield_now` and other threads (`sync::go`), for what blocks \
                 `sync::blocking`"
            ),
            Some(place) => {
                write!(f, "{who}, started at {spawned_at}, gave way at {place} after more than {held:?}")?;
                backtrace.iter().try_for_each(|calls| write!(f, ", in these calls:\n{calls}"))
            }
        }
    }
}

impl fmt::Debug for Hog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Watch {
    /// Starts a watchdog, which ends when the watch is dropped.
    pub(crate) fn start(limit: Duration, tell: Tell) -> Arc<Watch> {
        let watch = Arc::new(Watch { turn: Mutex::default(), limit, tell });
        let weak = Arc::downgrade(&watch);
        thread::Builder::new()
            .name("csp watchdog".into())
            .spawn(move || look(&weak, limit))
            .expect("a thread to watch");
        watch
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process has its turn.
    pub(crate) fn begin(&self, title: impl FnOnce() -> String, spawned_at: Place) {
        let mut turn = self.turn();
        turn.number += 1;
        turn.on = true;
        turn.title = title();
        turn.spawned_at = Some(spawned_at);
    }

    /// Whether it has told of the turn that is on.
    pub(crate) fn has_told(&self) -> bool {
        self.turn().told
    }

    /// It has given way, in these calls, or ended.
    pub(crate) fn end(&self, gave_way_at: Option<Place>, backtrace: Option<Backtrace>) {
        let mut turn = self.turn();
        turn.on = false;
        if std::mem::take(&mut turn.told) {
            let hog = turn.hog(self.limit, gave_way_at.or(turn.spawned_at), backtrace);
            drop(turn);
            hog.into_iter().for_each(|hog| (self.tell)(&hog));
        }
    }
}

impl Turn {
    fn hog(&self, held: Duration, gave_way_at: Option<Place>, backtrace: Option<Backtrace>) -> Option<Hog> {
        Some(Hog { who: self.title.clone(), spawned_at: self.spawned_at?, held, gave_way_at, backtrace })
    }
}

/// What the watchdog does. A turn that is on in two looks that are so far apart has been on for as long.
fn look(watch: &Weak<Watch>, limit: Duration) {
    let (mut seen, mut since) = (0, Instant::now());
    loop {
        thread::sleep(limit / 4);
        let Some(watch) = watch.upgrade() else { return };
        let mut turn = watch.turn();
        if !turn.on || turn.number != seen {
            (seen, since) = (turn.number, Instant::now());
        } else if !turn.told && since.elapsed() >= limit {
            turn.told = true;
            let hog = turn.hog(limit, None, None);
            drop(turn);
            hog.into_iter().for_each(|hog| (watch.tell)(&hog));
        }
    }
}

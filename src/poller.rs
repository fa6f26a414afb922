//! Who tells when a socket is worth another try: the system's readiness, by way of mio.
//!
//! ```text
//!   Source (of a socket) ◄──── token ──── Poller ◄──── Driver: of a scheduler, which polls when it would sleep,
//!     Party ─► Claim                         │                  or of a thread in the background
//!     Party ─► Claim                         └ epoll, kqueue
//! ```
//!
//! A socket is registered when somebody first has to wait for it, with the poller of the scheduler where that is, once for
//! both directions, edge-triggered: to wait again asks the system nothing. One that is waited for in another scheduler
//! moves there, unless somebody else waits in it; then it stays, and who is woken from another thread gets a letter.

mod source;
#[cfg(test)]
mod tests;

use std::cell::{OnceCell, RefCell};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use rustix::event::{PollFd, PollFlags, Timespec};
use slab::Slab;

pub(crate) use source::{Direction, Party, Source, is_worth};

/// How many events are fetched at a time: what the system has just read of a socket, to tell of it, should still be in the
/// processor's caches when the socket is read.
const EVENTS: usize = 64;

/// How often whoever does not want to wait fetches as many: he may have others to run, and not come back soon.
const FETCHES: usize = 16;

/// The token of a poller's own waker.
const WAKER: Token = Token(usize::MAX);

/// Where sources are registered, from any thread.
pub(crate) struct Poller {
    registry: Registry,
    /// By token. `None` when nobody polls any more.
    sources: Mutex<Option<Slab<Arc<Source>>>>,
}

impl Poller {
    /// Calls `f` with the sources, if anybody polls still. Nothing leaves them half-changed.
    fn with_sources<R>(&self, f: impl FnOnce(&mut Slab<Arc<Source>>) -> R) -> Option<R> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(f)
    }

    fn has_ended(&self) -> bool {
        self.with_sources(|_| ()).is_none()
    }

    /// Begins to tell `source` about the descriptor, beginning with what is so now.
    fn register(&self, fd: BorrowedFd<'_>, source: &Arc<Source>) -> io::Result<Token> {
        let token = self.with_sources(|sources| Token(sources.insert(source.clone())));
        let token = token.ok_or_else(|| io::Error::other("the scheduler has ended"))?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.registry.register(&mut SourceFd(&fd.as_raw_fd()), token, interest) {
            self.with_sources(|sources| drop(sources.try_remove(token.0)));
            return Err(error);
        }
        Ok(token)
    }

    fn deregister(&self, fd: BorrowedFd<'_>, token: Token) {
        // What is closed already, or was never there, need not be told.
        _ = self.registry.deregister(&mut SourceFd(&fd.as_raw_fd()));
        self.with_sources(|sources| drop(sources.try_remove(token.0)));
    }

    /// Nobody polls any more: whoever waits is to look for another poller.
    fn end(&self) {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner).take();
        for (_, source) in sources.into_iter().flatten() {
            source.lose(self);
        }
    }
}

/// What polls, on behalf of a poller.
struct Driver {
    poller: Arc<Poller>,
    looking: RefCell<Looking>,
}

struct Looking {
    poll: Poll,
    events: Events,
    /// The sources of the events just fetched: filled under the lock, told without it.
    told: Vec<(Arc<Source>, source::Event)>,
}

impl Driver {
    fn new() -> io::Result<Driver> {
        let poll = Poll::new()?;
        let poller = Poller { registry: poll.registry().try_clone()?, sources: Mutex::new(Some(Slab::new())) };
        let looking = Looking { poll, events: Events::with_capacity(EVENTS), told: Vec::new() };
        Ok(Driver { poller: Arc::new(poller), looking: RefCell::new(looking) })
    }

    /// Waits until something is ready, or the waker was called, or for so long; then tells whoever waits. May return early.
    fn poll(&self, limit: Option<Duration>) {
        let fetches = if limit.is_some_and(|limit| limit.is_zero()) { FETCHES } else { 1 };
        for _ in 0..fetches {
            if self.fetch(limit) < EVENTS {
                break;
            }
        }
    }

    /// One fetch of events, and how many there were.
    fn fetch(&self, limit: Option<Duration>) -> usize {
        let looking = &mut *self.looking.borrow_mut();
        match looking.poll.poll(&mut looking.events, limit.map(|limit| whole(limit, &looking.poll))) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return 0,
            Err(error) => panic!("the system does not tell what sockets do: {error}"),
        }
        self.poller.with_sources(|sources| {
            // To count who has one waits for its line, one after the other: they are fetched together before that.
            for source in looking.events.iter().filter_map(|event| sources.get(event.token().0)) {
                source.prefetch();
            }
            let known = looking.events.iter().filter_map(|event| {
                sources.get(event.token().0).map(|source| (source.clone(), source::Event::from(event)))
            });
            looking.told.extend(known);
        });
        let fetched = looking.events.iter().count();
        for (source, event) in looking.told.drain(..) {
            source.tell(event);
        }
        fetched
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.poller.end();
    }
}

/// The whole milliseconds of `limit`: mio rounds up. What is less than one is waited for here.
fn whole(limit: Duration, poll: &Poll) -> Duration {
    if !limit.is_zero() && limit < Duration::from_millis(1) {
        // SAFETY: the poll is borrowed for longer than this, and keeps its descriptor open.
        let fd = unsafe { BorrowedFd::borrow_raw(poll.as_raw_fd()) };
        let rest = Timespec { tv_sec: 0, tv_nsec: limit.subsec_nanos().into() };
        // To be interrupted is to return early.
        _ = rustix::event::poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], Some(&rest));
    }
    Duration::from_millis(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
}

/// The sockets of one scheduler, for its reactor: from when the first of them is waited for, whoever would sleep
/// [polls](Network::poll) instead.
///
/// A reactor that has one gives it to its scheduler ([`Reactor::network`](crate::reactor::Reactor::network)).
#[derive(Clone, Default)]
pub struct Network(Rc<Own>);

#[derive(Default)]
struct Own {
    driver: OnceCell<Driver>,
    ringer: Ringer,
}

impl Network {
    /// One without sockets.
    #[must_use]
    pub fn new() -> Network {
        Network::default()
    }

    /// Waits until a socket is ready, the [ringer](Network::ringer) was called, or `limit` has passed (`None`: for ever),
    /// and wakes the processes that wait for those sockets. It may return early. False at once if there is no socket yet.
    pub fn poll(&self, limit: Option<Duration>) -> bool {
        match self.0.driver.get() {
            Some(driver) => driver.poll(limit),
            None => return false,
        }
        true
    }

    /// What ends a [`poll`](Network::poll) from any thread.
    #[must_use]
    pub fn ringer(&self) -> Ringer {
        self.0.ringer.clone()
    }

    /// Whether sockets were registered here. Some may be waited for in other schedulers alone.
    pub(crate) fn is_used(&self) -> bool {
        self.0.driver.get().is_some()
    }

    /// Whether the source is registered here.
    #[inline]
    pub(crate) fn has(&self, source: &Source) -> bool {
        self.0.driver.get().is_some_and(|driver| source.is_at(&driver.poller))
    }

    /// The poller: the first who asks makes it.
    fn poller(&self) -> io::Result<&Arc<Poller>> {
        let own = &*self.0;
        if own.driver.get().is_none() {
            let driver = Driver::new()?;
            let waker = Waker::new(&driver.poller.registry, WAKER)?;
            _ = own.ringer.0.set(waker);
            _ = own.driver.set(driver);
        }
        Ok(&own.driver.get().expect("it was made just now").poller)
    }
}

/// What ends the wait for sockets of one scheduler; see [`Network::ringer`].
#[derive(Clone, Default)]
pub struct Ringer(Arc<OnceLock<Waker>>);

impl Ringer {
    /// Ends the [`poll`](Network::poll) in progress, or else the next. False if nobody can poll yet: a reactor that has
    /// seen it asleep before this call knows that it sleeps in its own way.
    pub fn ring(&self) -> bool {
        self.0.get().is_some_and(|waker| waker.wake().is_ok())
    }
}

/// Calls `f` with the poller for those who wait under a scheduler with this network; without one it is that of a thread in
/// the background, which is started when it is first needed.
///
/// # Errors
/// The system has no descriptor or thread left.
pub(crate) fn with_poller<R>(
    network: Option<&Network>,
    f: impl FnOnce(&Arc<Poller>) -> io::Result<R>,
) -> io::Result<R> {
    match network {
        Some(network) => f(network.poller()?),
        None => f(&background()?),
    }
}

fn background() -> io::Result<Arc<Poller>> {
    static POLLER: Mutex<Option<Arc<Poller>>> = Mutex::new(None);
    let mut poller = POLLER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(poller) = &*poller {
        return Ok(poller.clone());
    }
    let driver = Driver::new()?;
    let made = driver.poller.clone();
    let work = move || {
        loop {
            driver.poll(None);
        }
    };
    thread::Builder::new().name("csp network".to_owned()).spawn(work)?;
    Ok(poller.insert(made).clone())
}

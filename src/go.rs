//! Making processes.

use std::any::{TypeId, type_name};
use std::fmt;
use std::ptr;
use std::rc::{Rc, Weak};

use crate::channel::Channel;
use crate::context::{self, Context};
use crate::deferred::{self, Deferred};
use crate::id::ProcessId;
use crate::place::Place;
use crate::process::{Record, Sequel, Spec};
use crate::scheduler::{self, Identity, Queue};

/// A handle to a process. Dropping it changes nothing: the process goes on.
///
/// Clones are handles to the same process, `==` asks whether two are. A handle may outlive its scheduler; the
/// process has ended then.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let process: Process = go(|| sleep(Duration::from_secs(60)));
///     assert!(process.is_alive());
///     process.kill();
///     yield_now();
///     assert!(!process.is_alive());
/// });
/// ```
#[derive(Clone)]
pub struct Process {
    scheduler: Weak<Context>,
    identity: Identity,
    name: Option<Rc<str>>,
    spawned_at: Place,
}

impl Process {
    /// Everything that can be said about a process when it is made.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let p = Process::builder().name("greeter").stack_size(64 * 1024).go(|| println!("hello"));
    ///     assert_eq!(p.name(), Some("greeter"));
    /// });
    /// ```
    pub fn builder() -> ProcessBuilder {
        ProcessBuilder { name: None, stack_size: None }
    }

    /// Its number in its run.
    #[must_use]
    pub fn id(&self) -> ProcessId {
        self.identity.id
    }

    /// The name given to its builder; a `#[process]` has that of its function.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it was made.
    #[must_use]
    pub fn spawned_at(&self) -> Place {
        self.spawned_at
    }

    /// Whether it has not ended yet.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.with_record(Record::is_alive).unwrap_or(false)
    }

    /// Ends the process from outside; see [`kill`].
    pub fn kill(&self) {
        let Some(scheduler) = self.scheduler.upgrade() else { return };
        let elsewhere = context::with(|context| context.map(ptr::from_ref)) != Some(Rc::as_ptr(&scheduler));
        // What it waits in is taken back in its own scheduler: there its timers are, and is counted who waits for what. No code
        // of the user's runs meanwhile.
        let entered = context::enter(&scheduler);
        let own = self.with_record(|record| {
            let own = scheduler.process().map(ptr::from_ref) == Some(ptr::from_ref(record));
            if !own {
                record.kill();
            }
            own
        });
        drop(entered);
        if elsewhere && own.is_some() {
            scheduler.letter_box.knock();
        }
        // Not to be kept by a process that is thrown out, and may catch that.
        drop(scheduler);
        // If it panics, it is on its way out.
        if own == Some(true) && !std::thread::panicking() {
            crate::stop::stop();
        }
    }

    /// Calls `f` with the record of the process, if it has not ended.
    fn with_record<R>(&self, f: impl FnOnce(&Record) -> R) -> Option<R> {
        let scheduler = self.scheduler.upgrade()?;
        scheduler.table.get(self.identity.slot).filter(|record| record.id == self.identity.id).map(f)
    }
}

impl PartialEq for Process {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id() && self.scheduler.ptr_eq(&other.scheduler)
    }
}

impl Eq for Process {}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("spawned_at", &self.spawned_at())
            .field("alive", &self.is_alive())
            .finish()
    }
}

/// A process to be made; from [`Process::builder`].
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let deep = Process::builder().name("deep").stack_size(8 << 20).go_deferred(|| 42);
///     assert_eq!(deep.wait().unwrap(), 42);
/// });
/// ```
#[must_use = "a builder makes nothing until one of its `go` is called"]
pub struct ProcessBuilder {
    name: Option<Rc<str>>,
    stack_size: Option<usize>,
}

impl ProcessBuilder {
    /// What reports call it.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().into());
        self
    }

    /// How large its stack is, in bytes. It is rounded up to a class: 64 KiB, 256 KiB, 1 MiB, 8 MiB, or the next
    /// power of two; a page of it is the guard. Only what is used costs memory.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// As [`go`].
    #[track_caller]
    pub fn go<T: 'static>(self, f: impl FnOnce() -> T + 'static) -> Process {
        self.spawn::<T>(|| drop(f()), None, Queue::Last, Place::caller())
    }

    /// As [`go_now`].
    #[track_caller]
    pub fn go_now<T: 'static>(self, f: impl FnOnce() -> T + 'static) -> Process {
        let place = Place::caller();
        context::tick();
        let now = context::expect("go_now", |context| context.switchable().is_some() && !context.ending.get());
        let queue = if now { Queue::Next } else { Queue::Last };
        let process = self.spawn::<T>(|| drop(f()), None, queue, place);
        if now {
            context::give_way_to_child();
        }
        process
    }

    /// As [`go_channel`].
    #[track_caller]
    pub fn go_channel<T: 'static>(self, f: impl FnOnce() -> T + 'static) -> Channel<T> {
        let place = Place::caller();
        let channel = Channel::buffered(1);
        let (out, end) = (channel.clone(), channel.clone());
        let body = move || {
            let value = f();
            if !deferred::is_doomed() {
                drop(out.offer_uncounted(value));
            }
        };
        self.spawn::<T>(body, Some(deferred::close_after(end)), Queue::Last, place);
        channel
    }

    /// As [`go_deferred`].
    #[track_caller]
    pub fn go_deferred<T: 'static>(self, f: impl FnOnce() -> T + 'static) -> Deferred<T> {
        let place = Place::caller();
        let (deferred, promise) = Deferred::new(place);
        let fulfil = promise.clone();
        self.spawn::<T>(move || fulfil.fulfil(f()), Some(promise.sequel()), Queue::Last, place);
        deferred
    }

    /// Starts a process whose result is of type `T`, made in `place`; the sequel is told how it ends.
    pub(crate) fn go_at<T: 'static>(self, place: Place, sequel: Option<Sequel>, f: impl FnOnce() + 'static) {
        self.spawn::<T>(f, sequel, Queue::Last, place);
    }

    #[track_caller]
    #[inline(always)]
    fn spawn<T: 'static>(
        self,
        body: impl FnOnce() + 'static,
        sequel: Option<Sequel>,
        queue: Queue,
        spawned_at: Place,
    ) -> Process {
        if queue == Queue::Last {
            context::tick();
        }
        context::expect("go", |context| {
            let spec = Spec {
                name: self.name.clone(),
                stack_size: self.stack_size.unwrap_or(context.stack_size),
                spawned_at,
                result: Some(|| (TypeId::of::<T>(), type_name::<T>())),
                sequel,
            };
            let identity = scheduler::spawn(context, spec, body, queue);
            Process { scheduler: context.me.clone(), identity, name: self.name, spawned_at }
        })
    }
}

/// Starts a process that runs `f`, and goes on. The new process has its first turn after those that can run
/// already; what `f` returns is dropped.
///
/// # Panics
/// If no scheduler runs on this thread: call it inside [`run`](crate::run) or `#[csp::main]`.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     let out = c.clone();
///     go(move || put(&out, "from another process"));
///     println!("{}", take(&c).unwrap());
/// });
/// ```
#[track_caller]
#[inline(never)] // What is needed here would be room on the caller's stack, a line of the caches each process more.
pub fn go<T: 'static>(f: impl FnOnce() -> T + 'static) -> Process {
    Process::builder().go(f)
}

/// Starts a process and lets it run at once, up to where it first waits; then the caller goes on, then the others.
/// (The order of twisted-csp's `go`.) Called where nothing can be switched, such as a callback, it is
/// [`go`].
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::<i32>::new();
///     let inside = c.clone();
///     go_now(move || take(&inside));
///     assert!(offer(&c, 1).is_ok(), "it waits already");
/// });
/// ```
#[track_caller]
pub fn go_now<T: 'static>(f: impl FnOnce() -> T + 'static) -> Process {
    Process::builder().go_now(f)
}

/// Starts a process and gives a channel that delivers its result, then closes. If it does not come to a result
/// (a panic, which is reported; `stop`; `kill`), the channel closes empty.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let answer = go_channel(|| 6 * 7);
///     assert_eq!(take(&answer), Some(42));
///     assert_eq!(take(&answer), None);
/// });
/// ```
#[track_caller]
pub fn go_channel<T: 'static>(f: impl FnOnce() -> T + 'static) -> Channel<T> {
    Process::builder().go_channel(f)
}

/// Starts a process and gives its future result, with the reason if there is none.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     assert_eq!(go_deferred(|| 6 * 7).wait().unwrap(), 42);
///     assert!(matches!(go_deferred(|| -> i32 { stop() }).wait(), Err(csp::ProcessError::Stopped)));
/// });
/// ```
#[track_caller]
pub fn go_deferred<T: 'static>(f: impl FnOnce() -> T + 'static) -> Deferred<T> {
    Process::builder().go_deferred(f)
}

/// Ends a process from outside. It is marked at once, and takes part in nothing any more; in its next turn it is
/// unwound, which runs its destructors. One that has not started drops its closure. One that has ended stays so. A
/// process that kills itself [stops](crate::stop).
///
/// A value that was handed to it before, and that it has not seen yet, goes with it.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let p = go_now(|| take(&Channel::<()>::new()));
///     kill(&p);
///     yield_now();
///     assert!(!p.is_alive());
/// });
/// ```
pub fn kill(process: &Process) {
    process.kill();
}

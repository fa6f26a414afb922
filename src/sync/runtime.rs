//! Many schedulers, one to a thread, and closures that run on whichever has time.

use std::any::Any;
use std::cell::Cell;
use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::channel::Channel;
use super::deferred::{self, Deferred};
use super::ends::{Receiver, Sender, channel};
use crate::buffer::Buffer;
use crate::context;
use crate::deferred::is_doomed;
use crate::error::{Closed, PollError};
use crate::go::Process;
use crate::place::Place;
use crate::port::{offer, take};
use crate::process::Sequel;
use crate::report::RunError;
use crate::runtime;
use crate::threads;
use crate::timeout::yield_now;

/// Threads with a scheduler each, in the background, for processes that any thread may start.
///
/// A closure that is given to it is run as a process by a worker that has time: unstarted closures wait in one queue for all
/// workers, so that none waits for a worker whose process goes on without ever waiting, while another has time. A process that
/// has started stays on its thread. So it may use local channels, `Rc`, and start others there with
/// [`go`](crate::go()); to other threads it speaks over [`sync::Channel`](Channel)s.
///
/// Each worker has a die and a clock of its own: the seed and the virtual time of the caller's scheduler are not theirs. (See
/// [`RuntimeBuilder::each`].)
///
/// When it is dropped, its processes are unwound, each on its own thread, and what has not started is dropped; to let them
/// come to their ends there is [`join`](Runtime::join).
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let runtime = sync::Runtime::start(2);
/// let squares: Vec<_> = (1..=4).map(|n| runtime.go_channel(move || n * n)).collect();
/// assert_eq!(squares.iter().map(|square| take(square).unwrap()).sum::<i32>(), 30);
/// ```
pub struct Runtime {
    handle: Handle,
    /// Ends with the last worker.
    ended: Receiver<()>,
    threads: Vec<JoinHandle<()>>,
}

/// A handle to a [`Runtime`], for any thread; it may outlive it.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// What the threads of a runtime share.
struct Shared {
    /// The closures that nobody runs yet.
    jobs: Channel<Job>,
    /// One for each worker: that there may be jobs, and of whom.
    bells: Box<[Channel<Origin>]>,
    workers: AtomicUsize,
    /// Workers do not wait for their processes to end.
    cut_short: AtomicBool,
}

/// Where a job comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A worker, which may start it at once itself: who works together is then on one thread.
    Worker,
    Elsewhere,
}

/// Starts a process, for whose life the token is kept.
type Job = Box<dyn FnOnce(crate::channel::Sender<()>) + Send>;

/// As many jobs as come.
struct Unbounded(VecDeque<Job>);

impl Buffer<Job> for Unbounded {
    fn is_full(&self) -> bool {
        false
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, job: Job) -> Option<Job> {
        self.0.push_back(job);
        None
    }

    fn remove(&mut self) -> Option<Job> {
        self.0.pop_front()
    }
}

/// What can be chosen about a runtime; from [`Runtime::builder`].
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let runtime = sync::Runtime::builder()
///     .workers(2)
///     .each(|builder| builder.stack_size(64 * 1024).budget(64))
///     .start();
/// assert_eq!(runtime.go_deferred(|| 6 * 7).wait().unwrap(), 42);
/// ```
#[must_use = "a builder starts nothing until `start` is called"]
pub struct RuntimeBuilder {
    workers: usize,
    each: Arc<dyn Fn(runtime::Builder) -> runtime::Builder + Send + Sync>,
}

impl RuntimeBuilder {
    /// How many threads; as many as the machine runs at a time if not set.
    ///
    /// # Panics
    /// If it is 0.
    #[track_caller]
    pub fn workers(mut self, workers: usize) -> Self {
        assert!(workers > 0, "a runtime without workers would run nothing: the least is 1");
        self.workers = workers;
        self
    }

    /// What is chosen about the scheduler of each worker: `f` is called on its thread, before it begins.
    pub fn each(mut self, f: impl Fn(runtime::Builder) -> runtime::Builder + Send + Sync + 'static) -> Self {
        self.each = Arc::new(f);
        self
    }

    /// Starts the threads.
    ///
    /// # Panics
    /// If the system has no thread left.
    pub fn start(self) -> Runtime {
        let shared = Arc::new(Shared {
            jobs: Channel::with_buffer(Unbounded(VecDeque::new())),
            bells: (0..self.workers).map(|_| Channel::dropping(1)).collect(),
            workers: AtomicUsize::new(self.workers),
            cut_short: AtomicBool::new(false),
        });
        let (works, ended) = channel(0);
        let threads = (0..self.workers).map(|n| {
            let (shared, each, works) = (shared.clone(), self.each.clone(), works.clone());
            let work = move || Worker { shared, number: n, _works: works }.work(&*each);
            thread::Builder::new().name(format!("csp worker {n}")).spawn(work).expect("a thread for a worker")
        });
        let threads = threads.collect();
        Runtime { handle: Handle { shared }, ended, threads }
    }
}

thread_local! {
    /// The runtime whose worker this thread is: it keeps that for as long as it works.
    static CURRENT: Cell<*const Shared> = const { Cell::new(ptr::null()) };
}

/// A thread of a runtime, from its beginning to its end.
struct Worker {
    shared: Arc<Shared>,
    number: usize,
    _works: Sender<()>,
}

impl Worker {
    fn work(self, each: &(dyn Fn(runtime::Builder) -> runtime::Builder + Send + Sync)) {
        let shared = &self.shared;
        CURRENT.set(Arc::as_ptr(shared));
        let ended = each(runtime::Builder::new()).try_run(|| {
            let (alive, ended) = crate::channel::channel(0);
            loop {
                match shared.jobs.poll() {
                    Ok(job) => {
                        job(alive.clone());
                        // It runs first, and another worker may take the next one.
                        yield_now();
                    }
                    Err(PollError::Empty) => self.wait(),
                    Err(PollError::Closed) => break,
                }
            }
            drop(alive);
            if !shared.cut_short.load(Ordering::Acquire) {
                take(&ended);
            }
        });
        match ended {
            Ok(()) | Err(RunError::Interrupted) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Until there may be a job that nobody else starts.
    fn wait(&self) {
        if take(&self.shared.bells[self.number]) == Some(Origin::Worker) && context::has_time() {
            threads::wait_a_little(|| self.shared.jobs.is_empty() || !context::has_time());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        CURRENT.set(ptr::null());
        // When the last one goes nobody runs a job any more.
        if self.shared.workers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.abandon();
        }
    }
}

impl Shared {
    /// Whoever comes first runs it.
    fn run(&self, job: Job) -> Result<(), Closed<()>> {
        offer(&self.jobs, job).map_err(|_| Closed(()))?;
        self.ring();
        Ok(())
    }

    /// Tells all workers to look, and not the one that has waited longest: a process that never waits may hold it.
    fn ring(&self) {
        let origin = if ptr::eq(CURRENT.get(), self) { Origin::Worker } else { Origin::Elsewhere };
        for bell in &self.bells {
            _ = bell.offer(origin);
        }
    }

    /// Takes no more jobs.
    fn shut(&self) {
        self.jobs.drain();
        self.ring();
    }

    /// Takes no more jobs, and drops those that wait.
    fn abandon(&self) {
        self.shut();
        while self.jobs.poll().is_ok() {}
    }
}

impl Runtime {
    /// A runtime of so many workers.
    ///
    /// # Panics
    /// If `workers` is 0, or the system has no thread left.
    #[must_use = "when a runtime is dropped, its processes are unwound"]
    #[track_caller]
    pub fn start(workers: usize) -> Runtime {
        Runtime::builder().workers(workers).start()
    }

    /// Everything that can be said about a runtime when it is started.
    pub fn builder() -> RuntimeBuilder {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        RuntimeBuilder { workers, each: Arc::new(|builder| builder) }
    }

    /// A handle, for other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Starts a process on a worker that has time. Where it is started here is what reports say.
    ///
    /// # Panics
    /// If all workers have ended, as after [`interrupt`](crate::interrupt()).
    #[track_caller]
    pub fn go<T: 'static>(&self, f: impl FnOnce() -> T + Send + 'static) {
        self.handle.go(f).expect("the workers of the runtime have ended");
    }

    /// As [`go`](Runtime::go); the channel delivers the result, and has ended then. It ends without one if there is none.
    #[must_use]
    #[track_caller]
    pub fn go_channel<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
        self.handle.go_channel(f)
    }

    /// As [`go`](Runtime::go), with the result, or why there is none.
    #[track_caller]
    pub fn go_deferred<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Deferred<T> {
        self.handle.go_deferred(f)
    }

    /// Waits until all that was given to it has run, and all its processes have ended; it takes nothing more.
    ///
    /// It parks the process that calls it, or the thread where no scheduler runs. Called by a worker of its own it does not wait
    /// for that.
    ///
    /// # Panics
    /// With the panic that has ended a worker, under [`PanicPolicy::Propagate`](crate::PanicPolicy::Propagate).
    pub fn join(mut self) {
        self.handle.shared.shut();
        if let Some(payload) = self.end() {
            resume_unwind(payload);
        }
    }

    /// Waits for the threads; what the first has panicked with, if one has.
    fn end(&mut self) -> Option<Box<dyn Any + Send>> {
        let here = thread::current().id();
        // A worker that drops its own runtime cannot wait for itself. It ends after this.
        let own = self.threads.iter().any(|thread| thread.thread().id() == here);
        // What is no process, or must not wait, is held up: a destructor has no other way.
        if !own && context::may_wait() {
            take(&self.ended);
        }
        let others = self.threads.drain(..).filter(|thread| thread.thread().id() != here);
        others.filter_map(|thread| thread.join().err()).reduce(|first, _| first)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.handle.shared.cut_short.store(true, Ordering::Release);
        self.handle.shared.abandon();
        self.end();
    }
}

impl Handle {
    /// As [`Runtime::go`].
    ///
    /// # Errors
    /// When the runtime takes nothing any more: `f` was dropped, as the processes of a runtime that ends are.
    #[track_caller]
    pub fn go<T: 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Result<(), Closed<()>> {
        let place = Place::caller();
        self.shared.run(Box::new(move |alive| {
            Process::builder().go_at::<T>(place, None, move || {
                let _alive = alive;
                drop(f());
            });
        }))
    }

    /// As [`Runtime::go_channel`]; when the runtime takes nothing any more, the channel has ended.
    #[must_use]
    #[track_caller]
    pub fn go_channel<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
        let (out, result) = channel(1);
        self.run_for(out, deferred::deliver, |value| value, f);
        result
    }

    /// As [`Runtime::go_deferred`]; when the runtime takes nothing any more, the process counts as killed.
    #[track_caller]
    pub fn go_deferred<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Deferred<T> {
        let place = Place::caller();
        let (out, deferred) = Deferred::new(place);
        self.run_for(out, move |out| deferred::fulfil(out, place), Ok, f);
        deferred
    }

    /// Has `f` run as a process whose result goes to `out`, by way of `wrap` if it returns, and of the sequel if not. If the
    /// runtime takes nothing any more, `out` goes with what was to be run.
    #[track_caller]
    fn run_for<T: 'static, R: Send + 'static>(
        &self,
        out: Sender<R>,
        sequel: impl FnOnce(Sender<R>) -> Sequel + Send + 'static,
        wrap: fn(T) -> R,
        f: impl FnOnce() -> T + Send + 'static,
    ) {
        let place = Place::caller();
        _ = self.shared.run(Box::new(move |alive| {
            let sequel = sequel(out.clone());
            Process::builder().go_at::<T>(place, Some(sequel), move || {
                let _alive = alive;
                let value = f();
                if !is_doomed() {
                    _ = out.offer_uncounted(wrap(value));
                }
            });
        }));
    }

    /// That of the worker that calls this; elsewhere of the default runtime.
    pub(super) fn current() -> Handle {
        let current = CURRENT.get();
        if current.is_null() {
            return Handle::of_default();
        }
        // SAFETY: the worker that runs on this thread keeps an `Arc` of it until it has set this to null, and this makes
        // one more.
        unsafe {
            Arc::increment_strong_count(current);
            Handle { shared: Arc::from_raw(current) }
        }
    }

    /// That of the default runtime: a new one after an [`interrupt`](crate::interrupt()) has ended it.
    fn of_default() -> Handle {
        static DEFAULT: Mutex<Option<Runtime>> = Mutex::new(None);
        let mut default = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = default.take_if(|runtime| runtime.handle.shared.jobs.is_closed());
        let handle = default.get_or_insert_with(|| Runtime::builder().start()).handle();
        drop(default);
        drop(ended);
        handle
    }
}

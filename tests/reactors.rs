//! What every reactor and every host must do: one set of tests, run over all there are. (docs/rules.md, section 15)
//!
//! One of your own is tested by a type that implements `Driver`, and a line at the end.

mod wakers;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use csp::prelude::*;
use csp::reactor::{Host, Reactor, RealTime, VirtualTime};
use csp::{Builder, Clock, RunError, Time, sync};
use wakers::{Count, poll_with};

const MS: Duration = Duration::from_millis(1);

/// Somebody who runs programs.
trait Driver {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError>;

    fn run<R: 'static>(main: impl FnOnce() -> R + 'static) -> R {
        Self::try_run(main).unwrap()
    }
}

struct Real;

impl Driver for Real {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        Builder::new().try_run(main)
    }
}

struct Virtual;

impl Driver for Virtual {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        Builder::new().virtual_time().try_run(main)
    }
}

/// A reactor as a user may write it: docs/reactors.md.
struct Bell {
    clock: Rc<dyn Clock>,
    rung: Arc<(Mutex<bool>, Condvar)>,
}

impl Reactor for Bell {
    fn clock(&self) -> Rc<dyn Clock> {
        self.clock.clone()
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        let rung = self.rung.clone();
        Box::new(move || {
            *rung.0.lock().unwrap() = true;
            rung.1.notify_one();
        })
    }

    fn wait(&mut self, until: Option<Time>) {
        let rung = self.rung.0.lock().unwrap();
        let mut rung = match until {
            None => self.rung.1.wait_while(rung, |rung| !*rung).unwrap(),
            Some(until) => self.rung.1.wait_timeout_while(rung, until - self.clock.now(), |rung| !*rung).unwrap().0,
        };
        *rung = false;
    }
}

struct Users;

impl Driver for Users {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        let bell = Bell { clock: RealTime::new().clock(), rung: Arc::default() };
        Builder::new().reactor(bell).try_run(main)
    }
}

/// One that comes back early two times of three.
struct Hasty(RealTime, u32);

impl Reactor for Hasty {
    fn clock(&self) -> Rc<dyn Clock> {
        self.0.clock()
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        self.0.waker()
    }

    fn wait(&mut self, until: Option<Time>) {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            self.0.wait(until);
        }
    }
}

struct Early;

impl Driver for Early {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        Builder::new().reactor(Hasty(RealTime::new(), 0)).try_run(main)
    }
}

/// A host as a user may write it: one thread keeps its timers.
struct Timekeeper {
    clock: Rc<dyn Clock>,
    timers: mpsc::Sender<(Duration, Waker)>,
}

impl Timekeeper {
    fn new() -> Timekeeper {
        let (timers, asked) = mpsc::channel::<(Duration, Waker)>();
        thread::spawn(move || {
            let mut last: Option<(std::time::Instant, Waker)> = None;
            loop {
                let next = match &last {
                    None => asked.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                    Some((due, _)) => asked.recv_timeout(due.saturating_duration_since(std::time::Instant::now())),
                };
                match next {
                    Ok((rest, waker)) => last = Some((std::time::Instant::now() + rest, waker)),
                    Err(mpsc::RecvTimeoutError::Timeout) => last.take().unwrap().1.wake(),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        Timekeeper { clock: RealTime::new().clock(), timers }
    }
}

impl Host for Timekeeper {
    fn clock(&self) -> Rc<dyn Clock> {
        self.clock.clone()
    }

    fn poll_until(&mut self, until: Option<Time>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(until) = until else { return Poll::Pending };
        let rest = until - self.clock.now();
        if rest.is_zero() {
            return Poll::Ready(());
        }
        self.timers.send((rest, cx.waker().clone())).unwrap();
        Poll::Pending
    }
}

struct Hosted;

impl Driver for Hosted {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        futures_executor::block_on(Builder::new().host(Timekeeper::new(), main))
    }
}

#[cfg(feature = "tokio")]
fn one_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[cfg(feature = "tokio")]
struct BlockOn;

#[cfg(feature = "tokio")]
impl Driver for BlockOn {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        one_thread().block_on(csp::tokio::try_run(main))
    }
}

#[cfg(feature = "tokio")]
struct LocalTask;

#[cfg(feature = "tokio")]
impl Driver for LocalTask {
    fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> Result<R, RunError> {
        let set = tokio::task::LocalSet::new();
        let task = set.spawn_local(csp::tokio::try_run(main));
        one_thread().block_on(set.run_until(task)).unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

/// A thread that wakes every waker it is sent, at once.
fn waking() -> (mpsc::Sender<Waker>, thread::JoinHandle<()>) {
    let (out, wakers) = mpsc::channel::<Waker>();
    (out, thread::spawn(move || wakers.into_iter().for_each(Waker::wake)))
}

fn timers_fire_in_order_and_not_early<D: Driver>() {
    let order = D::run(|| {
        let (order, done, start) = (Rc::new(RefCell::new(Vec::new())), Channel::new(), now());
        for (name, after) in [('d', 30), ('a', 10), ('c', 20), ('b', 10)] {
            let (order, done) = (order.clone(), done.clone());
            go(move || {
                sleep(after * MS);
                assert!(now() - start >= after * MS);
                order.borrow_mut().push(name);
                put(&done, ())
            });
        }
        (0..4).for_each(|_| take(&done).unwrap());
        order.take()
    });
    assert_eq!(order, ['a', 'b', 'c', 'd']);
}

fn a_sleep_of_zero_lets_others_run_first<D: Driver>() {
    D::run(|| {
        let seen = Rc::new(Cell::new(0));
        for _ in 0..3 {
            let seen = seen.clone();
            go(move || seen.set(seen.get() + 1));
        }
        sleep(Duration::ZERO);
        assert_eq!(seen.get(), 3);
        alts! { _ = sleep(Duration::ZERO) => {} }
        take(&timeout::<()>(Duration::ZERO));
    });
}

fn many_timers_all_fire<D: Driver>() {
    D::run(|| {
        let done = Channel::new();
        for n in 0..2000 {
            let done = done.clone();
            go(move || {
                sleep(Duration::from_micros(n * 7 % 3000));
                put(&done, ())
            });
        }
        (0..2000).for_each(|_| take(&done).unwrap());
    });
}

fn no_wake_up_is_lost_before_while_or_after_it_waits<D: Driver>() {
    let (out, thread) = waking();
    D::run(move || {
        for round in 0..300 {
            let mut polls = 0;
            wait(poll_fn(|cx| {
                polls += 1;
                if polls == 2 && round % 3 == 0 {
                    // Before it waits.
                    cx.waker().wake_by_ref();
                } else if polls == 2 {
                    out.send(cx.waker().clone()).unwrap();
                    if round % 3 == 1 {
                        thread::yield_now();
                    }
                }
                if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
            }));
        }
    });
    thread.join().unwrap();
}

fn threads_and_processes_meet<D: Driver>() {
    let (ping, pong) = (sync::Channel::new(), sync::Channel::new());
    let (hear, answer) = (ping.clone(), pong.clone());
    let thread = thread::spawn(move || {
        for n in &hear {
            put(&answer, n + 1).unwrap();
        }
    });
    D::run(move || {
        for n in 0..300 {
            put(&ping, n).unwrap();
            assert_eq!(take(&pong), Some(n + 1));
        }
        close(&ping);
    });
    thread.join().unwrap();
}

fn a_wake_up_ends_a_wait_for_a_far_timer<D: Driver>() {
    let c = sync::Channel::new();
    let out = c.clone();
    let thread = thread::spawn(move || put(&out, 5));
    D::run(move || {
        go_now(|| sleep(Duration::from_secs(3600)));
        assert_eq!(take(&c), Some(5));
    });
    thread.join().unwrap().unwrap();
}

fn a_deadlock_is_found_at_once_later_or_when_the_last_waker_goes<D: Driver>() {
    let never = || take(&Channel::<i32>::new());
    assert!(matches!(D::try_run(never), Err(RunError::Deadlock(_))));
    assert!(matches!(
        D::try_run(move || {
            go(|| sleep(2 * MS));
            never()
        }),
        Err(RunError::Deadlock(report)) if report.parked.len() == 1
    ));
    let (out, wakers) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || wakers.into_iter().for_each(drop));
    let run = D::try_run(move || {
        wait(poll_fn(|cx| {
            out.send(cx.waker().clone()).unwrap();
            Poll::<()>::Pending
        }))
    });
    assert!(matches!(run, Err(RunError::Deadlock(_))));
    thread.join().unwrap();
}

fn processes_are_unwound_and_a_panic_comes_out<D: Driver>() {
    struct Count(Rc<Cell<u32>>);
    impl Drop for Count {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let gone = Rc::new(Cell::new(0));
    let count = gone.clone();
    D::run(move || {
        for _ in 0..3 {
            let count = Count(count.clone());
            go(move || {
                let _count = count;
                take(&Channel::<()>::new());
            });
        }
        yield_now();
    });
    assert_eq!(gone.get(), 3);
    let count = Count(gone.clone());
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        D::run(move || {
            let _count = count;
            panic!("main")
        })
    }));
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "main");
    assert_eq!(gone.get(), 4);
}

/// In a child of its own: it ends all runs of a program.
fn an_interrupt_ends_it<D: Driver>(name: &str) {
    if std::env::var_os("REACTORS_CHILD").is_some() {
        let run = D::try_run(|| {
            let c = sync::Channel::<()>::new();
            thread::spawn(csp::interrupt);
            take(&c)
        });
        assert!(matches!(run, Err(RunError::Interrupted)));
        return;
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let status = child.args(["--exact", name]).env("REACTORS_CHILD", "1").status();
    assert!(status.unwrap().success());
}

/// Polls until it has ended, or waits for something.
fn run_on<F: Future + Unpin>(run: &mut F, called: &Count, waker: &Waker) -> Poll<F::Output> {
    loop {
        let before = called.get();
        let polled = poll_with(run, waker);
        if polled.is_ready() || called.get() == before {
            return polled;
        }
    }
}

/// A read with a limit, in a hosted run, is killed by this between two polls: no timer is left.
#[cfg(unix)]
fn leaves_no_timer_when_killed_by(killer: impl FnOnce(Process)) {
    use csp::net::UnixStream;
    use std::io::Read as _;

    let handle = Rc::new(RefCell::new(None));
    let reader = handle.clone();
    let main = move || {
        let (gone, wait) = csp::channel::<()>(0);
        let (stream, _other) = UnixStream::pair().unwrap();
        stream.set_read_timeout(Some(3600 * 1000 * MS)).unwrap();
        *reader.borrow_mut() = Some(go(move || {
            let _gone = gone;
            (&stream).read(&mut [0])
        }));
        assert_eq!(take(&wait), None);
        csp::stats().timers
    };
    let called = Arc::new(Count::default());
    let waker = Waker::from(called.clone());
    let mut hosted = pin!(Builder::new().host(Timekeeper::new(), main));
    assert!(run_on(&mut hosted, &called, &waker).is_pending());
    let reader: Process = handle.take().unwrap();
    killer(reader.clone());
    let Poll::Ready(timers) = run_on(&mut hosted, &called, &waker) else { panic!("the reader was not killed") };
    assert!(!reader.is_alive());
    assert_eq!(timers.unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn spec_16_1_a_process_that_is_killed_between_two_polls_leaves_no_timer_behind() {
    leaves_no_timer_when_killed_by(|reader| kill(&reader));
}

#[cfg(unix)]
#[test]
fn spec_16_1_a_process_that_another_run_kills_leaves_no_timer_behind() {
    leaves_no_timer_when_killed_by(|reader| {
        Hosted::run(move || {
            let others = timeout::<()>(3600 * 1000 * MS);
            kill(&reader);
            assert_eq!(csp::stats().timers, 1);
            drop(others);
        });
    });
}

#[test]
fn spec_16_1_a_hosted_run_goes_on_when_its_process_is_killed_between_two_polls() {
    let handle = Rc::new(RefCell::new(None));
    let taker = handle.clone();
    let main = move || {
        let (gone, wait) = csp::channel::<()>(0);
        *taker.borrow_mut() = Some(go(move || {
            let _gone = gone;
            take(&Channel::<()>::new())
        }));
        // Or else it would be a deadlock.
        go(|| sleep(3600 * 1000 * MS));
        take(&wait)
    };
    let called = Arc::new(Count::default());
    let waker = Waker::from(called.clone());
    let mut hosted = pin!(Builder::new().host(Timekeeper::new(), main));
    assert!(run_on(&mut hosted, &called, &waker).is_pending());
    let before = called.get();
    kill(handle.borrow().as_ref().unwrap());
    assert!(called.get() > before, "somebody has something to do");
    assert!(matches!(run_on(&mut hosted, &called, &waker), Poll::Ready(Ok(None))));
}

/// A host whose time passes as soon as it is asked for.
struct Jumping(VirtualTime);

impl Host for Jumping {
    fn clock(&self) -> Rc<dyn Clock> {
        self.0.clock()
    }

    fn poll_until(&mut self, until: Option<Time>, _: &mut Context<'_>) -> Poll<()> {
        if until.is_none() {
            return Poll::Pending;
        }
        self.0.wait(until);
        Poll::Ready(())
    }
}

#[test]
fn only_in_a_crowd_is_a_timer_kept_waiting_for_others() {
    let main = || {
        let woken = Channel::new();
        let sleeper = |after: Duration, tell: bool| {
            let woken = woken.clone();
            go(move || {
                sleep(after);
                if tell {
                    put(&woken, now().since_start()).unwrap();
                }
            });
        };
        (0..300).for_each(|_| sleeper(3600 * 1000 * MS, false));
        (0..100).for_each(|_| sleeper(10 * MS, false));
        [MS, 10 * MS + MS / 2, 12 * MS].into_iter().for_each(|after| sleeper(after, true));
        [(); 3].map(|()| take(&woken).unwrap())
    };
    let woken = futures_executor::block_on(Builder::new().host(Jumping(VirtualTime::new()), main)).unwrap();
    assert_eq!(woken, [MS, 10 * MS + MS * 9 / 10, 12 * MS], "alone, close to a hundred others, and alone again");
}

macro_rules! every_test {
    ($($name:ident: $driver:ident,)*) => {$(
        mod $name {
            use super::*;
            every_test!(@ $driver
                timers_fire_in_order_and_not_early
                a_sleep_of_zero_lets_others_run_first
                many_timers_all_fire
                no_wake_up_is_lost_before_while_or_after_it_waits
                threads_and_processes_meet
                a_wake_up_ends_a_wait_for_a_far_timer
                a_deadlock_is_found_at_once_later_or_when_the_last_waker_goes
                processes_are_unwound_and_a_panic_comes_out
            );

            #[test]
            fn an_interrupt_ends_it() {
                super::an_interrupt_ends_it::<$driver>(concat!(stringify!($name), "::an_interrupt_ends_it"));
            }
        }
    )*};
    (@ $driver:ident $($test:ident)*) => {$(
        #[test]
        fn $test() {
            super::$test::<$driver>();
        }
    )*};
}

every_test! {
    spec_16_3_real_time: Real,
    spec_16_3_virtual_time: Virtual,
    spec_16_3_of_the_users: Users,
    spec_16_3_that_comes_back_early: Early,
    spec_16_3_hosted: Hosted,
}

#[cfg(feature = "tokio")]
every_test! {
    spec_16_3_under_block_on_of_tokio: BlockOn,
    spec_16_3_as_a_local_task_of_tokio: LocalTask,
}

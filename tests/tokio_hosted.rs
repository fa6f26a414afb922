//! docs/rules.md, section 15: runs inside of a tokio runtime. (`cargo test --features tokio --test tokio_hosted`)

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use csp::prelude::*;
use csp::reactor::Tokio;
use csp::{Builder, PanicPolicy, RunError, sync};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

const SECOND: Duration = Duration::from_secs(1);

/// A runtime of one thread whose time passes at once when all is idle.
fn paused() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn threads() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn spec_16_1_a_run_gives_what_main_returns() {
    assert_eq!(paused().block_on(csp::tokio::run(|| 42)), 42);
    assert_eq!(threads().block_on(csp::tokio::run(|| 42)), 42);
}

#[test]
fn spec_16_1_its_timers_are_tokios_and_in_order() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let noted = log.clone();
    let passed = paused().block_on(csp::tokio::run(move || {
        let start = now();
        let done = Channel::new();
        for n in [3, 1, 2] {
            let (log, done) = (log.clone(), done.clone());
            go(move || {
                sleep(n * SECOND);
                log.borrow_mut().push(n);
                put(&done, ())
            });
        }
        (0..3).for_each(|_| take(&done).unwrap());
        now() - start
    }));
    assert_eq!((noted.take(), passed), (vec![1, 2, 3], 3 * SECOND));
}

#[test]
fn spec_16_1_processes_wait_for_futures_of_tokio() {
    let length = paused().block_on(csp::tokio::run(|| {
        wait(tokio::time::sleep(SECOND));
        let listener = wait(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        go(move || {
            let (mut stream, _) = wait(listener.accept()).unwrap();
            let mut text = [0; 5];
            wait(stream.read_exact(&mut text)).unwrap();
            wait(stream.write_all(&text)).unwrap();
        });
        let mut stream = wait(TcpStream::connect(address)).unwrap();
        wait(stream.write_all(b"hello")).unwrap();
        let mut text = String::new();
        wait(stream.read_to_string(&mut text)).unwrap()
    }));
    assert_eq!(length, 5);
}

#[test]
fn spec_16_1_a_future_of_tokio_mixes_with_channels_and_time() {
    paused().block_on(csp::tokio::run(|| {
        let (tell, told) = tokio::sync::oneshot::channel();
        let (c, mut told) = (Channel::<()>::new(), told);
        alts! { _ = wait(&mut told) => unreachable!(), _ = take(&c) => unreachable!(), _ = sleep(SECOND) => {} }
        go(move || {
            sleep(SECOND);
            tell.send(5).unwrap();
        });
        alts! { v = wait(&mut told) => assert_eq!(v, Ok(5)), _ = take(&c) => unreachable!(), _ = sleep(2 * SECOND) => unreachable!() }
        let slow = pin!(tokio::time::sleep(60 * SECOND));
        alts! { _ = wait(slow) => unreachable!(), _ = sleep(SECOND) => {} }
    }));
}

#[test]
fn spec_16_1_the_other_tasks_of_the_thread_have_their_turns() {
    let set = LocalSet::new();
    let turns = Rc::new(Cell::new(0));
    let (count, seen) = (turns.clone(), turns.clone());
    paused().block_on(set.run_until(async move {
        let other = tokio::task::spawn_local(async move {
            loop {
                count.set(count.get() + 1);
                tokio::task::yield_now().await;
            }
        });
        let run = tokio::task::spawn_local(csp::tokio::run(move || {
            // It never waits for anything but its own processes.
            while seen.get() < 100 {
                yield_now();
            }
        }));
        run.await.unwrap();
        other.abort();
    }));
    assert!(turns.get() >= 100);
}

#[test]
fn spec_16_1_two_runs_on_one_thread_and_none_inside_of_another() {
    let set = LocalSet::new();
    paused().block_on(set.run_until(async {
        let (here, there) = (sync::Channel::new(), sync::Channel::new());
        let (ping, pong) = (here.clone(), there.clone());
        let one = tokio::task::spawn_local(csp::tokio::run(move || {
            for n in 0..10 {
                put(&ping, n).unwrap();
                assert_eq!(take(&pong), Some(n));
            }
            close(&ping);
        }));
        let two = tokio::task::spawn_local(csp::tokio::run(move || {
            for n in &here {
                put(&there, n).unwrap();
            }
        }));
        one.await.unwrap();
        two.await.unwrap();
    }));
    let result = csp::run(|| wait(csp::tokio::try_run(|| ())));
    assert!(matches!(result, Err(RunError::Misplaced(_))));
}

#[test]
fn spec_16_1_it_works_where_no_tokio_is_as_long_as_it_needs_no_timer() {
    let (c, out) = (sync::Channel::new(), sync::Channel::new());
    let (from, into) = (c.clone(), out.clone());
    let thread = thread::spawn(move || {
        futures_executor::block_on(csp::tokio::run(move || put(&into, take(&from).unwrap() + 1)))
    });
    put(&c, 1).unwrap();
    assert_eq!(take(&out), Some(2));
    assert!(thread.join().unwrap().is_ok());
}

#[test]
fn spec_16_2_a_deadlock_a_panic_and_an_end_of_main_come_out() {
    let tokio = paused();
    let run = tokio.block_on(csp::tokio::try_run(|| take(&Channel::<i32>::new())));
    assert!(matches!(run, Err(RunError::Deadlock(report)) if report.parked.len() == 1));
    let run = tokio.block_on(csp::tokio::try_run(|| stop()));
    assert!(matches!(run, Err(RunError::Stopped)));
    let panic = catch_unwind(AssertUnwindSafe(|| tokio.block_on(csp::tokio::run(|| panic!("main"))))).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "main");
    let policy = Builder::new().panic_policy(PanicPolicy::Propagate);
    let run = policy.host(Tokio::new(), || {
        go(|| panic!("another"));
        sleep(SECOND);
    });
    let panic = catch_unwind(AssertUnwindSafe(|| tokio.block_on(run))).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "another");
}

#[test]
fn spec_16_2_what_is_told_at_the_end_is_told() {
    let told = Rc::new(Cell::new((0, 0)));
    let (leaks, ends) = (told.clone(), told.clone());
    let run = Builder::new()
        .on_leak(move |parked| leaks.set((parked.len(), 0)))
        .on_end(move |census| ends.set((ends.get().0, census.made)))
        .host(Tokio::new(), || _ = go_now(|| take(&Channel::<()>::new())));
    paused().block_on(run).unwrap();
    assert_eq!(told.get(), (1, 2));
}

#[test]
fn spec_16_2_dropped_before_its_end_it_unwinds_its_processes() {
    struct Log(Rc<RefCell<Vec<&'static str>>>, &'static str);
    impl Drop for Log {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    let log = Rc::new(RefCell::new(Vec::new()));
    let (main, other, unstarted) = (Log(log.clone(), "main"), Log(log.clone(), "other"), Log(log.clone(), "unstarted"));
    let tokio = paused();
    let mut run = Box::pin(csp::tokio::run(move || {
        let _main = main;
        go(move || {
            let _other = other;
            wait(pending::<()>());
        });
        sleep(SECOND);
    }));
    tokio.block_on(poll_fn(|cx| {
        assert!(run.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    }));
    drop(csp::tokio::run(move || drop(unstarted)));
    assert_eq!(*log.borrow(), ["unstarted"]);
    drop(run);
    assert_eq!(*log.borrow(), ["unstarted", "main", "other"]);
    // As a task that goes with its runtime.
    let (set, late) = (LocalSet::new(), Log(log.clone(), "late"));
    set.spawn_local(csp::tokio::run(move || {
        let _late = late;
        sleep(SECOND);
    }));
    tokio.block_on(set.run_until(tokio::task::yield_now()));
    drop(set);
    assert_eq!(log.borrow().last(), Some(&"late"));
}

#[test]
fn spec_16_2_one_that_is_dropped_leaves_no_waker() {
    struct Never;
    impl std::task::Wake for Never {
        fn wake(self: Arc<Self>) {}
    }
    let never = Arc::new(Never);
    let kept = sync::Channel::<()>::new();
    let c = kept.clone();
    let mut run = Box::pin(csp::tokio::run(move || take(&c)));
    let waker = Waker::from(never.clone());
    assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&never), 2);
    drop(run);
    assert_eq!(Arc::strong_count(&never), 1);
    assert_eq!(offer(&kept, ()), Err(csp::OfferError::Full(())));
}

#[test]
fn spec_16_1_wake_ups_from_other_threads_are_not_lost() {
    // Tasks on two threads ask, processes on a third answer, and those of a runtime of our own are beside them.
    const EACH: u64 = 300;
    let tokio = threads();
    let questions = sync::Channel::<(u64, sync::Channel<u64>)>::new();
    let runtime = sync::Runtime::start(1);
    let asking: Vec<_> = (0..4)
        .map(|who| {
            let ask = questions.clone();
            tokio.spawn(async move {
                let mut sum = 0;
                for n in 0..EACH {
                    let answer = sync::Channel::new();
                    ask.put_async((who * EACH + n, answer.clone())).await.unwrap();
                    sum += answer.take_async().await.unwrap();
                }
                sum
            })
        })
        .collect();
    let from = questions.clone();
    runtime.go(move || {
        for (n, answer) in &from {
            put(&answer, n).or_stop();
        }
    });
    let from = questions.clone();
    let sum = tokio.block_on(async move {
        let server = csp::tokio::run(move || {
            for _ in 0..4 {
                let from = from.clone();
                go(move || {
                    for (n, answer) in &from {
                        wait(answer.put_async(n)).or_stop();
                        wait(tokio::task::yield_now());
                    }
                });
            }
            from.closed();
        });
        let asked = async {
            let mut sum = 0;
            for task in asking {
                sum += task.await.unwrap();
            }
            questions.close();
            sum
        };
        let (mut server, mut asked) = (pin!(server), pin!(asked));
        let mut sum = None;
        poll_fn(|cx| {
            if sum.is_none()
                && let Poll::Ready(all) = asked.as_mut().poll(cx)
            {
                sum = Some(all);
            }
            server.as_mut().poll(cx)
        })
        .await;
        sum.unwrap()
    });
    assert_eq!(sum, (0..4 * EACH).sum::<u64>());
    runtime.join();
}

#[test]
fn spec_16_1_an_interrupt_ends_it() {
    // In a child of its own: it ends all runs of this program.
    if std::env::var_os("INTERRUPTED").is_none() {
        let me = std::env::current_exe().unwrap();
        let child = std::process::Command::new(me)
            .args(["--exact", "spec_16_1_an_interrupt_ends_it"])
            .env("INTERRUPTED", "1")
            .status();
        assert!(child.unwrap().success());
        return;
    }
    let run = csp::tokio::try_run(|| {
        thread::spawn(csp::interrupt);
        take(&sync::Channel::<()>::new())
    });
    assert!(matches!(threads().block_on(run), Err(RunError::Interrupted)));
}

#[test]
fn spec_16_2_dropped_by_a_panic_it_unwinds_its_processes_too() {
    struct Gone(Rc<Cell<bool>>);
    impl Drop for Gone {
        fn drop(&mut self) {
            assert_eq!(take(&Channel::<()>::new()), None, "nobody waits while the thread panics");
            self.0.set(true);
        }
    }
    let gone = Rc::new(Cell::new(false));
    let last = Gone(gone.clone());
    let panic = catch_unwind(AssertUnwindSafe(|| {
        paused().block_on(async move {
            let mut run = pin!(csp::tokio::run(move || {
                let _last = last;
                sleep(SECOND);
            }));
            poll_fn(|cx| {
                assert!(run.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            panic!("beside it");
        })
    }));
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "beside it");
    assert!(gone.get());
}

#[test]
fn spec_16_2_wakers_and_hosts_that_panic_leave_nothing_half_done() {
    struct Broken;
    impl csp::reactor::Host for Broken {
        fn clock(&self) -> Rc<dyn csp::Clock> {
            csp::reactor::Reactor::clock(&csp::reactor::RealTime::new())
        }
        fn poll_until(&mut self, _: Option<csp::Time>, _: &mut Context<'_>) -> Poll<()> {
            panic!("a host");
        }
    }
    let gone = Rc::new(());
    let kept = gone.clone();
    let run = Builder::new().host(Broken, move || {
        let _kept = kept;
        sleep(SECOND);
    });
    let panic = catch_unwind(AssertUnwindSafe(|| futures_executor::block_on(run))).unwrap_err();
    assert_eq!((*panic.downcast::<&str>().unwrap(), Rc::strong_count(&gone)), ("a host", 1));
    // A waker that cannot be cloned: the run is there still, and goes with its future.
    use std::task::RawWakerVTable;
    const VTABLE: RawWakerVTable = RawWakerVTable::new(|_| panic!("no clones"), |_| {}, |_| {}, |_| {});
    // SAFETY: there is no data, and the functions are safe ones.
    let waker = unsafe { Waker::new(std::ptr::null(), &VTABLE) };
    let kept = gone.clone();
    let mut run = Box::pin(Builder::new().host(Tokio::new(), move || Rc::strong_count(&kept)));
    assert!(
        catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending())).is_err()
    );
    assert_eq!(futures_executor::block_on(run).unwrap(), 2);
}

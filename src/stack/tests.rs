//! What holds of stacks however they are made: these tests run for the arenas and, with the
//! feature `default-stack-only`, for the other way.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, mem, process, ptr};

use corosensei::stack::{STACK_ALIGNMENT, Stack as _};
use corosensei::{Coroutine, CoroutineResult};

use super::*;

/// Runs `act` in an operating system process of its own: the test binary again, with this one test
/// (named with the module it is in). What may crash, or counts memory, belongs there. A test that
/// does so several times names the cases.
///
/// Not under AddressSanitizer, which answers faults, leaks and large allocations in its own way.
pub(super) fn in_child(module: &str, test: &str, case: &str, act: impl FnOnce()) -> Child {
    const CHILD: &str = "CSP_STACK_TEST_CHILD";
    if cfg!(feature = "sanitizer") {
        return Child(None);
    }
    let (_crate, module) = module.split_once("::").unwrap();
    let test = format!("{module}::{test}");
    let child = format!("{test} {case}");
    match env::var(CHILD) {
        Err(_) => {
            let mut command = Command::new(env::current_exe().unwrap());
            command.args([&test, "--exact", "--include-ignored", "--nocapture"]);
            Child(Some(command.env(CHILD, child).output().unwrap()))
        }
        Ok(this) if this == child => {
            // SAFETY: only turns off core dumps.
            unsafe {
                let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
                libc::setrlimit(libc::RLIMIT_CORE, &none);
            }
            act();
            process::exit(0);
        }
        // This is the child of another case of the same test.
        Ok(_) => Child(None),
    }
}

/// What became of a child, for the parent to judge.
pub(super) struct Child(Option<Output>);

impl Child {
    /// Asserts that a signal ended it.
    pub(super) fn died_of(self, signal: i32) -> Self {
        self.check(|output| output.status.signal() == Some(signal))
    }

    /// Asserts that it came to an end by itself.
    pub(super) fn exited_with(self, code: i32) -> Self {
        self.check(|output| output.status.code() == Some(code))
    }

    /// Asserts that standard error contains a text, or does not.
    pub(super) fn said(self, text: &str, wanted: bool) -> Self {
        self.check(|output| String::from_utf8_lossy(&output.stderr).contains(text) == wanted)
    }

    /// Passes on what it said, for who measures.
    #[cfg_attr(feature = "default-stack-only", expect(dead_code, reason = "arenas are measured"))]
    pub(super) fn show(self) {
        let said = self.0.map_or(Vec::new(), |output| output.stderr);
        eprint!("{}", String::from_utf8_lossy(&said));
    }

    #[track_caller]
    fn check(self, holds: impl FnOnce(&Output) -> bool) -> Self {
        assert!(self.0.as_ref().is_none_or(holds), "{:?}", self.0);
        self
    }
}

/// Writes to an address, whatever is there.
///
/// # Safety
///
/// The address is nobody else's. It may be a guard, if the test expects to die of it.
pub(super) unsafe fn touch(address: usize) {
    // SAFETY: the caller's promise.
    unsafe { ptr::write_volatile(address as *mut u8, 1) };
}

#[test]
fn the_stack_given_last_is_taken_first() {
    for size in [64 << 10, DEFAULT_SIZE, MAIN_SIZE, 8 << 20, 20 << 20] {
        let stacks = Stacks::new(0);
        let taken: Vec<Stack> = (0..3).map(|_| stacks.take(size).unwrap()).collect();
        let limits: Vec<_> = taken.iter().map(|stack| stack.limit()).collect();
        taken.into_iter().for_each(|stack| stacks.give(stack));
        let again: Vec<_> = (0..3).map(|_| stacks.take(size).unwrap().limit()).collect();
        assert!(again.iter().eq(limits.iter().rev()), "{again:?} after {limits:?}");
    }
}

#[test]
fn every_byte_of_a_stack_can_be_used() {
    let stacks = Stacks::new(0);
    for size in [1, 64 << 10, DEFAULT_SIZE, MAIN_SIZE, 8 << 20] {
        let taken: Vec<Stack> = (0..40).map(|_| stacks.take(size).unwrap()).collect();
        for stack in &taken {
            let (limit, base) = (stack.limit().get(), stack.base().get());
            assert_eq!(base % STACK_ALIGNMENT, 0);
            assert_eq!(stack.guard().start, limit);
            assert_eq!(stack.size(), base - stack.guard().end);
            // At most the guard and half a page are missing.
            assert!(stack.size() + stack.guard().len() * 3 / 2 >= size, "{size}: {}", stack.size());
            // SAFETY: between the guard and the base; the stack is ours.
            unsafe {
                touch(stack.guard().end);
                touch(base - 1);
            }
        }
        let ranges: BTreeSet<_> = taken.iter().map(|s| (s.limit(), s.base())).collect();
        assert_eq!(ranges.len(), taken.len());
        for (low, high) in ranges.iter().zip(ranges.iter().skip(1)) {
            assert!(low.1 <= high.0, "two stacks overlap");
        }
        taken.into_iter().for_each(|stack| stacks.give(stack));
    }
}

#[test]
fn coroutines_run_on_them_one_after_another() {
    let stacks = Stacks::new(0);
    for round in 0..100 {
        let stack = stacks.take(DEFAULT_SIZE).unwrap();
        let mut coroutine = Coroutine::with_stack(stack, |yielder, first: usize| {
            let second = yielder.suspend(first + 1);
            second + 2
        });
        assert_eq!(coroutine.resume(round), CoroutineResult::Yield(round + 1));
        assert_eq!(coroutine.resume(round), CoroutineResult::Return(round + 2));
        stacks.give(coroutine.into_stack());
    }
    let stats = stacks.stats();
    assert_eq!((stats.in_use, stats.warm), (0, 1));
}

#[test]
fn an_absurd_size_is_refused_in_words() {
    let stacks = Stacks::new(0);
    let error = stacks.take(usize::MAX).err().unwrap().to_string();
    assert!(error.contains("but the largest is 1 GiB"), "{error}");
    assert_eq!(stacks.stats(), StackStats::default());
}

#[test]
fn a_lost_stack_outlives_its_stacks() {
    let stacks = Stacks::new(0);
    let (kept, given) = (stacks.take(DEFAULT_SIZE).unwrap(), stacks.take(DEFAULT_SIZE).unwrap());
    let (end, base) = (kept.guard().end, kept.base().get());
    stacks.give(given);
    drop((kept, stacks));
    // SAFETY: lost stacks are nobody's, and stay mapped: that is the promise tested here.
    unsafe {
        touch(end);
        touch(base - 1);
    }
}

#[test]
fn to_write_below_a_stack_is_fatal() {
    let in_child = |case, address: fn(&Stack) -> usize| {
        in_child(module_path!(), "to_write_below_a_stack_is_fatal", case, || {
            let stacks = Stacks::new(0);
            let taken: Vec<Stack> = (0..10).map(|_| stacks.take(DEFAULT_SIZE).unwrap()).collect();
            // SAFETY: nobody has the guard.
            unsafe { touch(address(&taken[9])) };
        })
    };
    let signal = if cfg!(target_vendor = "apple") { libc::SIGBUS } else { libc::SIGSEGV };
    in_child("just below", |stack| stack.guard().end - 1).died_of(signal);
    in_child("lowest", |stack| stack.guard().start).died_of(signal);
}

/// Where the guard is of the coroutine that runs in a child below.
static GUARD: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// What a scheduler would pass to `install`.
fn describe(fault: usize, out: &mut dyn Write) -> bool {
    let [start, end] = GUARD.each_ref().map(|bound| bound.load(Ordering::Relaxed));
    let ours = (start..end).contains(&fault);
    if ours {
        let _ = writeln!(out, "process 7 ran off its stack: a word at {} under it", end - fault);
    }
    ours
}

/// Recurses until something stops it.
#[expect(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: usize) -> usize {
    let frame = black_box([depth; 100]);
    recurse(depth + 1) + frame[depth % 100]
}

/// Runs `f` in a coroutine that `describe` knows.
fn run_described(f: fn()) {
    let _alternate = overflow::install(describe);
    let stack = Stacks::new(0).take(DEFAULT_SIZE).unwrap();
    GUARD[0].store(stack.guard().start, Ordering::Relaxed);
    GUARD[1].store(stack.guard().end, Ordering::Relaxed);
    Coroutine::<(), (), (), Stack>::with_stack(stack, move |_, ()| f()).resume(());
}

#[test]
fn an_overflow_is_reported_then_aborts() {
    in_child(module_path!(), "an_overflow_is_reported_then_aborts", "", || {
        run_described(|| {
            recurse(0);
        });
    })
    .said("process 7 ran off its stack: a word at", true)
    .died_of(libc::SIGABRT);
}

#[test]
fn a_report_is_cut_off_where_the_buffer_ends() {
    fn talkative(_: usize, out: &mut dyn Write) -> bool {
        (0..1000).for_each(|line| writeln!(out, "line {line}").unwrap());
        true
    }
    in_child(module_path!(), "a_report_is_cut_off_where_the_buffer_ends", "", || {
        let _alternate = overflow::install(talkative);
        fault();
    })
    .said("line 0\n", true)
    .said("line 999", false)
    .died_of(libc::SIGABRT);
}

#[test]
fn a_fault_elsewhere_is_as_fatal_as_ever() {
    in_child(module_path!(), "a_fault_elsewhere_is_as_fatal_as_ever", "", || run_described(fault))
        .said("ran off", false)
        .died_of(libc::SIGSEGV);
}

#[test]
fn an_overflow_of_the_thread_itself_is_left_to_the_standard_library() {
    let test = "an_overflow_of_the_thread_itself_is_left_to_the_standard_library";
    in_child(module_path!(), test, "", || {
        let _alternate = overflow::install(describe);
        recurse(0);
    })
    .said("has overflowed its stack", true)
    .died_of(libc::SIGABRT);
}

/// What happens to a fault when `handler` was there before us, or to a signal somebody sent.
fn handled_before(test: &str, case: &str, handler: usize, flags: i32, act: fn()) -> Child {
    in_child(module_path!(), test, case, || {
        // SAFETY: the tests below pass handlers that fit the flags.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            (action.sa_sigaction, action.sa_flags) = (handler, flags | libc::SA_ONSTACK);
            libc::sigaction(libc::SIGSEGV, &action, ptr::null_mut());
        }
        run_described(act);
    })
}

/// A fault that is not in any guard.
fn fault() {
    // SAFETY: the page at zero is nobody's, and this is to fault.
    unsafe { touch(black_box(8)) };
}

/// A signal like that of a fault.
fn send() {
    // SAFETY: this child is to be ended, or not.
    unsafe { libc::raise(libc::SIGSEGV) };
}

#[test]
fn who_handled_the_signal_before_still_does() {
    extern "C" fn detailed(_: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
        // SAFETY: the kernel's, passed on.
        let address = unsafe { (*info).si_addr() } as usize;
        process::exit(if address == 8 { 40 } else { 41 });
    }
    extern "C" fn plain(signal: i32) {
        process::exit(if signal == libc::SIGSEGV { 50 } else { 51 });
    }
    let test = "who_handled_the_signal_before_still_does";
    let detailed = detailed as extern "C" fn(_, _, _) as usize;
    handled_before(test, "detailed", detailed, libc::SA_SIGINFO, fault).exited_with(40);
    let plain = plain as extern "C" fn(_) as usize;
    handled_before(test, "plain", plain, 0, fault).exited_with(50);
}

#[test]
fn with_nobody_before_the_signal_does_what_it_always_does() {
    let before = |case, handler, act| {
        let test = "with_nobody_before_the_signal_does_what_it_always_does";
        handled_before(test, case, handler, 0, act)
    };
    before("fault", libc::SIG_DFL, fault).died_of(libc::SIGSEGV);
    before("ignored fault", libc::SIG_IGN, fault).died_of(libc::SIGSEGV);
    before("sent", libc::SIG_DFL, send).died_of(libc::SIGSEGV);
    before("ignored and sent", libc::SIG_IGN, send).exited_with(0);
}

#[test]
fn a_signal_that_was_sent_is_not_taken_for_an_overflow() {
    let test = "a_signal_that_was_sent_is_not_taken_for_an_overflow";
    in_child(module_path!(), test, "", || {
        let _alternate = overflow::install(|_, out| out.write_str("ran off").is_ok());
        send();
    })
    // The standard library, whose turn it is then, lets the first one pass.
    .exited_with(0)
    .said("ran off", false);
}

//! What threads share is made of: the standard library's, or loom's, which tries every order of what threads do.
//! (`ci/models.sh`.)

use std::hint::spin_loop;
use std::thread;
use std::time::Duration;

#[cfg(not(csp_loom))]
pub(crate) use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence},
    },
    thread::{Thread, current, park, yield_now},
};

#[cfg(csp_loom)]
pub(crate) use loom::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence},
    },
    thread::yield_now,
};
#[cfg(csp_loom)]
pub(crate) use parking::{Thread, current, park};

/// Parking as the standard library's. Loom's own lets a thread go on that waits for a lock, not for this, when it is unparked.
#[cfg(csp_loom)]
mod parking {
    use loom::sync::{Condvar, Mutex};
    use std::sync::Arc;

    #[derive(Clone, Default)]
    pub(crate) struct Thread(Arc<(Mutex<bool>, Condvar)>);

    loom::thread_local! { static HERE: Thread = Thread::default(); }

    pub(crate) fn current() -> Thread {
        HERE.with(Thread::clone)
    }

    pub(crate) fn park() {
        let Thread(here) = current();
        let mut unparked = here.0.lock().unwrap();
        while !*unparked {
            unparked = here.1.wait(unparked).unwrap();
        }
        *unparked = false;
    }

    impl Thread {
        pub(crate) fn unpark(&self) {
            *self.0.0.lock().unwrap() = true;
            self.0.1.notify_one();
        }
    }
}

/// How often `done` is asked before a thread sleeps: to be put to sleep and woken costs some microseconds, and whoever answers
/// is often as quick.
const LOOKS: u32 = 64;

/// How often it is asked after that, while the thread lets others have the processor.
const YIELDS: u32 = 32;

/// Asks for some two microseconds: true if `done` meanwhile. In a model nothing happens by waiting.
pub(crate) fn look(done: impl Fn() -> bool) -> bool {
    let look_once = |_| {
        spin_loop();
        done()
    };
    !cfg!(csp_loom) && (0..LOOKS).any(look_once)
}

/// Waits a little: true if `done` meanwhile, and the thread need not sleep.
pub(crate) fn wait_a_little(done: impl Fn() -> bool) -> bool {
    let let_others_run = |_| {
        yield_now();
        done()
    };
    look(&done) || !cfg!(csp_loom) && (0..YIELDS).any(let_others_run)
}

/// How often [`pause`] only looks away, each time twice as long: each look takes the line of memory away from
/// the thread that is waited for, which meanwhile can do all that it has to do.
const LOOKS_AWAY: u32 = 16;

/// How often the time is doubled: up to some microseconds.
const DOUBLED: u32 = 7;

/// How often other threads are let run before this one sleeps: the thread that is waited for may be waiting for this processor.
const GIVES_WAY: u32 = 256;

/// Waits for another thread that is within some dozen instructions of its end, after so many looks in vain.
#[cold]
#[inline(never)]
pub(crate) fn pause(looked: u32) {
    match looked {
        ..LOOKS_AWAY if !cfg!(csp_loom) => (0..1 << looked.min(DOUBLED)).for_each(|_| spin_loop()),
        _ if cfg!(csp_loom) || looked < LOOKS_AWAY + GIVES_WAY => yield_now(),
        _ => thread::sleep(Duration::from_micros(50)),
    }
}

/// State of each thread; of each thread of a model.
macro_rules! thread_state {
    ($name:ident: $of:ty = $start:expr) => {
        #[cfg(not(csp_loom))]
        thread_local! { static $name: $of = const { $start } }
        #[cfg(csp_loom)]
        loom::thread_local! { static $name: $of = $start; }
    };
}

//! What happens when nothing happens any more, in tests of threads.
#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use csp::prelude::*;
use csp::sync;

type Describe = Box<dyn Fn() -> String + Send>;

/// Watches one test: that it goes on.
#[derive(Clone)]
pub struct Watchdog {
    beats: Arc<AtomicU64>,
    /// Closed when nothing goes on: those who wait for that tell what they know.
    pub alarm: sync::Channel<()>,
    describe: Arc<Mutex<Describe>>,
}

impl Watchdog {
    /// Something has happened.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// What is to be said of the test if it hangs from here on.
    pub fn describe(&self, f: impl Fn() -> String + Send + 'static) {
        *self.describe.lock().unwrap() = Box::new(f);
        self.beat();
    }

    /// Called in each scheduler: a process of it tells who waits there, should the test hang.
    pub fn listen(&self, name: String) {
        let alarm = self.alarm.clone();
        go(move || {
            closed(&alarm);
            let waiting: Vec<_> = csp::parked().iter().map(|parked| format!("\n    {parked}")).collect();
            eprintln!("{name}: {} wait:{}", waiting.len(), waiting.concat());
        });
    }
}

/// A number from the environment.
pub fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} must be a number, and is {value:?}")))
}

/// Runs a test in a thread. If that shows no sign of life for a minute (or `CSP_STRESS_PATIENCE` seconds), it says who
/// waits for what, and aborts: a thread that hangs cannot be ended otherwise.
pub fn watch(test: impl FnOnce(&Watchdog) + Send + 'static) {
    let patience = Duration::from_secs(setting("CSP_STRESS_PATIENCE").unwrap_or(60));
    let watchdog = Watchdog {
        beats: Arc::default(),
        alarm: sync::Channel::new(),
        describe: Arc::new(Mutex::new(Box::new(|| "it has not begun".to_owned()))),
    };
    let (out, result) = channel::<Result<(), Box<dyn Any + Send>>>();
    let inside = watchdog.clone();
    thread::spawn(move || out.send(catch_unwind(AssertUnwindSafe(|| test(&inside)))));
    let mut seen = 0;
    loop {
        match result.recv_timeout(patience) {
            Ok(Ok(())) => return,
            Ok(Err(payload)) => resume_unwind(payload),
            Err(RecvTimeoutError::Disconnected) => unreachable!("it sends whatever happens"),
            Err(RecvTimeoutError::Timeout) => {
                let beats = watchdog.beats.load(Ordering::Relaxed);
                if beats == seen {
                    break;
                }
                seen = beats;
            }
        }
    }
    eprintln!("the test hangs: {}", watchdog.describe.lock().unwrap()());
    close(&watchdog.alarm);
    // Time for them to speak, if they can.
    thread::sleep(Duration::from_secs(5));
    std::process::abort();
}

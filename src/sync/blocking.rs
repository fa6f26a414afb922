//! Calls that would hold up a scheduler, on a pool of threads.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::channel::Channel;
use crate::context;
use crate::port::{offer, take};

/// Runs `f` where it holds up nobody, and waits for its result: the process is parked meanwhile, and `f` runs on a pool of
/// threads that grows and shrinks with the need (at most 500). Where nothing can be parked but the thread, it is called.
///
/// Virtual time stands still meanwhile.
///
/// For what waits in the system: files, name resolution, other libraries' blocking calls. A process that is killed meanwhile
/// does not wait for it: its result is dropped.
///
/// # Panics
/// With what `f` panics with.
///
/// ```
/// use csp::{prelude::*, sync};
///
/// csp::run(|| {
///     let text = sync::blocking(|| std::fs::read_to_string("Cargo.toml"));
///     assert!(text.unwrap().contains("twisted-csp"));
/// });
/// ```
#[track_caller]
pub fn blocking<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    if !context::may_wait() {
        return f();
    }
    // Not in two parts: who drops its part first is chance, and would be seen in the census as a close.
    let result = Channel::buffered(1);
    let out = result.clone();
    ::blocking::unblock(move || _ = offer(&out, catch_unwind(AssertUnwindSafe(f)))).detach();
    let _away = Away::begin();
    match take(&result) {
        Some(Ok(value)) => value,
        Some(Err(payload)) => resume_unwind(payload),
        None => unreachable!("it is always offered a result, and this process can wait"),
    }
}

/// Until this is dropped, a call that was given to another thread is under way: virtual time does not go on.
struct Away(());

impl Away {
    fn begin() -> Away {
        count_away(|calls| calls + 1);
        Away(())
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        count_away(|calls| calls - 1);
    }
}

fn count_away(change: impl FnOnce(usize) -> usize) {
    context::with(|context| {
        if let Some(context) = context {
            context.away.set(change(context.away.get()));
        }
    });
}

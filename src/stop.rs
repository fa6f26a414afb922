//! Ending the process that runs.

use std::any::{TypeId, type_name};

use crate::context;
use crate::error::Closed;
use crate::operation::Instruction;
use crate::place::Place;
use crate::process;
use crate::report::say;

/// Ends this process, from whatever depth: its destructors run, and nothing after the call does. Its result, if
/// somebody waits for one, is [`ProcessError::Stopped`](crate::ProcessError::Stopped).
///
/// Called in a destructor while the stack is being unwound already, it prints a message and aborts, as a panic
/// there does.
///
/// # Panics
/// Outside a process.
///
/// ```
/// use csp::prelude::*;
///
/// fn deep(n: u32) -> u32 {
///     if n == 0 { stop() } else { deep(n - 1) + 1 }
/// }
///
/// csp::run(|| {
///     let result = go_channel(|| deep(10));
///     assert_eq!(take(&result), None);
/// });
/// ```
#[track_caller]
pub fn stop() -> ! {
    if std::thread::panicking() {
        say(format_args!(
            "`stop` was called in a destructor while the stack is being unwound: one can only be thrown out once"
        ));
        std::process::abort();
    }
    // A process that is being unwound, and has caught that, is thrown out again by this.
    context::instruct(Instruction::Stop);
    // The only way to come back here is code that runs outside any process, in place of a destructor.
    process::throw()
}

/// Ends this process as [`stop`] does, with `value` as its result.
///
/// # Panics
/// If `value` is not of the type that the process's function returns; the message names both. In main, whose result
/// is what it returns. Outside a process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let first_even = go_channel(|| -> Option<i32> {
///         [1, 3, 4, 5].iter().for_each(|n| if n % 2 == 0 { stop_with(Some(*n)) });
///         None
///     });
///     assert_eq!(take(&first_even), Some(Some(4)));
/// });
/// ```
#[track_caller]
pub fn stop_with<T: 'static>(value: T) -> ! {
    let place = Place::caller();
    context::expect("stop_with", |context| {
        let Some(process) = context.process() else { return };
        match process.result {
            None => panic!("`stop_with` in main: return the value instead"),
            Some(result) if result().0 != TypeId::of::<T>() => panic!(
                "`stop_with` at {place} was given a value of type `{}`, and this process, started at {}, returns `{}`",
                type_name::<T>(),
                process.spawned_at,
                result().1
            ),
            Some(_) => process.leave(Box::new(value)),
        }
    });
    stop()
}

/// The value of an answer, or the end of this process: what most examples want.
///
/// For what [`take`](crate::take) and [`put`](crate::put) give: `None`, or `Closed`, [stops](stop) the process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     let out = c.clone();
///     let p = go_now(move || for n in 0.. { put(&out, n).or_stop() });
///     assert_eq!(take(&c), Some(0));
///     close(&c);
///     yield_now();
///     assert!(!p.is_alive(), "its put failed, so it stopped");
/// });
/// ```
pub trait OrStop {
    /// What there is if all is well.
    type Value;

    /// The value, or [`stop`].
    #[track_caller]
    fn or_stop(self) -> Self::Value;
}

impl<T> OrStop for Option<T> {
    type Value = T;

    #[inline]
    #[track_caller]
    fn or_stop(self) -> T {
        match self {
            Some(value) => value,
            None => stop(),
        }
    }
}

impl<T> OrStop for Result<(), Closed<T>> {
    type Value = ();

    #[inline]
    #[track_caller]
    fn or_stop(self) {
        if let Err(closed) = self {
            drop(closed);
            stop()
        }
    }
}

//! What has to do with time: fewer values, values together, values again.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::mem;
use std::time::Duration;

use super::{output, start};
use crate::channel::Receiver;
use crate::port::{ReadPort, put};
use crate::timeout::{now, sleep};

/// Lets a value through, and drops those that come within `period` after it.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let ticks = ops::take_n(7, ticker(Duration::from_secs(1)));
///     let fewer = ops::throttle(ticks, Duration::from_millis(2500));
///     assert_eq!(fewer.iter().map(|at| at - now()).count(), 3, "those of seconds 1, 4 and 7");
/// });
/// ```
#[must_use]
#[track_caller]
pub fn throttle<R: ReadPort + 'static>(from: R, period: Duration) -> Receiver<R::Item> {
    let (to, out) = output();
    start("throttle", move || {
        while let Some(value) = to.next(&from) {
            let until = now() + period;
            if !to.put_from(&from, value) {
                return;
            }
            loop {
                csp::alts! {
                    priority;
                    () = sleep(until - now()) => break,
                    () = closed(&to.port) => return,
                    value = take(&from) => if value.is_none() { return },
                }
            }
        }
    });
    out
}

/// Passes a value on when no other has come for as long as `quiet`, and drops those that were followed sooner. When the
/// input ends the last one goes on at once.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let keys = Channel::new();
///     let words = ops::debounce(keys.clone(), Duration::from_millis(300));
///     go(move || {
///         for (pause, text) in [(0, "h"), (100, "he"), (100, "hey"), (500, "hey!")] {
///             sleep(Duration::from_millis(pause));
///             put(&keys, text).or_stop();
///         }
///         close(&keys);
///     });
///     assert_eq!(words.iter().collect::<Vec<_>>(), ["hey", "hey!"]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn debounce<R: ReadPort + 'static>(from: R, quiet: Duration) -> Receiver<R::Item> {
    let (to, out) = output();
    start("debounce", move || {
        while let Some(mut last) = to.next(&from) {
            loop {
                csp::alts! {
                    priority;
                    () = closed(&to.port) => return from.put_back(last),
                    value = take(&from) => match value {
                        Some(value) => last = value,
                        None => break,
                    },
                    () = sleep(quiet) => break,
                }
            }
            if !to.put_from(&from, last) {
                return;
            }
        }
    });
    out
}

/// Each `period` the latest value, if one has come since; the others are dropped. When the input ends the last one goes on
/// at once.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let numbers = ops::rate_limit(ops::to_chan(0..10), 1, Duration::from_secs(1));
///     let some = ops::sample(numbers, Duration::from_millis(3500));
///     assert_eq!(some.iter().collect::<Vec<_>>(), [3, 6, 9]);
/// });
/// ```
///
/// # Panics
/// If `period` is zero.
#[must_use]
#[track_caller]
pub fn sample<R: ReadPort + 'static>(from: R, period: Duration) -> Receiver<R::Item> {
    assert!(!period.is_zero(), "`sample` needs a period longer than zero");
    let (to, out) = output();
    start("sample", move || {
        let (mut latest, mut due) = (None, now() + period);
        loop {
            let ended = csp::alts! {
                priority;
                () = closed(&to.port) => return latest.into_iter().for_each(|value| from.put_back(value)),
                () = sleep(due - now()) => false,
                value = take(&from) => match value {
                    Some(value) => {
                        latest = Some(value);
                        continue;
                    }
                    None => true,
                },
            };
            let wanted = latest.take().is_none_or(|value| to.put_from(&from, value));
            if ended || !wanted {
                return;
            }
            while due <= now() {
                due = due + period;
            }
        }
    });
    out
}

/// All values, but within any `period` no more than `n`: the others wait.
///
/// # Panics
/// If `n` is 0.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let start = now();
///     let slowly = ops::rate_limit(ops::to_chan(1..=5), 2, Duration::from_secs(1));
///     let times: Vec<u64> = slowly.iter().map(|_| (now() - start).as_secs()).collect();
///     assert_eq!(times, [0, 0, 1, 1, 2]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn rate_limit<R: ReadPort + 'static>(from: R, n: usize, period: Duration) -> Receiver<R::Item> {
    assert!(n > 0, "`rate_limit` of no value in a period lets none through: the least is 1");
    let (to, out) = output();
    start("rate_limit", move || {
        let mut last = VecDeque::new();
        while let Some(value) = to.next(&from) {
            if last.len() == n
                && let Some(first) = last.pop_front()
            {
                csp::alts! {
                    priority;
                    () = closed(&to.port) => return from.put_back(value),
                    () = sleep(first + period - now()) => {}
                }
            }
            if !to.put_from(&from, value) {
                return;
            }
            last.push_back(now());
        }
    });
    out
}

/// Groups of `n` values, or of what has come within `longest` after the first of the group.
///
/// # Panics
/// If `n` is 0.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let numbers = ops::rate_limit(ops::to_chan(1..=5), 3, Duration::from_secs(10));
///     let groups = ops::batch(numbers, 2, Duration::from_secs(1));
///     assert_eq!(groups.iter().collect::<Vec<_>>(), [vec![1, 2], vec![3], vec![4, 5]]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn batch<R: ReadPort + 'static>(from: R, n: usize, longest: Duration) -> Receiver<Vec<R::Item>> {
    assert!(n > 0, "`batch` of no value would make groups of nothing for ever: the least is 1");
    let (to, out) = output();
    start("batch", move || {
        while let Some(first) = to.next(&from) {
            let (mut group, due) = (vec![first], now() + longest);
            while group.len() < n {
                csp::alts! {
                    priority;
                    () = closed(&to.port) => return group.into_iter().rev().for_each(|value| from.put_back(value)),
                    value = take(&from) => match value {
                        Some(value) => group.push(value),
                        None => break,
                    },
                    () = sleep(due - now()) => break,
                }
            }
            if !to.put(mem::take(&mut group)) {
                return;
            }
        }
    });
    out
}

/// No value has come for too long; from [`timeout_each`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimedOut {
    /// How long it was waited.
    pub after: Duration,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no value has come for {:?}", self.after)
    }
}

impl Error for TimedOut {}

/// All values, and an error whenever none has come for as long as `limit`.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let c = Channel::new();
///     let watched = ops::timeout_each(c.clone(), Duration::from_secs(5));
///     go(move || {
///         put(&c, 1).or_stop();
///         sleep(Duration::from_secs(7));
///         put(&c, 2).or_stop();
///         close(&c);
///     });
///     assert_eq!(watched.iter().map(|answer| answer.ok()).collect::<Vec<_>>(), [Some(1), None, Some(2)]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn timeout_each<R: ReadPort + 'static>(from: R, limit: Duration) -> Receiver<Result<R::Item, TimedOut>> {
    let (to, out) = output();
    start("timeout_each", move || {
        loop {
            let answer = csp::alts! {
                priority;
                () = closed(&to.port) => return,
                value = take(&from) => match value {
                    Some(value) => Ok(value),
                    None => return,
                },
                () = sleep(limit) => Err(TimedOut { after: limit }),
            };
            if let Err(closed) = put(&to.port, answer) {
                return closed.0.into_iter().for_each(|value| from.put_back(value));
            }
        }
    });
    out
}

/// Calls `f` until it succeeds: after each failure a pause, as `pauses` says, in which the others run. When there are no
/// more pauses, the last error. See [`backoff`].
///
/// # Errors
/// What `f` has failed with the last time.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let (start, mut tries) = (now(), 0);
///     let answer = ops::retry(ops::backoff(Duration::from_secs(1), Duration::from_secs(60)).take(5), || {
///         tries += 1;
///         if tries < 4 { Err("busy") } else { Ok("done") }
///     });
///     assert_eq!((answer, (now() - start).as_secs()), (Ok("done"), 1 + 2 + 4));
/// });
/// ```
#[track_caller]
pub fn retry<T, E>(pauses: impl IntoIterator<Item = Duration>, mut f: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let mut pauses = pauses.into_iter();
    loop {
        let answer = f();
        if answer.is_ok() {
            return answer;
        }
        match pauses.next() {
            Some(pause) => sleep(pause),
            None => return answer,
        }
    }
}

/// Pauses that double from `first` up to `longest`, without end: `take` says how many.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// let pauses = ops::backoff(Duration::from_secs(1), Duration::from_secs(5)).map(|pause| pause.as_secs());
/// assert_eq!(pauses.take(5).collect::<Vec<_>>(), [1, 2, 4, 5, 5]);
/// ```
pub fn backoff(first: Duration, longest: Duration) -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(first), |pause| Some(pause.saturating_mul(2))).map(move |pause| pause.min(longest))
}

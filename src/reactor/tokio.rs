//! The clock and the timers of tokio.

use std::cell::OnceCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use ::tokio::time::{Instant, Sleep, sleep_until};

use super::Host;
use crate::time::{Clock, Time};

/// The clock and the timers of the tokio runtime that it is used in: what [`csp::tokio`](crate::tokio) rests on.
///
/// With a builder of your own: `Builder::new().host(Tokio::new(), main)`. Tokio's timers count in milliseconds. In a runtime
/// whose time is paused (`tokio::time::pause`) sleeps pass at once.
pub struct Tokio {
    /// There from when it is asked for: then, and not before, it is known which runtime it is.
    clock: OnceCell<Rc<Runtime>>,
    timer: Option<Pin<Box<Sleep>>>,
}

struct Runtime {
    start: Instant,
}

impl Clock for Runtime {
    fn now(&self) -> Time {
        Time::from_start(self.start.elapsed())
    }
}

impl Tokio {
    /// Its time begins when the run does that it is given to.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "as the reactors")]
    pub fn new() -> Tokio {
        Tokio { clock: OnceCell::new(), timer: None }
    }

    fn runtime(&self) -> &Rc<Runtime> {
        self.clock.get_or_init(|| Rc::new(Runtime { start: Instant::now() }))
    }
}

impl Host for Tokio {
    fn clock(&self) -> Rc<dyn Clock> {
        self.runtime().clone()
    }

    /// # Panics
    /// If it has to wait outside of a tokio runtime, or in one without timers.
    fn poll_until(&mut self, until: Option<Time>, cx: &mut Context<'_>) -> Poll<()> {
        let due = until.and_then(|until| self.runtime().start.checked_add(until - Time::ZERO));
        let Some(due) = due else {
            self.timer = None;
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        timer.as_mut().poll(cx)
    }
}

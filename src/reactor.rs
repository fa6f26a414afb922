//! What a scheduler rests on: a clock, a way to wait, a way to be woken from elsewhere.
//!
//! The scheduler never blocks; whoever drives it asks its reactor to, when nobody can run. Two come with the library:
//!
//! | reactor | its clock | waiting |
//! | --- | --- | --- |
//! | [`RealTime`] | the machine's, monotonic | parks the thread until the time has come or somebody wakes it; once there are sockets, polls those |
//! | [`VirtualTime`] | stands still while anybody can run | jumps to the next timer at once |

mod host;
mod park;
#[cfg(feature = "tokio")]
mod tokio;
mod virtual_time;

use std::rc::Rc;

pub use crate::poller::{Network, Ringer};
pub use host::Host;
pub use park::RealTime;
#[cfg(feature = "tokio")]
pub use tokio::Tokio;
pub use virtual_time::VirtualTime;

use crate::time::{Clock, Time};

/// Waiting for time and for others, on behalf of one scheduler.
///
/// ```
/// use csp::prelude::*;
/// use csp::reactor::{Reactor, VirtualTime};
/// use csp::{Clock, Time};
/// use std::{cell::Cell, rc::Rc};
///
/// /// Virtual time that counts how often all had to wait.
/// struct Counted(VirtualTime, Rc<Cell<u32>>);
///
/// impl Reactor for Counted {
///     fn clock(&self) -> Rc<dyn Clock> {
///         self.0.clock()
///     }
///     fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
///         self.0.waker()
///     }
///     fn wait(&mut self, until: Option<Time>) {
///         self.1.set(self.1.get() + 1);
///         self.0.wait(until);
///     }
/// }
///
/// let waits = Rc::new(Cell::new(0));
/// csp::Builder::new().reactor(Counted(VirtualTime::new(), waits.clone())).run(|| {
///     sleep(Duration::from_secs(1));
///     sleep(Duration::from_secs(1));
/// });
/// assert_eq!(waits.get(), 2);
/// ```
pub trait Reactor {
    /// The clock that timers go by.
    fn clock(&self) -> Rc<dyn Clock>;

    /// Something that ends a [`wait`](Reactor::wait) from any thread: the one in progress, or else the next.
    ///
    /// It may be called while a [channel between threads](crate::sync) is locked: it must not use one, nor panic.
    fn waker(&self) -> Box<dyn Fn() + Send + Sync>;

    /// Waits until the clock shows `until` (`None`: for ever), or until woken. To return early is allowed.
    fn wait(&mut self, until: Option<Time>);

    /// As [`wait`](Reactor::wait), while processes wait for the network: a clock that jumps must let that time pass really.
    fn wait_really(&mut self, until: Option<Time>) {
        self.wait(until);
    }

    /// Looks, without waiting, whether sockets are ready. A scheduler that has much to do asks for it now and then while
    /// processes wait for the network.
    fn look(&mut self) {}

    /// Where the sockets are registered that processes of the scheduler wait for, if it is the reactor that
    /// [polls](Network::poll) them. If not, a thread in the background does, and wakes the scheduler.
    fn network(&self) -> Option<Network> {
        None
    }
}

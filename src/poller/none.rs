//! Where there is no network: a reactor has nothing to poll.

use std::time::Duration;

/// The sockets of one scheduler: none, without the feature `net`, or where the system is no Unix.
#[derive(Clone, Default)]
pub struct Network(());

impl Network {
    /// One without sockets.
    #[must_use]
    pub fn new() -> Network {
        Network::default()
    }

    /// False: there is nothing to wait for.
    #[allow(clippy::unused_self, reason = "as where there are sockets")]
    pub fn poll(&self, _: Option<Duration>) -> bool {
        false
    }

    /// False: there are none.
    #[allow(clippy::unused_self, reason = "as where there are sockets")]
    pub(crate) fn is_used(&self) -> bool {
        false
    }

    /// What ends a wait that there never is.
    #[must_use]
    #[allow(clippy::unused_self, reason = "as where there are sockets")]
    pub fn ringer(&self) -> Ringer {
        Ringer(())
    }
}

/// What would end the wait for sockets.
#[derive(Clone, Default)]
pub struct Ringer(());

impl Ringer {
    /// False: nobody polls.
    #[allow(clippy::unused_self, reason = "as where there are sockets")]
    #[must_use]
    pub fn ring(&self) -> bool {
        false
    }
}

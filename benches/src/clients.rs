//! Those who ask servers, the same for all of them.

pub mod echo;
pub mod http;
pub mod places;
pub mod server;

use std::time::Duration;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What some requests came to.
pub struct Served {
    pub requests: u64,
    pub wall_ns: u64,
    /// For some numbers: within how many nanoseconds so many of a thousand requests were answered.
    pub within: Vec<(u16, u64)>,
}

/// What went wrong with a server's answer.
fn failed(what: impl std::fmt::Display) -> String {
    format!("a client has not got its answer: {what}")
}

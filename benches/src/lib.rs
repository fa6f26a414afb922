//! csp beside its peers: the workloads, those who run them, and the program that measures them all.

pub mod child;
#[cfg(feature = "peers")]
pub mod clients;
pub mod command_line;
pub mod count;
#[cfg(feature = "peers")]
pub mod driver;
pub mod groups;
pub mod jobs;
pub mod peers;
pub mod watch;
pub mod workloads;

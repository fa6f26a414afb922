//! The two tables: what is measured, and who is beside csp.

use crate::peers::{self, Peer};
use crate::workloads::{self, Workload};

pub struct Group {
    /// How it is called in a command line.
    pub name: &'static str,
    pub workloads: &'static [Workload],
    /// In the order of the table.
    pub peers: &'static [Peer],
    /// So many of those, the first, are csp.
    pub own: usize,
    /// How many threads goroutines run on; the best counts.
    pub go_threads: &'static [&'static str],
    /// Whether csp is measured with cargo's own release profile, too.
    pub default_profile: bool,
}

/// Everything on one thread.
pub static ONE_THREAD: Group = Group {
    name: "one_thread",
    workloads: workloads::ALL,
    peers: peers::ALL,
    own: 1,
    go_threads: &["1", "2"],
    default_profile: true,
};

/// Between threads.
pub static THREADS: Group = Group {
    name: "threads",
    workloads: workloads::THREADS,
    peers: peers::THREADS,
    own: 3,
    go_threads: &["2"],
    default_profile: false,
};

pub static ALL: [&Group; 2] = [&ONE_THREAD, &THREADS];

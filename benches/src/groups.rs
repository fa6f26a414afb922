//! The three tables: what is measured, and who is beside csp.

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
    /// How many threads goroutines run on; the best counts. `None`: as many as the workload has cores.
    pub go_threads: &'static [Option<&'static str>],
    /// Whether csp is measured with cargo's own release profile, too.
    pub default_profile: bool,
}

/// Everything on one thread.
pub static ONE_THREAD: Group = Group {
    name: "one_thread",
    workloads: workloads::ALL,
    peers: peers::ALL,
    own: 1,
    go_threads: &[Some("1"), Some("2")],
    default_profile: true,
};

/// Between threads.
pub static THREADS: Group = Group {
    name: "threads",
    workloads: workloads::THREADS,
    peers: peers::THREADS,
    own: 3,
    go_threads: &[Some("2")],
    default_profile: false,
};

/// Over the network.
pub static NETWORK: Group = Group {
    name: "net",
    workloads: workloads::NETWORK,
    peers: peers::NETWORK,
    own: 1,
    go_threads: &[None],
    default_profile: false,
};

pub static ALL: [&Group; 3] = [&ONE_THREAD, &THREADS, &NETWORK];

/// Who runs this workload under this name.
pub fn peer(name: &str, workload: &Workload) -> Option<&'static Peer> {
    let has = |group: &&&Group| group.workloads.iter().any(|one| one.name == workload.name);
    ALL.iter().find(has)?.peers.iter().find(|peer| peer.name == name)
}

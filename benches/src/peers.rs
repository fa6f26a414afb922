//! The libraries that are measured, each with the workloads as its own users would write them.

pub mod csp;

use crate::watch::{Reading, Watch};

/// Somebody who can run workloads in this program.
pub struct Peer {
    pub name: &'static str,
    /// Runs a workload so many times, with `n` operations each, in one runtime: what it returned and took each time.
    /// `None` if it does not have this workload.
    pub run: fn(workload: &str, n: u64, times: u32) -> Option<Vec<(u64, Reading)>>,
}

pub const ALL: &[Peer] = &[Peer { name: "csp", run: csp::run }];

pub fn find(name: &str) -> Option<&'static Peer> {
    ALL.iter().find(|peer| peer.name == name)
}

/// Runs `workload` so many times, each with a watch of its own.
fn repeat(times: u32, mut workload: impl FnMut(&mut Watch) -> u64) -> Vec<(u64, Reading)> {
    (0..times)
        .map(|_| {
            let mut watch = Watch::start();
            let answer = workload(&mut watch);
            (answer, watch.finish())
        })
        .collect()
}

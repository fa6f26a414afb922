//! The libraries that are measured, each with the workloads as its own users would write them.

pub mod csp;
mod csp_processes;
mod csp_runtime;
mod threads;

#[cfg(feature = "peers")]
mod async_executor;
#[cfg(feature = "peers")]
mod asynchronous;
#[cfg(feature = "peers")]
mod may;
#[cfg(feature = "peers")]
mod servers;
#[cfg(feature = "peers")]
mod tokio_async_unsync;
#[cfg(feature = "peers")]
mod tokio_flume;
#[cfg(feature = "peers")]
mod tokio_kanal;
#[cfg(feature = "peers")]
mod tokio_mpsc;
#[cfg(feature = "peers")]
mod tokio_runtime;
#[cfg(feature = "peers")]
mod tokio_threads;

use crate::watch::{Reading, Watch};

/// What a workload has returned, and what it took, each time.
pub type Runs = Vec<(u64, Reading)>;

/// Somebody who can run workloads in this program.
pub struct Peer {
    pub name: &'static str,
    /// The crates that it is made of.
    pub crates: &'static [&'static str],
    /// What one has to know to compare.
    pub note: &'static str,
    /// Runs a workload so many times, with `n` operations each, in one runtime. `None` if it does
    /// not have this workload.
    pub run: fn(workload: &str, n: u64, times: u32) -> Option<Runs>,
}

/// In the order of the table; csp is the first.
pub const ALL: &[Peer] = &[
    Peer { name: "csp", crates: &[], note: "processes are stackful coroutines on one thread", run: csp::run },
    #[cfg(feature = "peers")]
    Peer {
        name: "tokio_mpsc",
        crates: &["tokio"],
        note: "tasks on tokio's `LocalRuntime`, and its own channels; unbuffered is a capacity of 1; tasks that all \
               wait for one channel wait for a `broadcast`",
        run: asynchronous::run::<tokio_mpsc::Mpsc>,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "tokio_kanal",
        crates: &["tokio", "kanal"],
        note: "the same runtime; its channels have a rendezvous",
        run: asynchronous::run::<tokio_kanal::Kanal>,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "tokio_flume",
        crates: &["tokio", "flume"],
        note: "the same runtime; its channels have a rendezvous; a million receivers on one channel would take an hour \
               to end, each looking through all others: no crowds",
        run: asynchronous::run_without_gates::<tokio_flume::Flume>,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "tokio_async_unsync",
        crates: &["tokio", "async-unsync"],
        note: "the same runtime, and channels that stay on one thread; unbuffered is a capacity of 1; a channel has \
               one receiver: no crowds",
        run: asynchronous::run_without_gates::<tokio_async_unsync::AsyncUnsync>,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "async_executor",
        crates: &["async-executor", "async-channel", "async-io"],
        note: "tasks on a `LocalExecutor`, what smol is made of; unbuffered is a capacity of 1",
        run: asynchronous::run::<async_executor::Smol>,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "may",
        crates: &["may"],
        note: "stackful coroutines on one worker; its channels have no bound, so that semaphores hold back those who \
               would run away; no more than some 32,000 coroutines, for want of mappings",
        run: may::run,
    },
];

/// Between threads. In the order of the table; the first three are csp.
pub const THREADS: &[Peer] = &[
    Peer {
        name: "csp_processes",
        crates: &[],
        note: "processes on two threads, each with a scheduler: producers on one and consumers on the other; jobs are \
               given to a `Runtime`, each as a process",
        run: csp_processes::run,
    },
    Peer {
        name: "csp_runtime",
        crates: &[],
        note: "processes that are given to a `Runtime` of two workers, which start them where they think best, as Go's and \
               tokio's do; jobs and trees are in the column before",
        run: csp_runtime::run,
    },
    Peer {
        name: "csp_threads",
        crates: &[],
        note: "threads without a scheduler, one for each party, over `csp::sync` channels; workers take jobs from one",
        run: threads::run::<threads::Csp>,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "crossbeam",
        crates: &["crossbeam-channel"],
        note: "the same threads, over its channels; threads are no leaves of a skynet",
        run: threads::run::<threads::Crossbeam>,
    },
    #[cfg(feature = "peers")]
    Peer { name: "flume", crates: &["flume"], note: "the same", run: threads::run::<threads::Flume> },
    #[cfg(feature = "peers")]
    Peer { name: "kanal", crates: &["kanal"], note: "the same", run: threads::run::<threads::Kanal> },
    #[cfg(feature = "peers")]
    Peer {
        name: "tokio",
        crates: &["tokio", "async-channel"],
        note: "tasks on its runtime of many threads, with two workers or one, and its `mpsc`; two consumers share a \
               channel of async-channel; unbuffered is a capacity of 1; each job is a task",
        run: tokio_threads::run,
    },
];

/// Over the network, each a server. In the order of the table; the first is csp.
pub const NETWORK: &[Peer] = &[
    #[cfg(feature = "peers")]
    Peer {
        name: "csp",
        crates: &["httparse"],
        note: "a process for each connection; on two cores a `Runtime` of two workers, which start them where they think \
               best; what is asked for is parsed by httparse, and the answers say nothing but their type and length",
        run: servers::csp::run,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "may",
        crates: &["may", "httparse"],
        note: "a coroutine for each connection, on one worker or two, and the same function as csp in it",
        run: servers::may::run,
    },
    #[cfg(feature = "peers")]
    Peer {
        name: "tokio",
        crates: &["tokio", "hyper"],
        note: "a task for each connection, on its runtime of one thread or on that of many, with two workers; HTTP is \
               hyper",
        run: servers::tokio::run,
    },
];

/// Runs `workload` so many times, each with a watch of its own.
fn repeat(times: u32, mut workload: impl FnMut(&mut Watch) -> u64) -> Runs {
    (0..times)
        .map(|_| {
            let mut watch = Watch::start();
            let answer = workload(&mut watch);
            (answer, watch.finish())
        })
        .collect()
}

//! One peer, one workload, in a program of its own: what the others have left behind does not count.

use std::process::ExitCode;

use crate::peers::Peer;
use crate::workloads::Workload;

/// How a program ends that does not have this workload.
pub const NOT_THERE: u8 = 3;

/// What to run, with `n` operations, and so many times.
pub struct Job {
    pub peer: &'static Peer,
    pub workload: &'static Workload,
    pub n: u64,
    pub times: u32,
}

/// Prints a line for each time: what was returned, nanoseconds on the wall and of the processor, and bytes.
pub fn run(&Job { peer, workload, n, times }: &Job) -> ExitCode {
    let Some(runs) = (peer.run)(workload.name, n, times) else {
        eprintln!("{} has no workload {}", peer.name, workload.name);
        return ExitCode::from(NOT_THERE);
    };
    for (answer, reading) in runs {
        if let Err(wrong) = workload.check(peer.name, n, answer) {
            eprintln!("{wrong}");
            return ExitCode::FAILURE;
        }
        println!("{answer} {} {} {}", reading.wall_ns, reading.processor_ns, reading.bytes);
    }
    ExitCode::SUCCESS
}

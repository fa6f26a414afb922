//! What a workload is measured with.

use std::fmt::Display;
use std::mem::MaybeUninit;
use std::time::Instant;

/// Runs while the workload does. What is only made ready for the measurement, or tidied up after it, can be left out.
pub struct Watch {
    started: (Instant, u64),
    stopped: Option<Reading>,
}

/// What a run took, or holds.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub wall_ns: u64,
    pub processor_ns: u64,
    /// 0 unless the workload has measured memory.
    pub bytes: u64,
}

impl Watch {
    pub fn start() -> Watch {
        Watch { started: (Instant::now(), processor_ns()), stopped: None }
    }

    /// What was before does not count.
    pub fn restart(&mut self) {
        *self = Watch::start();
    }

    /// What comes now does not count.
    pub fn stop(&mut self) {
        self.stopped = Some(self.reading(0));
    }

    /// What counts is the memory held now beyond `before`.
    pub fn stop_with_memory_since(&mut self, before: u64) {
        self.stopped = Some(self.reading(memory().saturating_sub(before)));
    }

    pub fn finish(self) -> Reading {
        self.stopped.unwrap_or_else(|| self.reading(0))
    }

    fn reading(&self, bytes: u64) -> Reading {
        let (wall, processor) = self.started;
        Reading { wall_ns: wall.elapsed().as_nanos() as u64, processor_ns: processor_ns() - processor, bytes }
    }
}

/// The processor's time that this program has used.
fn processor_ns() -> u64 {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The processor's time that another program has used, which runs still.
pub fn processor_ns_of(program: u32) -> u64 {
    let mut clock = 0;
    // SAFETY: the call writes a clock where it is told to, or fails.
    let error = unsafe { libc::clock_getcpuclockid(program as libc::pid_t, &mut clock) };
    assert_eq!(error, 0, "the program runs");
    read(clock)
}

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the call writes a `timespec` where it is told to, or fails, which it does not for clocks that there are.
    let time = unsafe {
        assert_eq!(libc::clock_gettime(clock, time.as_mut_ptr()), 0);
        time.assume_init()
    };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The memory that this program holds: resident, and page tables.
pub fn memory() -> u64 {
    memory_of("self")
}

/// The memory that another program holds, or this one, which is called `self`.
pub fn memory_of(program: impl Display) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{program}/status")).expect("Linux");
    let kib = |field: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("it is there");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    };
    (kib("VmRSS:") + kib("VmPTE:")) * 1024
}

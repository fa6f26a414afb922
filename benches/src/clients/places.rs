//! Who runs on which core. The calling thread is bound for a while, and what it starts meanwhile stays so.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where a server runs, and where its clients do.
pub struct Places {
    all: CpuSet,
    server: CpuSet,
    clients: CpuSet,
}

impl Places {
    /// The first cores for a server that wants so many, and the others for its clients; if there are no others, all for both.
    pub fn with(cores: usize) -> Places {
        let all = sched_getaffinity(None).expect("Linux");
        let (mut server, mut clients) = (CpuSet::new(), CpuSet::new());
        for core in (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)) {
            let side = if (server.count() as usize) < cores { &mut server } else { &mut clients };
            side.set(core);
        }
        if clients.count() == 0 {
            (server, clients) = (all, all);
        }
        Places { all, server, clients }
    }

    /// Whether the server and its clients share their cores.
    pub fn are_shared(&self) -> bool {
        self.server == self.clients
    }

    pub fn of_server<T>(&self, f: impl FnOnce() -> T) -> T {
        self.bound(&self.server, f)
    }

    pub fn of_clients<T>(&self, f: impl FnOnce() -> T) -> T {
        self.bound(&self.clients, f)
    }

    fn bound<T>(&self, cores: &CpuSet, f: impl FnOnce() -> T) -> T {
        sched_setaffinity(None, cores).expect("they are some of those that it may run on");
        let value = f();
        sched_setaffinity(None, &self.all).expect("it ran on them before");
        value
    }
}

//! What is measured: each workload as every peer implements it.
//!
//! A workload is a function of a number of operations, `n`, that returns a checksum: what came out of
//! all that communication, so that nothing measured is a no-op. It runs inside of the peer's runtime, on
//! one thread, several times in one process; unless it is `cold` the first time is not counted.

/// What is measured, and how it is told that it was done.
pub struct Workload {
    pub name: &'static str,
    /// What is done `n` times, in the singular.
    pub unit: &'static str,
    /// How often, in a run of the table.
    pub n: u64,
    /// Only the first run of a process counts: its stacks, pages and tables are made in it.
    pub cold: bool,
    pub measure: Measure,
    /// What it has to return.
    pub answer: fn(n: u64) -> u64,
    /// So many times as fast as Go, at least, csp promises to be.
    pub floor: Option<f64>,
    /// What it does, for those who write it for another peer.
    pub what: &'static str,
}

/// What counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Nanoseconds an operation on the wall.
    Wall,
    /// Nanoseconds an operation of the processor, where most of the time is spent asleep.
    Processor,
    /// Bytes of memory a piece, resident and page tables.
    Bytes,
}

/// The sum of 0, 1, ... n - 1.
const fn sum_below(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

const fn n(n: u64) -> u64 {
    n
}

/// The sum of the even numbers among 0 / 2, 1 / 2, ... (n - 1) / 2, each once.
fn sum_of_every_other_half(n: u64) -> u64 {
    (0..n.div_ceil(2)).step_by(2).sum()
}

/// The prime of this number; the first is 2.
fn prime(n: u64) -> u64 {
    let is_prime = |i: &u64| (2..).take_while(|d| d * d <= *i).all(|d| !i.is_multiple_of(d));
    (2..).filter(is_prime).nth(n as usize - 1).expect("there is no last prime")
}

const fn warm(name: &'static str, unit: &'static str, n: u64, answer: fn(u64) -> u64, what: &'static str) -> Workload {
    Workload { name, unit, n, cold: false, measure: Measure::Wall, answer, floor: None, what }
}

const fn cold(name: &'static str, unit: &'static str, n: u64, answer: fn(u64) -> u64, what: &'static str) -> Workload {
    Workload { cold: true, ..warm(name, unit, n, answer, what) }
}

impl Workload {
    const fn measuring(self, measure: Measure) -> Workload {
        Workload { measure, ..self }
    }

    const fn floor(self, times: f64) -> Workload {
        Workload { floor: Some(times), ..self }
    }

    /// What a run has returned: right, or what is wrong with it.
    pub fn check(&self, peer: &str, n: u64, answer: u64) -> Result<(), String> {
        let right = (self.answer)(n);
        if answer == right {
            return Ok(());
        }
        Err(format!("{peer} gives a wrong answer to {} with n = {n}: {answer}, not {right}", self.name))
    }
}

/// In the order of the table.
#[rustfmt::skip]
pub const ALL: &[Workload] = &[
    warm("ping_pong", "round trip", 1_000_000, sum_below,
        "two processes and two unbuffered channels: i goes over, and comes back; the sum of what has come back")
        .floor(6.5),
    warm("large_value", "round trip", 300_000, sum_below,
        "as ping_pong, with a value of 1 KiB whose first word is i"),
    warm("commstime", "cycle", 500_000, sum_below,
        "prefix(0), delta, successor in a ring of unbuffered channels, and a consumer that sums n numbers")
        .floor(7.0),
    warm("sieve", "prime", 2_000, prime,
        "a generator of 2, 3, ... and a filter process for each prime, over unbuffered channels; the last prime")
        .floor(4.0),
    cold("daisy_chain_cold", "process", 100_000, n,
        "each of n processes takes one number, adds one and hands it on, unbuffered; 0 goes in: what comes out")
        .floor(1.2),
    warm("daisy_chain", "process", 100_000, n,
        "the same, in a runtime that has done it before").floor(3.5),
    warm("skynet", "leaf", 1_000_000, sum_below,
        "a tree of processes with ten children each, which put to an unbuffered channel of their parent; the leaves \
         put 0, 1, ... n - 1, the others the sum of what their children put").floor(1.5),
    warm("alts_4", "choice", 1_000_000, sum_below,
        "four producers, each with an unbuffered channel of its own and every fourth number below n; the consumer \
         chooses fairly among the four in one select, n times; the sum").floor(6.5),
    warm("alts_16", "choice", 500_000, sum_below, "as alts_4, over 16"),
    warm("alts_64", "choice", 200_000, sum_below, "as alts_4, over 64"),
    warm("alts_ready_4", "choice", 1_000_000, sum_below,
        "one process alone: four channels of capacity 1, filled with 0 to 3; a fair select takes a value, and the next \
         number goes into the channel that it came from; the sum of the first n taken, with the numbers below n put"),
    warm("alts_ready_16", "choice", 500_000, sum_below, "as alts_ready_4, over 16"),
    warm("alts_ready_64", "choice", 200_000, sum_below, "as alts_ready_4, over 64"),
    warm("buffered_128", "item", 4_000_000, sum_below,
        "a producer and a consumer with a channel of capacity 128 between them").floor(2.6),
    warm("transducer", "value", 4_000_000, sum_of_every_other_half,
        "a producer and a consumer with a channel of capacity 128 between them, and on it a transducer that halves each \
         number below n, keeps the even ones and leaves out repetitions; the sum"),
    warm("transducer_by_hand", "value", 4_000_000, sum_of_every_other_half,
        "the same, by a process between two channels of capacity 128"),
    warm("pipe", "value", 1_000_000, sum_below,
        "a producer, `pipe`, and a consumer, over unbuffered channels"),
    warm("pipe_by_hand", "value", 1_000_000, sum_below,
        "the same, with a loop of takes and puts in the place of `pipe`"),
    warm("fan_in_16", "message", 1_000_000, sum_below,
        "16 producers put every 16th number below n to one unbuffered channel; the consumer takes n; the sum")
        .floor(3.3),
    warm("spawn_and_receive", "process", 500_000, sum_below,
        "starts a process that puts i to a fresh unbuffered channel, and takes it from there; the sum").floor(4.0),
    warm("yield", "yield", 4_000_000, n, "two processes that give way to each other, n times together").floor(4.8),
    warm("timeouts", "timeout", 500_000, n,
        "a channel of capacity 1 that is full, and a timeout of a minute: a select takes from the first that is ready, \
         the timeout is let go, the channel filled again"),
    warm("sleepers_100k", "sleeper", 100_000, n,
        "n processes sleep until deadlines spread evenly, and in shuffled order (i * 7919 % n), over half a second")
        .measuring(Measure::Processor).floor(5.8),
    cold("sleepers_1m", "sleeper", 1_000_000, n,
        "as sleepers_100k, a million of them over two seconds").measuring(Measure::Processor),
    cold("park_cold", "process", 1_000_000, n,
        "n processes are made and wait to take from one channel: until all wait").floor(1.0),
    warm("unpark", "process", 1_000_000, n,
        "n processes that wait to take from one channel, woken by one close: from the close until all have ended"),
    cold("idle_process", "process", 1_000_000, n,
        "n processes that wait to take from one channel: the memory of each").measuring(Measure::Bytes),
    cold("idle_process_64k", "process", 1_000_000, n,
        "the same, with stacks of the 64 KiB class, for those who have stacks").measuring(Measure::Bytes),
    cold("unstarted_process", "process", 1_000_000, n,
        "n processes that have not had a turn yet, with an empty closure").measuring(Measure::Bytes),
    cold("idle_channel", "channel", 1_000_000, n,
        "n unbuffered channels of 64-bit integers").measuring(Measure::Bytes),
    cold("after_a_peak", "process", 1_000_000, n,
        "n processes have waited and have all ended: what the memory has grown by three seconds later, over n").measuring(Measure::Bytes),
];

pub fn find(name: &str) -> Option<&'static Workload> {
    ALL.iter().find(|workload| workload.name == name)
}

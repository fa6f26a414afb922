//! What is measured: each workload as every peer implements it.
//!
//! A workload is a function of a number of operations, `n`, that returns a checksum: what came out of
//! all that communication, so that nothing measured is a no-op. It runs inside of the peer's runtime, on
//! one thread or two, several times in one process; unless it is `cold` the first time is not counted. Over the
//! network every peer is a server, and the workload is what clients do with it.

use std::sync::Mutex;

use crate::jobs;

/// What is measured, and how it is told that it was done.
pub struct Workload {
    pub name: &'static str,
    /// What is done `n` times, in the singular.
    pub unit: &'static str,
    /// How often, in a run of the table.
    pub n: u64,
    /// Only the first run of a process counts: its stacks, pages and tables are made in it.
    pub cold: bool,
    /// A row of the table for each.
    pub measures: &'static [Measure],
    /// What it has to return.
    pub answer: fn(n: u64) -> u64,
    /// So many times as fast as Go, at least, csp promises to be.
    pub floor: Option<f64>,
    /// The same, of the best peer.
    pub floor_of_peers: Option<f64>,
    /// What an operation takes at most, csp promises.
    pub ceiling: Option<f64>,
    /// The workload with one worker where this has more, and so many times as fast csp promises to be.
    pub one_worker: Option<(&'static str, f64)>,
    /// What goes over the network, where it is a server that is measured.
    pub traffic: Option<Traffic>,
    /// What it does, for those who write it for another peer.
    pub what: &'static str,
}

/// What counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Nanoseconds an operation on the wall.
    Wall,
    /// Nanoseconds an operation of the processor: of a server, or where most of the time is spent asleep.
    Processor,
    /// Nanoseconds within which so many operations of a thousand are done.
    Within(u16),
    /// Bytes of memory a piece, resident and page tables.
    Bytes,
}

/// What a server is asked, and by how many.
#[derive(Clone, Copy)]
pub struct Traffic {
    pub service: Service,
    pub connections: usize,
    /// On how many cores it serves.
    pub cores: usize,
}

/// What a server does with what comes over a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Sends it back.
    Echo,
    /// Greets for each request.
    Http,
}

/// What is measured of a server: how much it does, how hard it works for that, and how long one has to wait.
const SERVED: &[Measure] =
    &[Measure::Wall, Measure::Processor, Measure::Within(500), Measure::Within(990), Measure::Within(999)];

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
    Workload {
        name,
        unit,
        n,
        cold: false,
        measures: &[Measure::Wall],
        answer,
        floor: None,
        floor_of_peers: None,
        ceiling: None,
        one_worker: None,
        traffic: None,
        what,
    }
}

const fn cold(name: &'static str, unit: &'static str, n: u64, answer: fn(u64) -> u64, what: &'static str) -> Workload {
    Workload { cold: true, ..warm(name, unit, n, answer, what) }
}

/// Between threads: not slower than Go, and little slower than the fastest peer.
const fn between(
    name: &'static str,
    unit: &'static str,
    n: u64,
    answer: fn(u64) -> u64,
    what: &'static str,
) -> Workload {
    Workload { floor: Some(1.0), floor_of_peers: Some(1.0 / 1.3), ..warm(name, unit, n, answer, what) }
}

/// A server: so many of its requests are answered as they should be.
const fn server(
    name: &'static str,
    service: Service,
    connections: usize,
    cores: usize,
    requests: u64,
    what: &'static str,
) -> Workload {
    let traffic = Some(Traffic { service, connections, cores });
    Workload { measures: SERVED, traffic, ..warm(name, "request", requests, n, what) }
}

fn mandelbrot(n: u64) -> u64 {
    jobs::sum(jobs::mandelbrot, n)
}

fn monte_carlo(n: u64) -> u64 {
    jobs::sum(jobs::monte_carlo, n)
}

impl Workload {
    const fn measuring(self, measures: &'static [Measure]) -> Workload {
        Workload { measures, ..self }
    }

    const fn floor(self, times: f64) -> Workload {
        Workload { floor: Some(times), ..self }
    }

    /// To within what a program and itself differ by.
    const fn no_slower_than_peers(self) -> Workload {
        Workload { floor_of_peers: Some(0.98), ..self }
    }

    const fn at_most(self, ceiling: f64) -> Workload {
        Workload { ceiling: Some(ceiling), ..self }
    }

    const fn faster_than(self, one_worker: &'static str, times: f64) -> Workload {
        Workload { one_worker: Some((one_worker, times)), ..self }
    }

    /// Whether all servers of it run at the same time.
    pub fn is_asked_in_turns(&self) -> bool {
        self.traffic.is_some_and(|traffic| traffic.service == Service::Echo) && self.measures != [Measure::Bytes]
    }

    /// What it has to return, which may take as long to compute as the workload itself.
    fn right(&self, n: u64) -> u64 {
        static KNOWN: Mutex<Vec<(&str, u64, u64)>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().expect("nobody panics here");
        if let Some((_, _, right)) = known.iter().find(|(name, of, _)| (*name, *of) == (self.name, n)) {
            return *right;
        }
        let right = (self.answer)(n);
        known.push((self.name, n, right));
        right
    }

    /// What a run has returned: right, or what is wrong with it.
    pub fn check(&self, peer: &str, n: u64, answer: u64) -> Result<(), String> {
        let right = self.right(n);
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
        .measuring(&[Measure::Processor]).floor(5.8),
    cold("sleepers_1m", "sleeper", 1_000_000, n,
        "as sleepers_100k, a million of them over two seconds").measuring(&[Measure::Processor]),
    cold("park_cold", "process", 1_000_000, n,
        "n processes are made and wait to take from one channel: until all wait").floor(1.0),
    warm("unpark", "process", 1_000_000, n,
        "n processes that wait to take from one channel, woken by one close: from the close until all have ended"),
    cold("idle_process", "process", 1_000_000, n,
        "n processes that wait to take from one channel: the memory of each").measuring(&[Measure::Bytes]),
    cold("idle_process_64k", "process", 1_000_000, n,
        "the same, with stacks of the 64 KiB class, for those who have stacks").measuring(&[Measure::Bytes]),
    cold("unstarted_process", "process", 1_000_000, n,
        "n processes that have not had a turn yet, with an empty closure").measuring(&[Measure::Bytes]),
    cold("idle_channel", "channel", 1_000_000, n,
        "n unbuffered channels of 64-bit integers").measuring(&[Measure::Bytes]),
    cold("after_a_peak", "process", 1_000_000, n,
        "n processes have waited and have all ended: what the memory has grown by three seconds later, over n").measuring(&[Measure::Bytes]),
];

/// Between threads, in the order of the table. What is there for two cores wants two.
#[rustfmt::skip]
pub const THREADS: &[Workload] = &[
    between("threads_ping_pong", "round trip", 100_000, sum_below,
        "two parties on two threads, and two unbuffered channels: i goes over, and comes back; the sum"),
    between("1-1_cap_0", "item", 200_000, sum_below,
        "one producer, an unbuffered channel, and one consumer on another thread; the sum of the numbers below n"),
    between("1-1_cap_1", "item", 200_000, sum_below, "the same, with a channel of capacity 1"),
    between("1-1_cap_128", "item", 2_000_000, sum_below, "the same, with a channel of capacity 128"),
    between("2-1_cap_0", "item", 200_000, sum_below, "as 1-1_cap_0, with two producers of every other number"),
    between("2-1_cap_1", "item", 200_000, sum_below, "the same, with a channel of capacity 1"),
    between("2-1_cap_128", "item", 2_000_000, sum_below, "the same, with a channel of capacity 128"),
    between("1-2_cap_0", "item", 200_000, sum_below, "as 1-1_cap_0, with two consumers, whose sums are added"),
    between("1-2_cap_1", "item", 200_000, sum_below, "the same, with a channel of capacity 1"),
    between("1-2_cap_128", "item", 2_000_000, sum_below, "the same, with a channel of capacity 128"),
    between("2-2_cap_0", "item", 200_000, sum_below, "as 1-1_cap_0, with two of each"),
    between("2-2_cap_1", "item", 200_000, sum_below, "the same, with a channel of capacity 1"),
    between("2-2_cap_128", "item", 2_000_000, sum_below, "the same, with a channel of capacity 128"),
    between("mandelbrot_1", "row", 1_000, mandelbrot,
        "the Mandelbrot set in n rows of 1024 points, each a job for one worker; the sum of the steps of all points, of \
         256 at most each"),
    between("mandelbrot_2", "row", 1_000, mandelbrot, "the same, with two workers").faster_than("mandelbrot_1", 1.9),
    between("monte_carlo_1", "block", 1_000, monte_carlo,
        "n blocks of 100,000 random points, each a job for one worker; how many points are in the quarter of a circle"),
    between("monte_carlo_2", "block", 1_000, monte_carlo, "the same, with two workers").faster_than("monte_carlo_1", 1.9),
    between("threads_skynet", "leaf", 1_000_000, sum_below,
        "a tree of processes with ten children each, on two threads, as skynet; csp's processes hand the children of the \
         first two generations to whatever worker has time, and the others stay where their parents are"),
];

/// Over the network, in the order of the table. What is there for two cores wants two.
#[rustfmt::skip]
pub const NETWORK: &[Workload] = &[
    server("echo_1", Service::Echo, 1, 1, 20_000,
        "a client sends 64 bytes and waits until they come back, again and again: n times, one of them at a time"),
    server("echo_64", Service::Echo, 64, 1, 40_000,
        "the same over 64 connections, n times together, in each one at a time").no_slower_than_peers(),
    server("echo_1000", Service::Echo, 1_000, 1, 80_000, "the same over 1,000").no_slower_than_peers(),
    server("echo_64_on_2", Service::Echo, 64, 2, 40_000,
        "as echo_64, with a server on both cores").no_slower_than_peers(),
    server("echo_1000_on_2", Service::Echo, 1_000, 2, 80_000,
        "as echo_1000, with a server on both cores").no_slower_than_peers(),
    server("http_64", Service::Http, 64, 1, 50_000,
        "HTTP/1.1 over 64 connections that are kept, by wrk for a second: a greeting of 13 bytes as plain text"),
    server("http_64_on_2", Service::Http, 64, 2, 50_000, "the same, with a server on both cores"),
    Workload { unit: "connection", cold: true, ..server("idle_connection", Service::Echo, 10_000, 1, 10_000,
        "n connections that have been used once, and whose process waits for more: the memory of each in the server, \
         without the kernel's").measuring(&[Measure::Bytes]).at_most(6144.0) },
];

pub fn find(name: &str) -> Option<&'static Workload> {
    ALL.iter().chain(THREADS).chain(NETWORK).find(|workload| workload.name == name)
}

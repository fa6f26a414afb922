//! Random programs: what they are made of, how they are drawn, and how they are shown.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;

/// What a channel is.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Buffered(usize),
    Dropping(usize),
    Sliding(usize),
    Promise,
    /// With the library's own fixed buffer, as if it were the user's.
    UserFixed(usize),
    /// With the library's own sliding buffer, as if it were the user's.
    UserSliding(usize),
    /// A sender and a receiver for every process that needs one.
    Ends(usize),
}

impl Kind {
    /// Whether it may drop what it has accepted.
    pub fn drops(self) -> bool {
        matches!(self, Kind::Dropping(_) | Kind::Sliding(_) | Kind::Promise | Kind::UserSliding(_))
    }
}

/// What a process does, one after the other. Channels and processes are named by their number.
#[derive(Clone, PartialEq)]
pub enum Op {
    Take(usize),
    Put(usize),
    Poll(usize),
    Offer(usize),
    /// The list form of a choice: `true` puts.
    List(Vec<(bool, usize)>, bool),
    /// The macro: a take, a put from a slot, and what stands beside them.
    Macro(usize, usize, Beside, bool),
    /// A take as a future: polled, then dropped or polled again a turn later.
    Future(usize, bool),
    TakeCallback(usize),
    PutCallback(usize),
    Close(usize),
    Drain(usize),
    Sleep(u64),
    Kill(usize),
    Yield,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Beside {
    Nothing,
    Sleep(u64),
    Default,
}

impl Op {
    fn ports(&self) -> Vec<(bool, usize)> {
        match self {
            Op::Take(c) | Op::Poll(c) | Op::Future(c, _) | Op::TakeCallback(c) => vec![(false, *c)],
            Op::Put(c) | Op::Offer(c) | Op::PutCallback(c) | Op::Close(c) | Op::Drain(c) => vec![(true, *c)],
            Op::List(branches, _) => branches.clone(),
            Op::Macro(from, to, ..) => vec![(false, *from), (true, *to)],
            Op::Sleep(_) | Op::Kill(_) | Op::Yield => Vec::new(),
        }
    }

    /// Draws channels from so many channels, and processes from so many processes.
    fn fit(&mut self, channels: usize, processes: usize) {
        match self {
            Op::Take(c) | Op::Put(c) | Op::Poll(c) | Op::Offer(c) | Op::Future(c, _) => *c %= channels,
            Op::TakeCallback(c) | Op::PutCallback(c) | Op::Close(c) | Op::Drain(c) => *c %= channels,
            Op::List(branches, _) => branches.iter_mut().for_each(|(_, c)| *c %= channels),
            Op::Macro(from, to, ..) => (*from, *to) = (*from % channels, *to % channels),
            Op::Kill(p) => *p %= processes,
            Op::Sleep(_) | Op::Yield => {}
        }
    }
}

/// A program, and how it is run.
#[derive(Clone)]
pub struct Program {
    pub channels: Vec<Kind>,
    /// Each is started with `go`, or with `go_now`, in this order.
    pub processes: Vec<(bool, Vec<Op>)>,
    pub seed: u64,
    /// The small budget; each program runs with the usual one, too.
    pub budget: u32,
    /// Main waits for all to end, which may be a deadlock; else it looks around when nobody can run any more.
    pub wait_for_all: bool,
}

impl Program {
    /// Whether a process needs to put to (`true`) or take from a channel.
    pub fn needs(&self, process: usize, puts: bool, channel: usize) -> bool {
        self.processes[process].1.iter().any(|op| op.ports().contains(&(puts, channel)))
    }

    /// Whether values may legally come back to a channel, and be overtaken meanwhile.
    pub fn gives_back(&self, channel: usize) -> bool {
        self.processes.iter().any(|(_, ops)| ops.iter().any(|op| matches!(op, Op::Future(c, _) if *c == channel)))
    }
}

pub fn program() -> impl Strategy<Value = Program> {
    let kind = prop_oneof![
        3 => Just(Kind::Buffered(0)),
        2 => (1..3usize).prop_map(Kind::Buffered),
        1 => (1..3usize).prop_map(Kind::Dropping),
        1 => (1..3usize).prop_map(Kind::Sliding),
        1 => Just(Kind::Promise),
        1 => (1..3usize).prop_map(Kind::UserFixed),
        1 => (1..3usize).prop_map(Kind::UserSliding),
        2 => (0..3usize).prop_map(Kind::Ends),
    ];
    let process = (any::<bool>(), vec(op(), 0..8));
    let parts = (vec(kind, 1..4), vec(process, 1..7), 0..1000u64, 1..4u32, any::<bool>());
    parts.prop_map(|(channels, mut processes, seed, budget, wait_for_all)| {
        let count = processes.len();
        processes.iter_mut().flat_map(|(_, ops)| ops).for_each(|op| op.fit(channels.len(), count));
        Program { channels, processes, seed, budget, wait_for_all }
    })
}

fn op() -> impl Strategy<Value = Op> {
    let c = || 0..12usize;
    let beside = prop_oneof![Just(Beside::Nothing), (0..3u64).prop_map(Beside::Sleep), Just(Beside::Default)];
    prop_oneof![
        6 => c().prop_map(Op::Take),
        6 => c().prop_map(Op::Put),
        2 => c().prop_map(Op::Poll),
        2 => c().prop_map(Op::Offer),
        3 => (vec((any::<bool>(), c()), 1..4), any::<bool>()).prop_map(|(list, priority)| Op::List(list, priority)),
        1 => vec(c(), 9..12).prop_map(|list| Op::List(list.into_iter().map(|c| (false, c)).collect(), false)),
        3 => (c(), c(), beside, any::<bool>()).prop_map(|(from, to, beside, p)| Op::Macro(from, to, beside, p)),
        1 => (c(), any::<bool>()).prop_map(|(c, again)| Op::Future(c, again)),
        1 => c().prop_map(Op::TakeCallback),
        1 => c().prop_map(Op::PutCallback),
        1 => c().prop_map(Op::Close),
        1 => c().prop_map(Op::Drain),
        2 => (0..4u64).prop_map(Op::Sleep),
        1 => c().prop_map(Op::Kill),
        1 => Just(Op::Yield),
    ]
}

/// What a channel is called.
pub fn letter(channel: usize) -> char {
    (b'a' + channel as u8) as char
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Buffered(0) => f.write_str("unbuffered"),
            Kind::Buffered(n) => write!(f, "buffered({n})"),
            Kind::Dropping(n) => write!(f, "dropping({n})"),
            Kind::Sliding(n) => write!(f, "sliding({n})"),
            Kind::Promise => f.write_str("promise"),
            Kind::UserFixed(n) => write!(f, "with_buffer(Fixed({n}))"),
            Kind::UserSliding(n) => write!(f, "with_buffer(Sliding({n}))"),
            Kind::Ends(n) => write!(f, "sender and receiver, {n}"),
        }
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = |priority: &bool| if *priority { " priority" } else { "" };
        match self {
            Op::Take(c) => write!(f, "take {}", letter(*c)),
            Op::Put(c) => write!(f, "put {}", letter(*c)),
            Op::Poll(c) => write!(f, "poll {}", letter(*c)),
            Op::Offer(c) => write!(f, "offer {}", letter(*c)),
            Op::List(branches, priority) => {
                write!(f, "alts{} [", first(priority))?;
                for (n, (puts, c)) in branches.iter().enumerate() {
                    let comma = if n > 0 { ", " } else { "" };
                    write!(f, "{comma}{} {}", if *puts { "put" } else { "take" }, letter(*c))?;
                }
                f.write_str("]")
            }
            Op::Macro(from, to, beside, priority) => {
                write!(f, "alts!{} {{ take {}, put {} from slot", first(priority), letter(*from), letter(*to))?;
                match beside {
                    Beside::Nothing => f.write_str(" }"),
                    Beside::Sleep(ms) => write!(f, ", sleep {ms} ms }}"),
                    Beside::Default => f.write_str(", default }"),
                }
            }
            Op::Future(c, true) => write!(f, "take_async {}, polled twice", letter(*c)),
            Op::Future(c, false) => write!(f, "take_async {}, polled and dropped", letter(*c)),
            Op::TakeCallback(c) => write!(f, "take_then_callback {}", letter(*c)),
            Op::PutCallback(c) => write!(f, "put_then_callback {}", letter(*c)),
            Op::Close(c) => write!(f, "close {}", letter(*c)),
            Op::Drain(c) => write!(f, "drain {}", letter(*c)),
            Op::Sleep(ms) => write!(f, "sleep {ms} ms"),
            Op::Kill(p) => write!(f, "kill p{p}"),
            Op::Yield => f.write_str("yield"),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, small budget {}", self.seed, self.budget)?;
        for (c, kind) in self.channels.iter().enumerate() {
            writeln!(f, "  channel {}: {kind:?}", letter(c))?;
        }
        for (p, (now, ops)) in self.processes.iter().enumerate() {
            write!(f, "  p{p}, by {}:", if *now { "go_now" } else { "go" })?;
            ops.iter().enumerate().try_for_each(|(n, op)| write!(f, "{} {op:?}", if n > 0 { ";" } else { "" }))?;
            writeln!(f)?;
        }
        f.write_str(if self.wait_for_all { "  main waits for all" } else { "  main looks when all is quiet" })
    }
}

//! Random programs keep the rules whatever they do: nothing is lost, nothing is there twice, nobody is overtaken,
//! nobody sleeps who could go on, and a seed makes the same run again.
//!
//! Every program runs under virtual time with the usual budget and with a tiny one, each twice. The cases are the same
//! every time; `PROPTEST_CASES=20000 PROPTEST_RNG_SEED=7 cargo test --test properties` looks further.

#[path = "properties/ledger.rs"]
mod ledger;
#[path = "properties/program.rs"]
mod program;

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use csp::prelude::*;
use csp::{Fixed, OfferError, PanicPolicy, Parked, RunError, Sliding};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use ledger::{Fate, Ledger, Phase, Token};
use program::{Beside, Kind, Op, Program, letter};

#[test]
fn random_programs_keep_the_rules() {
    check(600, program::program(), |program| {
        for budget in [None, Some(program.budget)] {
            let (log, wrong) = run_once(&program, budget);
            let told = |what: &str, lines: &[String]| {
                let lines = lines.join("\n    ");
                TestCaseError::fail(format!(
                    "{what}, budget {budget:?}:\n    {lines}\n  what happened:\n    {}",
                    log.join("\n    ")
                ))
            };
            if !wrong.is_empty() {
                return Err(told("the books do not close", &wrong));
            }
            let (again, _) = run_once(&program, budget);
            if again != log {
                return Err(told("the same seed made another run", &again));
            }
        }
        Ok(())
    });
}

/// Where nothing is closed and nobody killed, everything arrives: several producers, a chain of relays with buffers of
/// any size, one consumer.
#[test]
fn a_chain_of_relays_delivers_everything_in_order() {
    let sizes = proptest::collection::vec(0..4usize, 1..6);
    check(100, (sizes, 1..5u32, 0..40u32, 0..1000u64, 1..200u32), |(sizes, producers, each, seed, budget)| {
        let arrived = csp::Builder::new().virtual_time().seed(seed).budget(budget).run(|| {
            let (first, mut last) = csp::channel(sizes[0]);
            for producer in 0..producers {
                let out = first.clone();
                go(move || (0..each).for_each(|n| put(&out, (producer, n)).or_stop()));
            }
            drop(first);
            for size in &sizes[1..] {
                let (out, next) = csp::channel(*size);
                let from = std::mem::replace(&mut last, next);
                go(move || from.iter().for_each(|value| put(&out, value).or_stop()));
            }
            last.iter().collect::<Vec<_>>()
        });
        prop_assert_eq!(arrived.len() as u32, producers * each);
        for producer in 0..producers {
            let own = arrived.iter().filter(|(p, _)| *p == producer).map(|(_, n)| *n);
            prop_assert!(own.eq(0..each), "producer {} was overtaken: {:?}", producer, arrived);
        }
        Ok(())
    });
}

fn check<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(1);
    }
    if let Err(error) = TestRunner::new(config).run(&strategy, test) {
        panic!("{error}");
    }
}

/// A process's handles to a channel.
enum Port {
    Whole(Channel<Token>),
    Ends(Option<Sender<Token>>, Option<Receiver<Token>>),
}

macro_rules! reading {
    ($port:expr, $r:ident => $body:expr) => {
        match &$port {
            Port::Whole($r) => $body,
            Port::Ends(_, Some($r)) => $body,
            Port::Ends(..) => unreachable!("it has what it needs"),
        }
    };
}

macro_rules! writing {
    ($port:expr, $w:ident => $body:expr) => {
        match &$port {
            Port::Whole($w) => $body,
            Port::Ends(Some($w), _) => $body,
            Port::Ends(..) => unreachable!("it has what it needs"),
        }
    };
}

/// Says that a process has ended, also one that never began.
struct Leave {
    me: usize,
    ledger: Rc<Ledger>,
    done: Channel<()>,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.ledger.left(self.me);
        self.ledger.note(format!("p{} has left", self.me));
        offer(&self.done, ()).unwrap();
    }
}

/// What a process has.
struct Worker {
    /// Dropped before the ports.
    _leave: Leave,
    me: usize,
    ledger: Rc<Ledger>,
    handles: Rc<RefCell<Vec<Process>>>,
    ports: Vec<Port>,
}

/// Notes what a take gave.
fn took(ledger: &Ledger, (me, by_callback): (usize, bool), channel: usize, value: Option<Token>) {
    let what = value.as_ref().map(|token| token.id);
    ledger.note(format!("{:?}: p{me} took {what:?} from {}", now(), letter(channel)));
    if let Some(token) = value {
        token.end(Fate::Taken(me, by_callback));
    }
}

impl Worker {
    fn took(&self, channel: usize, value: Option<Token>) {
        took(&self.ledger, (self.me, false), channel, value);
    }

    fn wrote(&self, id: usize, answer: Result<(), Token>) {
        match answer {
            Ok(()) => self.ledger.accepted(id),
            Err(token) => token.end(Fate::Returned),
        }
    }

    fn make(&self, channel: usize) -> Token {
        self.ledger.make(self.me, false, channel)
    }

    fn step(&self, op: &Op) {
        let Worker { me, ledger, ports, .. } = self;
        match *op {
            Op::Take(c) => {
                ledger.taking(*me, &[c]);
                let value = reading!(ports[c], r => take(r));
                ledger.taking(*me, &[]);
                self.took(c, value);
            }
            Op::Put(c) => {
                let token = self.make(c);
                self.wrote(token.id, writing!(ports[c], w => put(w, token)).map_err(Closed::into_inner));
            }
            Op::Poll(c) => {
                if let Ok(token) = reading!(ports[c], r => poll(r)) {
                    self.took(c, Some(token));
                }
            }
            Op::Offer(c) => {
                let token = self.make(c);
                self.wrote(token.id, writing!(ports[c], w => offer(w, token)).map_err(OfferError::into_inner));
            }
            Op::List(ref branches, priority) => self.list(branches, priority),
            Op::Macro(from, to, beside, priority) => {
                let token = self.make(to);
                let id = token.id;
                let mut slot = Some(token);
                ledger.taking(*me, &[from]);
                let answer = reading!(ports[from], r => writing!(ports[to], w => {
                    choose(r, w, &mut slot, beside, priority)
                }));
                ledger.taking(*me, &[]);
                match answer {
                    Answer::Took(value) => self.took(from, value),
                    Answer::Put(answer) => self.wrote(id, answer.map_err(Closed::into_inner)),
                    Answer::Beside => {}
                }
                slot.into_iter().for_each(|token| token.end(Fate::Returned));
            }
            Op::Future(c, again) => {
                let Port::Whole(channel) = &ports[c] else { return };
                let mut next = pin!(channel.take_async());
                for last in [!again, true] {
                    if let Poll::Ready(value) = next.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                        return self.took(c, value);
                    }
                    yield_now();
                    if last {
                        return;
                    }
                }
            }
            Op::TakeCallback(c) => {
                ledger.callback(c, false, 1);
                let (books, party) = (ledger.clone(), (*me, true));
                let then = move |value| {
                    books.callback(c, false, -1);
                    took(&books, party, c, value);
                };
                if reading!(ports[c], r => take_then_callback(r, then)).is_err() {
                    ledger.callback(c, false, -1);
                }
            }
            Op::PutCallback(c) => {
                let token = ledger.make(*me, true, c);
                let (id, books) = (token.id, ledger.clone());
                ledger.callback(c, true, 1);
                let then = move |answer| {
                    books.callback(c, true, -1);
                    match answer {
                        Ok(()) => books.accepted(id),
                        Err(Closed(token)) => Token::end(token, Fate::Returned),
                    }
                };
                if let Err(error) = writing!(ports[c], w => put_then_callback(w, token, then)) {
                    ledger.callback(c, true, -1);
                    error.value.end(Fate::Returned);
                }
            }
            Op::Close(c) => writing!(ports[c], w => close(w)),
            Op::Drain(c) => writing!(ports[c], w => drain(w)),
            Op::Sleep(ms) => sleep(Duration::from_millis(ms)),
            Op::Kill(p) if p == *me => {
                ledger.doom(p);
                stop()
            }
            Op::Kill(p) => {
                let handle = self.handles.borrow().get(p).cloned();
                if let Some(handle) = handle {
                    ledger.doom(p);
                    kill(&handle);
                }
            }
            Op::Yield => yield_now(),
        }
    }

    /// The list forms: channels, receivers, or branches; what does not fit the first branch is left out.
    fn list(&self, branches: &[(bool, usize)], priority: bool) {
        let first = |list: &[usize]| self.ledger.taking(self.me, list);
        let receivers: Vec<_> = branches
            .iter()
            .filter_map(|&(puts, c)| match &self.ports[c] {
                Port::Ends(_, Some(r)) if !puts => Some((c, r)),
                _ => None,
            })
            .collect();
        let whole: Vec<_> = branches
            .iter()
            .filter_map(|&(puts, c)| match &self.ports[c] {
                Port::Whole(channel) => Some((puts, c, channel)),
                Port::Ends(..) => None,
            })
            .collect();
        if whole.is_empty() {
            let Some(_) = receivers.first() else { return };
            let list = || receivers.iter().map(|(_, r)| *r);
            first(&receivers.iter().map(|(c, _)| *c).collect::<Vec<_>>());
            let (value, chosen) = if priority { alts_priority(list()) } else { alts(list()) };
            first(&[]);
            let (c, _) = receivers.iter().find(|(_, r)| chosen == **r).expect("it is one of them");
            return self.took(*c, value);
        }
        first(&whole.iter().filter(|(puts, ..)| !puts).map(|(_, c, _)| *c).collect::<Vec<_>>());
        if whole.iter().all(|(puts, ..)| !puts) {
            let list = || whole.iter().map(|(.., channel)| *channel);
            let (value, chosen) = if priority { alts_priority(list()) } else { alts(list()) };
            first(&[]);
            let (_, c, _) = whole.iter().find(|(.., channel)| chosen == **channel).expect("it is one of them");
            return self.took(*c, value);
        }
        let mut ids = vec![0; whole.len()];
        let list: Vec<_> = whole
            .iter()
            .enumerate()
            .map(|(n, &(puts, c, channel))| match puts {
                false => Branch::Take(channel),
                true => {
                    let token = self.make(c);
                    ids[n] = token.id;
                    Branch::Put(channel, token)
                }
            })
            .collect();
        let chosen = if priority { alts_priority(list) } else { alts(list) };
        first(&[]);
        match chosen.outcome {
            Outcome::Took(value) => self.took(whole[chosen.index].1, value),
            Outcome::Put(answer) => self.wrote(ids[chosen.index], answer.map_err(Closed::into_inner)),
        }
        for (index, token) in chosen.losers {
            if token.id != ids[index] {
                self.ledger.complain(format!("the loser of branch {index} is {}, not {}", token.id, ids[index]));
            }
            token.end(Fate::Returned);
        }
    }
}

enum Answer {
    Took(Option<Token>),
    Put(Result<(), Closed<Token>>),
    Beside,
}

fn choose<R, W>(from: &R, to: &W, slot: &mut Option<Token>, beside: Beside, priority: bool) -> Answer
where
    R: ReadPort<Item = Token>,
    W: WritePort<Item = Token>,
{
    use Answer::{Put, Took};
    let ms = Duration::from_millis;
    match (beside, priority) {
        (Beside::Nothing, false) => alts! { v = take(from) => Took(v), r = put(to, from *slot) => Put(r) },
        (Beside::Nothing, true) => alts! { priority; v = take(from) => Took(v), r = put(to, from *slot) => Put(r) },
        (Beside::Sleep(n), false) => alts! {
            v = take(from) => Took(v), r = put(to, from *slot) => Put(r), _ = sleep(ms(n)) => Answer::Beside,
        },
        (Beside::Sleep(n), true) => alts! {
            priority; v = take(from) => Took(v), r = put(to, from *slot) => Put(r), _ = sleep(ms(n)) => Answer::Beside,
        },
        (Beside::Default, false) => alts! {
            v = take(from) => Took(v), r = put(to, from *slot) => Put(r), default => Answer::Beside,
        },
        (Beside::Default, true) => alts! {
            priority; v = take(from) => Took(v), r = put(to, from *slot) => Put(r), default => Answer::Beside,
        },
    }
}

/// Runs a program: what happened, and what was wrong with it.
fn run_once(program: &Program, budget: Option<u32>) -> (Vec<String>, Vec<String>) {
    let ledger = Ledger::new(program);
    let whole: Vec<Option<Channel<Token>>> =
        program.channels.iter().enumerate().map(|(c, kind)| whole(c, *kind)).collect();
    let handles = Rc::new(RefCell::new(Vec::new()));
    let alive = RefCell::new(Vec::new());
    let mut builder = csp::Builder::new().virtual_time().seed(program.seed).panic_policy(PanicPolicy::Propagate);
    if let Some(budget) = budget {
        builder = builder.budget(budget);
    }
    let result = builder.try_run(|| {
        let _end = AtEnd(|| {
            alive.replace(ledger.alive());
            ledger.end();
        });
        let done = Channel::buffered(program.processes.len());
        for worker in workers(program, &whole, &ledger, &handles, &done) {
            let (now, ops) = program.processes[worker.me].clone();
            let body = move || ops.iter().for_each(|op| worker.step(op));
            let process = if now { go_now(body) } else { go(body) };
            handles.borrow_mut().push(process);
        }
        if program.wait_for_all {
            program.processes.iter().for_each(|_| assert_eq!(take(&done), Some(())));
        } else {
            sleep(Duration::from_secs(1000));
            all_is_quiet(&ledger, &whole, &handles.borrow(), &ledger.alive(), &csp::parked());
        }
    });
    match result {
        Ok(()) => {}
        Err(RunError::Deadlock(report)) if program.wait_for_all => {
            let (main, others) = report.parked.split_first().expect("main waits, at least");
            if main.name.as_deref() != Some("main") {
                ledger.complain(format!("the report of the deadlock begins with {main}"));
            }
            nobody_waits_for_nothing(&ledger, &handles.borrow(), &alive.borrow(), others);
        }
        Err(error) => ledger.complain(format!("the run ended with: {error}")),
    }
    ledger.phase.set(Phase::After);
    let left: Vec<usize> = whole.iter().map(|channel| channel.as_ref().map_or(0, Channel::len)).collect();
    drop(whole);
    ledger.close(&left);
    (ledger.log.take(), ledger.wrong.take())
}

struct AtEnd<F: Fn()>(F);

impl<F: Fn()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A channel with one kind of handle; none if it has two ends.
fn whole(c: usize, kind: Kind) -> Option<Channel<Token>> {
    let hook = |token: Token| token.end(Fate::Displaced);
    let builder = Channel::builder().name(letter(c).to_string()).callback_limit(2).on_drop(hook);
    let builder = match kind {
        Kind::Buffered(n) => builder.buffered(n),
        Kind::Dropping(n) => builder.dropping(n),
        Kind::Sliding(n) => builder.sliding(n),
        Kind::Promise => builder.promise(),
        Kind::UserFixed(n) => builder.buffer(Fixed::new(n)),
        Kind::UserSliding(n) => builder.buffer(Sliding::new(n)),
        Kind::Ends(_) => return None,
    };
    Some(builder.build())
}

/// All processes before they start, each with the handles it needs and no others.
fn workers(
    program: &Program,
    whole: &[Option<Channel<Token>>],
    ledger: &Rc<Ledger>,
    handles: &Rc<RefCell<Vec<Process>>>,
    done: &Channel<()>,
) -> Vec<Worker> {
    let ends: Vec<_> = program.channels.iter().map(|kind| if let Kind::Ends(n) = kind { *n } else { 0 }).collect();
    let ends: Vec<_> = ends.into_iter().map(csp::channel).collect();
    let port = |me: usize, c: usize| match &whole[c] {
        Some(channel) => Port::Whole(channel.clone()),
        None => Port::Ends(
            program.needs(me, true, c).then(|| ends[c].0.clone()),
            program.needs(me, false, c).then(|| ends[c].1.clone()),
        ),
    };
    (0..program.processes.len())
        .map(|me| Worker {
            _leave: Leave { me, ledger: ledger.clone(), done: done.clone() },
            me,
            ledger: ledger.clone(),
            handles: handles.clone(),
            ports: (0..program.channels.len()).map(|c| port(me, c)).collect(),
        })
        .collect()
}

/// Nobody can run and no timer is due: what must hold of everybody who waits, and of every channel.
fn all_is_quiet(
    ledger: &Ledger,
    whole: &[Option<Channel<Token>>],
    handles: &[Process],
    alive: &[usize],
    parked: &[Parked],
) {
    nobody_waits_for_nothing(ledger, handles, alive, parked);
    for (c, channel) in whole.iter().enumerate() {
        let Some(channel) = channel else { continue };
        let object = format!("channel `{}`,", letter(c));
        let waits = |verb: &str, puts: bool| {
            let wants = |parked: &Parked| parked.wants.iter().any(|w| w.verb == verb && w.object.starts_with(&object));
            parked.iter().any(wants) || ledger.waiting_callbacks(c, puts) > 0
        };
        let wrong = |rule: &str| ledger.complain(format!("{rule}: {channel:?} of {}", letter(c)));
        if waits("take", false) && !channel.is_empty() {
            wrong("somebody waits to take though there is a value");
        }
        if waits("take", false) && channel.is_closed() {
            wrong("somebody waits to take from a closed channel");
        }
        if ledger.waiting_callbacks(c, false) > 0 && waits("put", true) {
            wrong("a callback waits to take beside somebody who waits to put");
        }
    }
}

/// Everybody who has not ended waits, for what nobody who waits beside them could give.
fn nobody_waits_for_nothing(ledger: &Ledger, handles: &[Process], alive: &[usize], parked: &[Parked]) {
    let expected: Vec<_> = alive.iter().map(|&p| handles[p].id()).collect();
    let waiting: Vec<_> = parked.iter().map(|parked| parked.id).collect();
    if expected != waiting {
        ledger.complain(format!("alive are {expected:?}, and of those wait {waiting:?}"));
    }
    for taker in parked {
        for put in parked.iter().filter(|other| other.id != taker.id).flat_map(|putter| &putter.wants) {
            if put.verb == "put" && taker.wants.iter().any(|w| w.verb == "take" && w.object == put.object) {
                ledger.complain(format!("a taker waits beside a putter: {taker}, and another {put}"));
            }
        }
        if taker.instruction == "sleep" {
            ledger.complain(format!("nobody can run, and this one sleeps: {taker}"));
        }
    }
}

//! Random programs keep the rules whatever they do: nothing is lost, nothing is there twice, nobody is overtaken,
//! nobody sleeps who could go on, and a seed makes the same run again.
//!
//! Every program runs under virtual time with the usual budget and with a tiny one, each twice. The cases are the same
//! every time; `PROPTEST_CASES=20000 PROPTEST_RNG_SEED=7 cargo test --test properties` looks further.

#[path = "properties/ledger.rs"]
mod ledger;
#[path = "properties/program.rs"]
mod program;
#[path = "properties/worker.rs"]
mod worker;

use std::cell::RefCell;
use std::rc::Rc;

use csp::prelude::*;
use csp::{Fixed, PanicPolicy, Parked, RunError, Sliding};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use ledger::{Fate, Ledger, Phase, Token};
use program::{Kind, Program, letter};
use worker::{Port, Worker};

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
        let mut labels = Vec::new();
        for worker in workers(program, &whole, &ledger, &handles, &done, &mut labels) {
            let (now, ops) = program.processes[worker.me].clone();
            let body = move || ops.iter().for_each(|op| worker.step(op));
            let process = if now { go_now(body) } else { go(body) };
            handles.borrow_mut().push(process);
        }
        if program.wait_for_all {
            program.processes.iter().for_each(|_| assert_eq!(take(&done), Some(())));
        } else {
            sleep(Duration::from_secs(1000));
            let parked = csp::parked();
            nobody_waits_for_nothing(&ledger, &handles.borrow(), &ledger.alive(), &parked);
            for c in 0..whole.len() {
                channel_is_quiet(&ledger, c, whole[c].as_ref().ok_or(&labels[c]), &parked);
            }
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
    labels: &mut Vec<String>,
) -> Vec<Worker> {
    let ends: Vec<_> = program.channels.iter().map(|kind| if let Kind::Ends(n) = kind { *n } else { 0 }).collect();
    let ends: Vec<_> = ends.into_iter().map(csp::channel).collect();
    *labels = ends.iter().map(|(sender, _)| format!("{sender:?}")).collect();
    let port = |me: usize, c: usize| match &whole[c] {
        Some(channel) => Port::Whole(channel.clone()),
        None => Port::Ends(
            program.needs(me, true, c).then(|| ends[c].0.clone()),
            program.needs(me, false, c).then(|| ends[c].1.clone()),
        ),
    };
    (0..program.processes.len())
        .map(|me| {
            let ports = (0..program.channels.len()).map(|c| port(me, c)).collect();
            Worker::new(me, ledger.clone(), handles.clone(), ports, done.clone())
        })
        .collect()
}

/// Nobody can run and no timer is due: what must hold of a channel, or of one with two ends that is called so.
fn channel_is_quiet(ledger: &Ledger, c: usize, channel: Result<&Channel<Token>, &String>, parked: &[Parked]) {
    let label = channel.map_or_else(String::clone, |channel| format!("{channel:?}"));
    let waits = |verb: &str, puts: bool| {
        let wants = |parked: &Parked| parked.wants.iter().any(|w| w.verb == verb && label.contains(&w.object));
        parked.iter().any(wants) || ledger.waiting_callbacks(c, puts) > 0
    };
    let (takes, puts) = (waits("take", false), waits("put", true));
    let wrong = |rule: &str| ledger.complain(format!("{rule}: {} is {label}", letter(c)));
    if ledger.waiting_callbacks(c, false) > 0 && puts || ledger.waiting_callbacks(c, true) > 0 && takes {
        wrong("a callback waits to take, and somebody to put, or the other way round");
    }
    match channel {
        Ok(channel) if takes && !channel.is_empty() => wrong("somebody waits to take though there is a value"),
        // After `drain`, one choice that waits on both sides does so on: its own put may still be taken.
        Ok(channel) if takes && !puts && channel.is_closed() => wrong("somebody waits to take from a closed channel"),
        Err(_) if takes && !ledger.has_end(c, true) => wrong("somebody waits to take, and no sender is left"),
        Err(_) if puts && !ledger.has_end(c, false) => wrong("somebody waits to put, and no receiver is left"),
        _ => {}
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

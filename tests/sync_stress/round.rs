//! One round: who takes part in what, until nobody can go on by himself; then everything is ended.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, Thread};

use csp::prelude::*;
use csp::{Transducer, sync, transducer};

use crate::Random;
use crate::books::{Books, Fate, PARTIES, Token};
use crate::party::{Local, Party, Present};
use crate::watchdog::Watchdog;

/// How many channels between threads there are. The first has one consumer.
pub const CHANNELS: usize = 5;
/// And how many together with those that are local to a scheduler, or to a process of a runtime.
pub const NUMBERS: usize = CHANNELS + 8;
/// The party that is the consumer of the first channel.
pub const ONLY: usize = 0;

/// What the runner puts is from this producer.
const RUNNER: usize = PARTIES - 1;

/// The state of a party that has gone. Else it is what the party waits in, or 0 if it does not.
pub const DONE: u64 = u64::MAX;
/// It goes on by itself.
pub const SLEEPS: u64 = 1 << 62;

pub fn taking(channel: usize) -> u64 {
    1 << (3 * channel)
}

pub fn putting(channel: usize) -> u64 {
    2 << (3 * channel)
}

pub fn closing(channel: usize) -> u64 {
    4 << (3 * channel)
}

/// Who takes part.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    pub threads: usize,
    /// Schedulers on threads of their own, and how many processes each has.
    pub schedulers: usize,
    pub processes: usize,
    /// What a runtime of two workers is given: each starts one more process.
    pub jobs: usize,
}

impl Cast {
    fn parties(self) -> usize {
        self.threads + self.schedulers * self.processes + 2 * self.jobs
    }
}

pub struct Shared {
    pub channel: sync::Channel<Token>,
    /// How many values it keeps; `None` if a put never waits.
    capacity: Option<usize>,
}

pub struct Round {
    pub channels: Vec<Shared>,
    pub states: Vec<AtomicU64>,
    /// How many parties wait, or have gone.
    idle: AtomicUsize,
    pub books: Arc<Books>,
    /// Whether processes are killed, and the runtime dropped, in the middle.
    pub kills: bool,
    pub steps: u32,
    runtime: Mutex<Option<sync::Runtime>>,
    runner: Thread,
}

impl Round {
    fn new(random: &mut Random, cast: Cast, steps: u32) -> Round {
        let books = Books::new((3 * cast.parties() + 1) * steps as usize);
        Round {
            channels: (0..CHANNELS).map(|_| make_channel(random)).collect(),
            states: (0..cast.parties()).map(|_| AtomicU64::new(0)).collect(),
            idle: AtomicUsize::new(0),
            books,
            kills: cast.schedulers + cast.jobs > 0 && random.below(2) == 0,
            steps,
            runtime: Mutex::new(None),
            runner: thread::current(),
        }
    }

    /// A party waits, or has gone.
    pub fn now_idle(&self) {
        if self.idle.fetch_add(1, Ordering::Relaxed) + 1 >= self.states.len() {
            self.call();
        }
    }

    pub fn now_busy(&self) {
        self.idle.fetch_sub(1, Ordering::Relaxed);
    }

    /// The runner is to look.
    pub fn call(&self) {
        self.runner.unpark();
    }

    pub fn drop_runtime(&self) {
        if self.kills {
            let runtime = self.runtime.lock().unwrap().take();
            drop(runtime);
        }
    }

    fn states(&self) -> Vec<u64> {
        self.states.iter().map(|state| state.load(Ordering::Relaxed)).collect()
    }

    /// Whether somebody in these states must go on sooner or later, whatever else happens: he is not waiting, or sleeps, or
    /// waits for what is there. (If he does not, a wake-up was lost, and the watchdog sees it.)
    fn goes_on(&self, states: &[u64]) -> bool {
        let waiting = |mask: u64| states.iter().filter(move |&&state| state != DONE && state & mask != 0);
        if states.iter().any(|&state| state == 0 || (state != DONE && state & SLEEPS != 0)) {
            return true;
        }
        (0..NUMBERS).any(|number| {
            let (takes, puts) = (taking(number), putting(number));
            let meet = waiting(takes).enumerate().any(|(taker, _)| {
                // A choice does not meet itself.
                let taker = waiting(takes).nth(taker).unwrap();
                waiting(puts).any(|putter| !std::ptr::eq(putter, taker))
            });
            let served = self.channels.get(number).is_some_and(|shared| {
                let held = shared.channel.len();
                let closed = shared.channel.is_closed();
                let takers = waiting(takes).count() > 0 && (held > 0 || (closed && waiting(puts).count() == 0));
                let room = shared.capacity.is_none_or(|capacity| held < capacity);
                takers
                    || (room && !closed && waiting(puts).count() > 0)
                    || (closed && waiting(closing(number)).count() > 0)
            });
            meet || served
        })
    }

    /// Nobody goes on by himself: somebody is served. False if that is not possible.
    fn serve_somebody(&self, random: &mut Random, states: &[u64]) -> bool {
        let waits = |mask: u64| states.iter().any(|&state| state != DONE && state & mask != 0);
        let start = random.below(CHANNELS);
        (0..CHANNELS).map(|n| (start + n) % CHANNELS).any(|number| {
            let channel = &self.channels[number].channel;
            if waits(taking(number)) {
                let token = self.books.make(RUNNER, number);
                let id = token.id();
                let accepted = offer(channel, token).map_err(|error| error.into_inner().note(Fate::Returned)).is_ok();
                if accepted {
                    self.books.note(id, Fate::Accepted);
                }
                accepted
            } else {
                // The first has one consumer.
                number > 0 && waits(putting(number)) && poll(channel).map(|token| token.note(Fate::Taken)).is_ok()
            }
        })
    }

    /// Nobody goes on by himself: something is ended. False if everything was.
    fn end_something(&self, random: &mut Random) -> bool {
        let open: Vec<_> = self.channels.iter().filter(|shared| !shared.channel.is_closed()).collect();
        match open.get(random.below(open.len().max(1))) {
            Some(shared) if random.below(2) == 0 => drain(&shared.channel),
            Some(shared) => close(&shared.channel),
            // What was drained may have putters still.
            None => self.channels.iter().for_each(|shared| close(&shared.channel)),
        }
        !open.is_empty()
    }

    fn describe(&self) -> String {
        let mut lines = String::new();
        for (party, state) in self.states().into_iter().enumerate() {
            let waits = match state {
                DONE => "has gone".to_owned(),
                0 => "does not wait".to_owned(),
                _ => (0..NUMBERS).fold(String::from("waits:"), |waits, number| {
                    let verbs = [(taking(number), "take"), (putting(number), "put"), (closing(number), "closed")];
                    verbs
                        .iter()
                        .filter(|(mask, _)| state & mask != 0)
                        .fold(waits, |w, (_, v)| format!("{w} {v} {number}"))
                }),
            };
            lines += &format!("\n  party {party} {waits}");
        }
        for (number, Shared { channel, capacity }) in self.channels.iter().enumerate() {
            let (held, closed) = (channel.len(), channel.is_closed());
            lines += &format!("\n  channel {number}: capacity {capacity:?}, holds {held}, closed: {closed}");
        }
        lines
    }
}

fn make_channel(random: &mut Random) -> Shared {
    let builder = sync::Channel::builder();
    let hook = |token: Token| token.note(Fate::Displaced);
    let (channel, capacity) = match random.below(8) {
        0..3 => (builder.build(), Some(0)),
        3 => (builder.buffered(1).build(), Some(1)),
        4 => (builder.buffered(3).build(), Some(3)),
        5 => (builder.transducer(transducer().map(|token: Token| token)).buffered(2).build(), Some(2)),
        6 => (builder.sliding(2).on_drop(hook).build(), None),
        _ => (builder.dropping(2).on_drop(hook).build(), None),
    };
    Shared { channel, capacity }
}

/// Plays a round; what was wrong with it.
pub fn play(seed: u64, cast: Cast, watchdog: &Watchdog) -> Vec<String> {
    assert!(cast.parties() <= RUNNER && cast.schedulers + cast.jobs <= NUMBERS - CHANNELS);
    let mut random = Random::new(seed);
    let steps = 20 + random.below(80) as u32;
    let round = Arc::new(Round::new(&mut random, cast, steps));
    let told = round.clone();
    watchdog.describe(move || format!("round of seed {seed}, {cast:?}:{}", told.describe()));
    let threads = start(&mut random, &round, cast, watchdog);
    let (mut all_ended, mut patience) = (false, steps);
    loop {
        let states = round.states();
        if states.iter().all(|&state| state == DONE) {
            break;
        }
        if !all_ended && !round.goes_on(&states) {
            // Whoever is not served now waits for the end, with all others that are left.
            if patience > 0 && round.serve_somebody(&mut random, &states) {
                patience -= 1;
            } else {
                all_ended = !round.end_something(&mut random);
                continue; // it may have been nothing to anybody
            }
        }
        // It is called when the last one waits. A state may be seen late: hence the limit.
        thread::park_timeout(Duration::from_millis(20));
    }
    for thread in threads {
        if let Err(payload) = thread.join() {
            round.books.complain(format!("a thread has panicked: {:?}", payload.downcast_ref::<String>()));
        }
    }
    let runtime = round.runtime.lock().unwrap().take();
    match runtime {
        Some(runtime) if random.below(2) == 0 => runtime.join(),
        other => drop(other),
    }
    for (number, shared) in round.channels.iter().enumerate() {
        while let Ok(token) = poll(&shared.channel) {
            token.note(Fate::Taken);
            if number == 0 {
                round.books.arrives(&token);
            }
        }
    }
    watchdog.describe(|| "between two rounds".to_owned());
    let (books, kills) = (round.books.clone(), round.kills);
    // The transducers and all that may be left in a channel go with it.
    drop(round);
    books.close(CHANNELS, kills)
}

fn start(random: &mut Random, round: &Arc<Round>, cast: Cast, watchdog: &Watchdog) -> Vec<JoinHandle<()>> {
    let mut presents = (0..cast.parties()).map(|me| Present { round: round.clone(), me }).collect::<Vec<_>>();
    // Whoever is the only consumer of the first channel: a party of any kind.
    let kinds = [cast.threads > 0, cast.schedulers > 0, cast.jobs > 0];
    let first = std::iter::repeat_with(|| random.below(3)).find(|&kind| kinds[kind]).unwrap();
    let mut seeds: Vec<u64> = presents.iter().map(|_| random.next()).collect();
    let mut take = |parties: usize, kind: usize, is_first: bool| -> Vec<(Present, u64)> {
        (0..parties)
            .map(|n| {
                let at = if is_first && kind == first && n == 0 { 0 } else { presents.len() - 1 };
                (presents.remove(at), seeds.pop().unwrap())
            })
            .collect()
    };
    // The consumer is drawn first, so that nobody else gets its place.
    let mut threads = Vec::new();
    let mut numbers = CHANNELS..NUMBERS;
    let mut plan: Vec<(usize, Vec<(Present, u64)>)> = Vec::new();
    let order = [first, (first + 1) % 3, (first + 2) % 3];
    for kind in order {
        let (groups, each) = [(cast.threads, 1), (cast.schedulers, cast.processes), (cast.jobs, 2)][kind];
        plan.extend((0..groups).map(|group| (kind, take(each, kind, group == 0))));
    }
    if cast.jobs > 0 {
        let runtime = sync::Runtime::builder().workers(2).start();
        (0..2).for_each(|worker| {
            let watchdog = watchdog.clone();
            runtime.go(move || watchdog.listen(format!("worker {worker}")));
        });
        *round.runtime.lock().unwrap() = Some(runtime);
    }
    for (kind, group) in plan {
        match kind {
            0 => threads.extend(
                group.into_iter().map(|(present, seed)| thread::spawn(move || Party::new(present, seed, None).work())),
            ),
            1 => {
                let number = numbers.next().unwrap();
                let (watchdog, seed, budget) = (watchdog.clone(), random.next(), 1 + random.below(130) as u32);
                let virtual_time = random.below(2) == 0;
                threads.push(thread::spawn(move || {
                    let builder = csp::Builder::new().seed(seed).budget(budget);
                    let builder = if virtual_time { builder.virtual_time() } else { builder };
                    builder.run(|| {
                        watchdog.listen(format!("scheduler {number}"));
                        let ended = go_all(number, group);
                        csp::take(&ended);
                    });
                }));
            }
            _ => {
                let number = numbers.next().unwrap();
                if let Some(runtime) = &*round.runtime.lock().unwrap() {
                    let handle = runtime.handle();
                    // If it was dropped already, so are the parties.
                    _ = handle.go(move || csp::take(&go_all(number, group)));
                }
            }
        }
    }
    threads
}

/// Starts these parties as processes; the channel ends when they all have.
fn go_all(number: usize, group: Vec<(Present, u64)>) -> Receiver<()> {
    let (alive, ended) = csp::channel(0);
    let local = Local { channel: Channel::new(), number, siblings: Rc::new(RefCell::default()) };
    for (present, seed) in group {
        let (alive, inside) = (alive.clone(), local.clone());
        let process = go(move || {
            let _alive = alive;
            Party::new(present, seed, Some(inside)).work();
        });
        local.siblings.borrow_mut().push(process);
    }
    ended
}

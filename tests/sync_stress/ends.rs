//! A channel as its two ends, which go one by one: at the end of those who hold them, early, or because they are killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use csp::prelude::*;
use csp::{OfferError, sync};

use crate::Random;
use crate::books::{Books, Fate, Token};
use crate::watchdog::Watchdog;

type Sender = sync::Sender<Token>;
type Receiver = sync::Receiver<Token>;

/// Plays a round; what was wrong with it. Whoever waits is served or told that nobody is left: so all come to their ends.
pub fn play(seed: u64, watchdog: &Watchdog) -> Vec<String> {
    watchdog.describe(move || format!("round of ends, of seed {seed}"));
    let mut random = Random::new(seed);
    let (senders, receivers, kills) = (1 + random.below(4), 1 + random.below(4), random.below(2) == 0);
    let steps = 10 + random.below(60);
    let books = Books::new(senders * steps);
    let builder = sync::Channel::builder().buffered(random.below(3));
    let (out, input) = builder.on_drop(|token: Token| token.note(Fate::Displaced)).build_ends();
    let runtime = sync::Runtime::start(2);
    let takers = Arc::new(AtomicUsize::new(receivers));
    let mut threads = Vec::new();
    for producer in 0..senders {
        let (out, books, takers) = (out.clone(), books.clone(), takers.clone());
        let mut own = Random::new(random.next());
        let work = move || {
            if send(&books, producer, steps, &out, &mut own).is_err() && takers.load(Ordering::Relaxed) > 0 {
                books.complain(format!("producer {producer} was refused though somebody receives"));
            }
        };
        threads.extend(place(random.below(4), kills, random.below(50), &runtime, watchdog, work));
    }
    drop(out);
    for _ in 0..receivers {
        let (mut own, takes) = (Random::new(random.next()), Takes(input.clone(), takers.clone()));
        let work = move || receive(takes, &mut own);
        threads.extend(place(random.below(4), kills, random.below(50), &runtime, watchdog, work));
    }
    drop(input);
    if !kills {
        runtime.join();
    } else if random.below(2) == 0 {
        drop(runtime);
    } else {
        let last = thread::spawn(move || runtime.join());
        threads.push(last);
    }
    for thread in threads {
        if thread.join().is_err() {
            books.complain("a thread has panicked".to_owned());
        }
    }
    books.close(1, kills)
}

/// Has somebody do it: a thread, a process of a scheduler (which is perhaps killed after a while), or of the runtime.
fn place(
    kind: usize,
    kills: bool,
    patience: usize,
    runtime: &sync::Runtime,
    watchdog: &Watchdog,
    work: impl FnOnce() + Send + 'static,
) -> Option<JoinHandle<()>> {
    match kind {
        0 => Some(thread::spawn(work)),
        1 => {
            runtime.go(work);
            None
        }
        _ => {
            let watchdog = watchdog.clone();
            let run = move || {
                watchdog.listen("scheduler of one".to_owned());
                let process = go(work);
                while process.is_alive() && !(kills && patience == 0) {
                    // Who runs is killed sooner or later, if anybody is.
                    for _ in 0..patience {
                        yield_now();
                    }
                    if kills {
                        kill(&process);
                    }
                    sleep(Duration::from_micros(50));
                }
            };
            Some(thread::spawn(move || csp::run(run)))
        }
    }
}

/// One who receives: as long as there is one nobody is refused.
struct Takes(Receiver, Arc<AtomicUsize>);

impl Drop for Takes {
    /// Before its receiver goes.
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An error when it is refused.
fn send(
    books: &Arc<Books>,
    producer: usize,
    steps: usize,
    out: &Sender,
    random: &mut Random,
) -> Result<(), Closed<()>> {
    for _ in 0..steps {
        let token = books.make(producer, 0);
        let id = token.id();
        let mut slot = Some(token);
        let answer = match random.below(8) {
            // Who holds one end more, or one less, than others think.
            0 => put(&out.clone(), slot.take().unwrap()),
            1 => match offer(out, slot.take().unwrap()) {
                Err(OfferError::Full(token)) => {
                    slot = Some(token);
                    Ok(())
                }
                other => other.map_err(|error| Closed(error.into_inner())),
            },
            2 => alts! {
                answer = put(out, from slot) => answer,
                () = sleep(Duration::from_micros(20)) => Ok(()),
                () = closed(out) => Ok(()),
            },
            _ => put(out, slot.take().unwrap()),
        };
        match (answer, slot) {
            (Err(Closed(token)), _) => {
                token.note(Fate::Returned);
                return Err(Closed(()));
            }
            (Ok(()), Some(token)) => token.note(Fate::Returned),
            (Ok(()), None) => books.note(id, Fate::Accepted),
        }
        if random.below(100) == 0 {
            return Ok(());
        }
    }
    Ok(())
}

fn receive(mut from: Takes, random: &mut Random) {
    let takes = if random.below(3) == 0 { random.below(20) } else { usize::MAX };
    for _ in 0..takes {
        let input = &from.0;
        let value = match random.below(4) {
            0 => alts! {
                value = take(input) => value,
                () = sleep(Duration::from_micros(20)) => continue,
            },
            1 => alts([input, input]).0,
            _ => take(input),
        };
        let Some(token) = value else { return };
        token.note(Fate::Taken);
        if random.below(10) == 0 {
            // There is always one.
            from.0 = from.0.clone();
        }
    }
}

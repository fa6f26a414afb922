//! The books: what became of every value.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// So many parties at most put values.
pub const PARTIES: usize = 24;

/// How a value can fare. Each of these happens to it once at most.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// A put, or an offer, has said `Ok`.
    Accepted,
    /// An error, or a choice that went another way, gave it back.
    Returned,
    Taken,
    /// A buffer let go of it, and the hook saw it.
    Displaced,
    Dropped,
}

const FATES: usize = 5;

/// A value. Wherever it ends, the books know.
pub struct Token {
    id: usize,
    pub producer: usize,
    /// The channel that it was made for.
    pub channel: usize,
    books: Arc<Books>,
}

#[derive(Default)]
struct Entry {
    made_for: AtomicUsize,
    fates: [AtomicU32; FATES],
}

pub struct Books {
    entries: Vec<Entry>,
    made: AtomicUsize,
    /// Of the channel with one consumer, who is followed by the one who empties it: what came last from each producer.
    last: [AtomicUsize; PARTIES],
    wrong: Mutex<Vec<String>>,
}

impl Books {
    pub fn new(capacity: usize) -> Arc<Books> {
        Arc::new(Books {
            entries: (0..capacity).map(|_| Entry::default()).collect(),
            made: AtomicUsize::new(0),
            last: Default::default(),
            wrong: Mutex::default(),
        })
    }

    /// A new value, with a higher number than any that its producer has made before.
    pub fn make(self: &Arc<Self>, producer: usize, channel: usize) -> Token {
        let id = self.made.fetch_add(1, Ordering::Relaxed);
        self.entries[id].made_for.store(channel, Ordering::Relaxed);
        Token { id, producer, channel, books: self.clone() }
    }

    pub fn note(&self, id: usize, fate: Fate) {
        self.entries[id].fates[fate as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn complain(&self, line: String) {
        self.wrong.lock().unwrap().push(line);
    }

    /// The only consumer of a channel has taken this: what a producer has put arrives in that order.
    pub fn arrives(&self, token: &Token) {
        let last = self.last[token.producer].swap(token.id + 1, Ordering::Relaxed);
        if last > token.id + 1 {
            self.complain(format!("value {} of producer {} came after {}", token.id, token.producer, last - 1));
        }
    }

    /// Everybody has gone, and everything else as well. `shared` channels are those between threads: of others, a value
    /// that was handed to a process goes with it if that is killed before it looks.
    pub fn close(&self, shared: usize, kills: bool) -> Vec<String> {
        let mut wrong = std::mem::take(&mut *self.wrong.lock().unwrap());
        for (id, entry) in self.entries[..self.made.load(Ordering::Relaxed)].iter().enumerate() {
            let [accepted, returned, taken, displaced, dropped] =
                std::array::from_fn(|fate| entry.fates[fate].load(Ordering::Relaxed));
            let ended = taken + displaced;
            let may_be_lost = kills && entry.made_for.load(Ordering::Relaxed) >= shared;
            let right = match (accepted, returned) {
                (1, 0) => ended == 1 || (ended == 0 && may_be_lost),
                (0, 1) => ended == 0,
                // Whoever put it was killed meanwhile, and does not know.
                (0, 0) => ended <= 1 && kills,
                _ => false,
            };
            if !right || dropped != 1 {
                wrong.push(format!(
                    "value {id} for channel {:?}: accepted {accepted}, returned {returned}, taken {taken}, \
                     displaced {displaced}, dropped {dropped} times",
                    entry.made_for
                ));
            }
        }
        wrong
    }
}

impl Token {
    pub fn id(&self) -> usize {
        self.id
    }

    pub fn note(&self, fate: Fate) {
        self.books.note(self.id, fate);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.note(Fate::Dropped);
    }
}

//! One who takes part: a thread, or a process of whatever scheduler, that does this and that at random.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use csp::prelude::*;
use csp::{OfferError, PollError, sync};

use crate::Random;
use crate::books::{Fate, PARTIES, Token};
use crate::round::{CHANNELS, DONE, NUMBERS, ONLY, Round, SLEEPS, closing, putting, taking};

/// What a party has beside the channels between threads: what belongs to its own thread.
#[derive(Clone)]
pub struct Local {
    pub channel: Channel<Token>,
    /// The number of that channel.
    pub number: usize,
    /// The processes that it may kill.
    pub siblings: Rc<RefCell<Vec<Process>>>,
}

/// Says that a party has gone, on whatever way.
pub struct Present {
    pub round: Arc<Round>,
    pub me: usize,
}

impl Drop for Present {
    fn drop(&mut self) {
        let before = self.round.states[self.me].swap(DONE, Ordering::Relaxed);
        if before == 0 {
            self.round.now_idle();
        } else {
            self.round.call();
        }
    }
}

pub struct Party {
    present: Present,
    random: Random,
    local: Option<Local>,
    /// What came last from each producer in each channel.
    seen: Vec<[usize; PARTIES]>,
    /// The value of the put that has failed in the last choice.
    failed: Option<usize>,
}

/// Chooses among everything: the losers' values are in the slots again, or have never left.
macro_rules! choose {
    ([$($order:tt)*] [$($default:tt)*] $self:ident $on:ident $a:ident $b:ident $c:ident $d:ident $e:ident $first:ident $second:ident
        $third:ident $local:ident $pause:ident) => {
        alts! {
            $($order)*
            value = take(&$self.channel($a)), if $on[0] => $self.took($a, value),
            answer = put(&$self.channel($c), from $first), if $on[1] => $self.has_put(answer),
            value = take(&$self.channel($b)), if $on[2] => $self.took($b, value),
            answer = put(&$self.channel($d), from $second), if $on[3] => $self.has_put(answer),
            () = closed(&$self.channel($e)), if $on[4] => {}
            value = take(&$local.channel), if $on[5] => $self.took($local.number, value),
            answer = put(&$local.channel, from $third), if $on[6] => $self.has_put(answer),
            () = sleep($pause), if $on[7] => {}
            $($default)*
        }
    };
}

impl Party {
    pub fn new(present: Present, seed: u64, local: Option<Local>) -> Party {
        Party { present, random: Random::new(seed), local, seen: vec![[0; PARTIES]; NUMBERS], failed: None }
    }

    pub fn work(mut self) {
        for _ in 0..self.present.round.steps {
            self.step();
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..15 => self.put_one(),
            15..30 => self.take_one(),
            30..38 => self.offer_one(),
            38..46 => self.poll_one(),
            46..60 => self.choose_to_take(),
            60..92 => self.choose(),
            92..97 => self.rest(),
            97 => self.kill_somebody(),
            98 if self.random.below(8) == 0 => self.end_one(),
            99 if self.random.below(8) == 0 => self.present.round.drop_runtime(),
            _ => {}
        }
    }

    fn channel(&self, number: usize) -> &sync::Channel<Token> {
        &self.present.round.channels[number].channel
    }

    fn any(&mut self) -> usize {
        self.random.below(CHANNELS)
    }

    /// A channel to take from: one of them has one consumer.
    fn any_to_take(&mut self) -> usize {
        if self.present.me == ONLY { self.any() } else { 1 + self.random.below(CHANNELS - 1) }
    }

    fn make(&self, channel: usize) -> Token {
        self.present.round.books.make(self.present.me, channel)
    }

    /// Waits, perhaps, in what the mask says.
    fn waiting<R>(&mut self, mask: u64, wait: impl FnOnce(&mut Self) -> R) -> R {
        self.present.round.states[self.present.me].store(mask, Ordering::Relaxed);
        self.present.round.now_idle();
        let answer = wait(self);
        self.present.round.now_busy();
        self.present.round.states[self.present.me].store(0, Ordering::Relaxed);
        answer
    }

    fn took(&mut self, channel: usize, value: Option<Token>) {
        let Some(token) = value else { return };
        token.note(Fate::Taken);
        let round = &self.present.round;
        if token.channel != channel {
            round.books.complain(format!("value {} of channel {} came out of {channel}", token.id(), token.channel));
        }
        if channel == 0 {
            round.books.arrives(&token);
        } else if !round.kills {
            // What was handed to one who is killed may come after what was put later.
            let last = std::mem::replace(&mut self.seen[channel][token.producer], token.id() + 1);
            if last > token.id() + 1 {
                round.books.complain(format!("value {} came to {} after {}", token.id(), self.present.me, last - 1));
            }
        }
    }

    /// The answer to a put of a choice.
    fn has_put(&mut self, answer: Result<(), Closed<Token>>) {
        if let Err(Closed(token)) = answer {
            self.failed = Some(token.id());
            token.note(Fate::Returned);
        }
    }

    fn put_one(&mut self) {
        let channel = self.any();
        let token = self.make(channel);
        let id = token.id();
        match self.waiting(putting(channel), |me| put(me.channel(channel), token)) {
            Ok(()) => self.present.round.books.note(id, Fate::Accepted),
            Err(Closed(token)) => token.note(Fate::Returned),
        }
    }

    fn take_one(&mut self) {
        let channel = self.any_to_take();
        let value = self.waiting(taking(channel), |me| take(me.channel(channel)));
        self.took(channel, value);
    }

    fn offer_one(&mut self) {
        let channel = self.any();
        let token = self.make(channel);
        let id = token.id();
        match offer(self.channel(channel), token) {
            Ok(()) => self.present.round.books.note(id, Fate::Accepted),
            Err(OfferError::Full(token) | OfferError::Closed(token)) => token.note(Fate::Returned),
        }
    }

    fn poll_one(&mut self) {
        let channel = self.any_to_take();
        match poll(self.channel(channel)) {
            Ok(token) => self.took(channel, Some(token)),
            Err(PollError::Empty | PollError::Closed) => {}
        }
    }

    /// A choice as a list, in which a channel may stand twice.
    fn choose_to_take(&mut self) {
        let list: Vec<usize> = (0..1 + self.random.below(4)).map(|_| self.any_to_take()).collect();
        let mask = list.iter().fold(0, |mask, &channel| mask | taking(channel));
        let how = self.random.below(3);
        let round = self.present.round.clone();
        let branches = list.iter().map(|&channel| &round.channels[channel].channel);
        let chosen = match how {
            0 => csp::alts_default(branches),
            1 => Some(self.waiting(mask, |_| alts(branches))),
            _ => Some(self.waiting(mask, |_| alts_priority(branches))),
        };
        if let Some((value, from)) = chosen {
            let channel = round.channels.iter().position(|shared| shared.channel == *from).unwrap();
            self.took(channel, value);
        }
    }

    /// A choice in which anything may stand; a channel on both sides, too.
    fn choose(&mut self) {
        let (a, b, c, d, e) = (self.any_to_take(), self.any_to_take(), self.any(), self.any(), self.any());
        let mut on: [bool; 8] = std::array::from_fn(|_| self.random.below(3) == 0);
        // Something that ends when the round does.
        on[self.random.below(4)] = true;
        if self.local.is_none() {
            (on[5], on[6]) = (false, false);
        }
        let outside = Local { channel: Channel::new(), number: 0, siblings: Rc::default() };
        let local = self.local.clone().unwrap_or(outside);
        let mut first = on[1].then(|| self.make(c));
        let mut second = on[3].then(|| self.make(d));
        let mut third = on[6].then(|| self.make(local.number));
        let ids = [&first, &second, &third].map(|slot| slot.as_ref().map(Token::id));
        let pause = Duration::from_micros(self.random.below(300) as u64);
        let masks = [
            taking(a),
            putting(c),
            taking(b),
            putting(d),
            closing(e),
            taking(local.number),
            putting(local.number),
            SLEEPS,
        ];
        let mask = masks.iter().zip(on).fold(0, |mask, (&one, on)| if on { mask | one } else { mask });
        self.failed = None;
        match self.random.below(4) {
            0 => choose!([] [default => {}] self on a b c d e first second third local pause),
            1 => self.waiting(mask, |me| choose!([priority;] [] me on a b c d e first second third local pause)),
            _ => self.waiting(mask, |me| choose!([] [] me on a b c d e first second third local pause)),
        }
        let slots = [first, second, third];
        for (id, slot) in ids.into_iter().zip(slots) {
            match (id, slot) {
                // It has not left, or was put back.
                (_, Some(token)) => token.note(Fate::Returned),
                (Some(id), None) if self.failed != Some(id) => self.present.round.books.note(id, Fate::Accepted),
                // It has come back with the error.
                _ => {}
            }
        }
    }

    fn rest(&mut self) {
        if self.local.is_none() {
            thread::yield_now();
        } else if self.random.below(2) == 0 {
            yield_now();
        } else {
            let pause = Duration::from_micros(self.random.below(100) as u64);
            self.waiting(SLEEPS, |_| sleep(pause));
        }
    }

    fn kill_somebody(&mut self) {
        if let Some(local) = self.local.clone().filter(|_| self.present.round.kills) {
            let siblings = local.siblings.borrow();
            if let Some(victim) = siblings.get(self.random.below(siblings.len().max(1))).cloned() {
                drop(siblings);
                kill(&victim);
            }
        }
    }

    fn end_one(&mut self) {
        let channel = self.any();
        if self.random.below(2) == 0 { close(self.channel(channel)) } else { drain(self.channel(channel)) }
    }
}

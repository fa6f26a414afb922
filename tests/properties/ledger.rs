//! The books: where every value came from and what became of it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::program::{Kind, Program, letter};

/// A value. It must end in exactly one way, and `Drop` sees to it that the books know.
pub struct Token {
    pub id: usize,
    /// One of the copies that a promise gives.
    pub copy: bool,
    spent: bool,
    ledger: Rc<Ledger>,
}

/// How a value can end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fate {
    /// By this consumer: a process, or its callbacks.
    Taken(usize, bool),
    /// An error, or a choice that went another way, gave it back.
    Returned,
    /// A buffer let go of it, and the hook saw it.
    Displaced,
    /// It was dropped while processes ran, with the run, or with its channel after that.
    Dropped(Phase),
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Phase {
    Running,
    Ending,
    After,
}

struct Entry {
    maker: usize,
    by_callback: bool,
    channel: usize,
    /// The put has said `Ok`.
    accepted: bool,
    fate: Option<Fate>,
    /// It was dropped when nobody was left to take it.
    deserted: bool,
}

/// What is known of a process.
#[derive(Default)]
struct Party {
    alive: bool,
    killed: bool,
    /// The channels it is taking from now, as far as its own code knows.
    taking: Vec<usize>,
}

pub struct Ledger {
    program: Program,
    pub phase: Cell<Phase>,
    entries: RefCell<Vec<Entry>>,
    parties: RefCell<Vec<Party>>,
    /// Takers that were ended in the middle of a take: one value each may have died with them.
    doomed: RefCell<Vec<Vec<usize>>>,
    /// Callbacks that wait, by channel and side.
    callbacks: RefCell<BTreeMap<(usize, bool), i32>>,
    promised: RefCell<BTreeMap<usize, usize>>,
    /// The channels that somebody has closed or drained.
    shut: RefCell<BTreeSet<usize>>,
    /// The values that were taken, in that order, and who took them.
    order: RefCell<Vec<(usize, (usize, bool))>>,
    pub log: RefCell<Vec<String>>,
    pub wrong: RefCell<Vec<String>>,
}

impl Ledger {
    pub fn new(program: &Program) -> Rc<Ledger> {
        let parties = program.processes.iter().map(|_| Party { alive: true, ..Party::default() }).collect();
        Rc::new(Ledger {
            program: program.clone(),
            phase: Cell::new(Phase::Running),
            entries: RefCell::default(),
            parties: RefCell::new(parties),
            doomed: RefCell::default(),
            callbacks: RefCell::default(),
            promised: RefCell::default(),
            shut: RefCell::default(),
            order: RefCell::default(),
            log: RefCell::default(),
            wrong: RefCell::default(),
        })
    }

    pub fn note(&self, line: String) {
        self.log.borrow_mut().push(line);
    }

    pub fn complain(&self, line: String) {
        self.wrong.borrow_mut().push(line);
    }

    pub fn make(self: &Rc<Self>, maker: usize, by_callback: bool, channel: usize) -> Token {
        let mut entries = self.entries.borrow_mut();
        entries.push(Entry { maker, by_callback, channel, accepted: false, fate: None, deserted: false });
        Token { id: entries.len() - 1, copy: false, spent: false, ledger: self.clone() }
    }

    pub fn accepted(&self, id: usize) {
        self.entries.borrow_mut()[id].accepted = true;
    }

    /// A process begins to take from these channels, or has come back from it.
    pub fn taking(&self, process: usize, channels: &[usize]) {
        self.parties.borrow_mut()[process].taking = channels.to_vec();
    }

    /// The processes that have not ended.
    pub fn alive(&self) -> Vec<usize> {
        let parties = self.parties.borrow();
        (0..parties.len()).filter(|&process| parties[process].alive).collect()
    }

    /// A process is about to be killed, or ends with the run.
    pub fn doom(&self, process: usize) {
        let party = &mut self.parties.borrow_mut()[process];
        if party.alive && !party.killed {
            party.killed = true;
            self.doomed.borrow_mut().push(party.taking.clone());
        }
    }

    /// A process has ended; what it held goes after this.
    pub fn left(&self, process: usize) {
        self.parties.borrow_mut()[process].alive = false;
    }

    /// Main has ended: all others, and the callbacks, will.
    pub fn end(&self) {
        self.phase.set(Phase::Ending);
        (0..self.program.processes.len()).for_each(|process| self.doom(process));
        for (&(channel, puts), &count) in self.callbacks.borrow().iter() {
            let doomed = (0..count).filter(|_| !puts).map(|_| vec![channel]);
            self.doomed.borrow_mut().extend(doomed);
        }
    }

    pub fn callback(&self, channel: usize, puts: bool, change: i32) {
        *self.callbacks.borrow_mut().entry((channel, puts)).or_default() += change;
    }

    pub fn waiting_callbacks(&self, channel: usize, puts: bool) -> i32 {
        self.callbacks.borrow().get(&(channel, puts)).copied().unwrap_or(0)
    }

    /// Whether a process that has not ended can still put to, or take from, a channel.
    pub fn has_end(&self, channel: usize, puts: bool) -> bool {
        self.alive().into_iter().any(|process| self.program.needs(process, puts, channel))
    }

    pub fn shut(&self, channel: usize) {
        self.shut.borrow_mut().insert(channel);
    }

    /// Somebody who puts, or takes, was told that the channel is closed.
    pub fn told_closed(&self, channel: usize, puts: bool) {
        let deserted = matches!(self.program.channels[channel], Kind::Ends(_)) && !self.has_end(channel, !puts);
        if !deserted && !self.shut.borrow().contains(&channel) {
            self.complain(format!("{} was said to be closed, and is not", letter(channel)));
        }
    }

    fn finish(&self, id: usize, fate: Fate) {
        let entry = &mut self.entries.borrow_mut()[id];
        if let Some(before) = entry.fate.replace(fate) {
            self.complain(format!("value {id} was seen twice: {before:?}, then {fate:?}"));
        }
        entry.deserted =
            matches!(self.program.channels[entry.channel], Kind::Ends(_)) && !self.has_end(entry.channel, false);
        self.note(format!("value {id} of p{} for {}: {fate:?}", entry.maker, letter(entry.channel)));
    }

    /// What is wrong with the books when everything is over. `left` says how many values each channel still held.
    pub fn close(&self, left: &[usize]) {
        let entries = self.entries.borrow();
        let mut doomed = self.doomed.borrow().clone();
        let mut in_channel = vec![0; left.len()];
        let mut newest = BTreeMap::new();
        // With the fewest places first, so that each finds its own.
        doomed.sort_by_key(Vec::len);
        for (id, entry) in entries.iter().enumerate() {
            let Entry { maker, channel, accepted, .. } = *entry;
            let kind = self.program.channels[channel];
            let who = format!("value {id}, put by p{maker} to {} ({kind:?})", letter(channel));
            match entry.fate {
                None => self.complain(format!("{who}, has leaked")),
                Some(Fate::Taken(..)) => {}
                Some(Fate::Returned) if accepted => self.complain(format!("{who}, was accepted and given back")),
                Some(Fate::Returned) => {}
                Some(Fate::Displaced) if !kind.drops() => self.complain(format!("{who}, was dropped by its buffer")),
                Some(Fate::Displaced) => {}
                Some(Fate::Dropped(Phase::After)) => in_channel[channel] += 1,
                Some(Fate::Dropped(phase)) => {
                    let with_its_putter = !accepted
                        && if entry.by_callback { phase == Phase::Ending } else { self.parties.borrow()[maker].killed };
                    let deserted = entry.deserted;
                    if !with_its_putter && !deserted {
                        match doomed.iter().position(|channels| channels.contains(&channel)) {
                            Some(taker) => _ = doomed.remove(taker),
                            None => self.complain(format!("{who}, was lost while {phase:?}")),
                        }
                    }
                }
            }
        }
        for (channel, (&found, &left)) in in_channel.iter().zip(left).enumerate() {
            if found != left {
                let name = letter(channel);
                self.complain(format!("{name} says that it holds {left} values, and {found} were dropped with it"));
            }
        }
        for &(id, consumer) in self.order.borrow().iter() {
            let Entry { maker, channel, .. } = entries[id];
            let before = newest.insert((consumer, channel, maker), id);
            if before.is_some_and(|before| before > id) && !self.program.gives_back(channel) {
                self.complain(format!("{} of p{maker} overtook {id} on {}", before.unwrap(), letter(channel)));
            }
        }
    }
}

impl Token {
    pub fn end(mut self, fate: Fate) {
        self.spent = true;
        if let Fate::Taken(process, by_callback) = fate {
            let channel = self.ledger.entries.borrow()[self.id].channel;
            if self.copy {
                let first = *self.ledger.promised.borrow_mut().entry(channel).or_insert(self.id);
                if first != self.id {
                    self.ledger.complain(format!("{} promised {first}, then {}", letter(channel), self.id));
                }
                return;
            }
            self.ledger.order.borrow_mut().push((self.id, (process, by_callback)));
        }
        self.ledger.finish(self.id, fate);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if !self.spent && !self.copy {
            self.ledger.finish(self.id, Fate::Dropped(self.ledger.phase.get()));
        }
    }
}

impl Clone for Token {
    fn clone(&self) -> Token {
        Token { id: self.id, copy: true, spent: false, ledger: self.ledger.clone() }
    }
}

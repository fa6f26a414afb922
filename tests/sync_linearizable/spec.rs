//! What channels do, one operation after the other, and the search for an order that explains what was seen.

use std::collections::{HashSet, VecDeque};

/// What a buffer does when it is full.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Full {
    Waits,
    Slides,
    Drops,
}

/// A channel that keeps so many values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Kind {
    pub capacity: usize,
    pub full: Full,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Take,
    Put(u8),
}

/// What somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    /// One of these, each in a channel: a take, a put; several are a choice. `now`: it does not wait (an offer, a poll, a
    /// choice with a default).
    Any {
        branches: Vec<(usize, Side)>,
        now: bool,
    },
    Close(usize),
    Drain(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// By this branch.
    Took(usize, Option<u8>),
    /// By this branch; false: it is closed.
    Put(usize, bool),
    /// Nothing could happen now.
    Nothing,
    /// Closed, or drained.
    Ended,
}

/// An operation as it was seen from outside: when it was begun, and when it was over.
#[derive(Clone, Debug)]
pub struct Event {
    pub ask: Ask,
    pub answer: Answer,
    pub begun: u64,
    pub over: u64,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    channels: Vec<(VecDeque<u8>, bool)>,
    /// Those who wait, in order of arrival.
    waiting: Vec<usize>,
    /// Those who have come, a bit each: they wait, or are over.
    come: u32,
}

/// A search for an order in which every operation has happened at one moment between its beginning and its end.
///
/// An operation comes, and is over at once if it can: else it waits, and is over when another has come that serves it. So
/// a put and a take without a buffer between them are over at the same moment, which is in the time of both. Whoever was
/// over before another began comes before it, and is over before it comes.
struct Search<'a> {
    kinds: &'a [Kind],
    events: &'a [Event],
    /// Those who wait are served in order of arrival. (A choice does not arrive everywhere at the same time.)
    in_order: bool,
    seen: HashSet<State>,
}

/// Whether there is such an order.
pub fn is_linearizable(kinds: &[Kind], events: &[Event]) -> bool {
    assert!(events.len() <= 32);
    let is_choice = |event: &Event| matches!(&event.ask, Ask::Any { branches, .. } if branches.len() > 1);
    let mut search = Search { kinds, events, in_order: !events.iter().any(is_choice), seen: HashSet::new() };
    let channels = kinds.iter().map(|_| (VecDeque::new(), false)).collect();
    search.explains(State { channels, waiting: Vec::new(), come: 0 })
}

impl Search<'_> {
    fn explains(&mut self, state: State) -> bool {
        let all = (1u64 << self.events.len()) - 1;
        if u64::from(state.come) == all && state.waiting.is_empty() {
            return true;
        }
        if !self.seen.insert(state.clone()) {
            return false;
        }
        (0..self.events.len())
            .filter(|&op| self.may_come(&state, op))
            .flat_map(|op| self.come(&state, op))
            .collect::<Vec<_>>()
            .into_iter()
            .any(|next| self.explains(next))
    }

    /// Whether everything is over that was over before this began.
    fn may_come(&self, state: &State, op: usize) -> bool {
        let is_over = |other: usize| state.come >> other & 1 == 1 && !state.waiting.contains(&other);
        let begun = self.events[op].begun;
        state.come >> op & 1 == 0
            && (0..self.events.len()).all(|other| self.events[other].over > begun || is_over(other))
    }

    /// What the state may be after this has come, if its answer, and those of all that are over by it, are as seen.
    fn come(&self, state: &State, op: usize) -> Vec<State> {
        let mut state = state.clone();
        state.come |= 1 << op;
        let answer = self.events[op].answer;
        match &self.events[op].ask {
            Ask::Close(channel) => {
                state.channels[*channel].1 = true;
                let all_fail = self.dismiss(&mut state, *channel, true) && self.dismiss(&mut state, *channel, false);
                if answer == Answer::Ended && all_fail { vec![state] } else { Vec::new() }
            }
            Ask::Drain(channel) => {
                state.channels[*channel].1 = true;
                let delivered = self.waits(&state, *channel, true).next().is_some();
                let ended = delivered || self.dismiss(&mut state, *channel, false);
                if answer == Answer::Ended && ended { vec![state] } else { Vec::new() }
            }
            Ask::Any { branches, now } => {
                let could = branches.iter().any(|branch| self.could(&state, *branch));
                match (could, answer) {
                    (true, Answer::Took(branch, value)) => self.take(state, branches[branch].0, value),
                    (true, Answer::Put(branch, ok)) => {
                        let (channel, Side::Put(value)) = branches[branch] else { return Vec::new() };
                        self.put(state, channel, value, ok)
                    }
                    (false, Answer::Nothing) if *now => vec![state],
                    (false, _) if !*now => {
                        state.waiting.push(op);
                        vec![state]
                    }
                    _ => Vec::new(),
                }
            }
        }
    }

    /// Those who wait to put (or to take) there, each with the branch, in order of arrival.
    fn waits<'s>(&'s self, state: &'s State, channel: usize, puts: bool) -> impl Iterator<Item = (usize, usize)> + 's {
        state.waiting.iter().flat_map(move |&op| {
            let Ask::Any { branches, .. } = &self.events[op].ask else { unreachable!("the others do not wait") };
            let fits = move |side: Side| matches!(side, Side::Put(_)) == puts;
            let here = branches.iter().enumerate().filter(move |(_, branch)| branch.0 == channel && fits(branch.1));
            here.map(move |(branch, _)| (op, branch))
        })
    }

    /// Those who may be the next to be served.
    fn partners(&self, state: &State, channel: usize, puts: bool) -> Vec<(usize, usize)> {
        let limit = if self.in_order { 1 } else { usize::MAX };
        self.waits(state, channel, puts).take(limit).collect()
    }

    fn could(&self, state: &State, (channel, side): (usize, Side)) -> bool {
        let (held, closed) = &state.channels[channel];
        match side {
            Side::Take => !held.is_empty() || *closed || self.waits(state, channel, true).next().is_some(),
            Side::Put(_) => {
                *closed || self.has_room(state, channel) || self.waits(state, channel, false).next().is_some()
            }
        }
    }

    fn has_room(&self, state: &State, channel: usize) -> bool {
        let kind = self.kinds[channel];
        kind.full != Full::Waits || state.channels[channel].0.len() < kind.capacity
    }

    fn take(&self, mut state: State, channel: usize, value: Option<u8>) -> Vec<State> {
        if let Some(first) = state.channels[channel].0.pop_front() {
            if value != Some(first) {
                return Vec::new();
            }
            return self.move_in(state, channel);
        }
        let partners = self.partners(&state, channel, true);
        if partners.is_empty() {
            return if value.is_none() && state.channels[channel].1 { vec![state] } else { Vec::new() };
        }
        let served = partners.into_iter().filter_map(|(op, branch)| {
            let Ask::Any { branches, .. } = &self.events[op].ask else { return None };
            let gives = matches!(branches[branch].1, Side::Put(v) if value == Some(v));
            (gives && self.events[op].answer == Answer::Put(branch, true)).then(|| self.without(&state, op))
        });
        served.collect()
    }

    /// There is room: those who wait to put move in.
    fn move_in(&self, state: State, channel: usize) -> Vec<State> {
        let partners = self.partners(&state, channel, true);
        if partners.is_empty() || !self.has_room(&state, channel) {
            return vec![state];
        }
        let moved = partners.into_iter().filter(|&(op, branch)| self.events[op].answer == Answer::Put(branch, true));
        moved
            .flat_map(|(op, branch)| {
                let mut state = self.without(&state, op);
                if let Ask::Any { branches, .. } = &self.events[op].ask
                    && let Side::Put(value) = branches[branch].1
                {
                    state.channels[channel].0.push_back(value);
                }
                self.move_in(state, channel)
            })
            .collect()
    }

    fn put(&self, mut state: State, channel: usize, value: u8, ok: bool) -> Vec<State> {
        if state.channels[channel].1 || !ok {
            return if state.channels[channel].1 && !ok { vec![state] } else { Vec::new() };
        }
        let partners = self.partners(&state, channel, false);
        if !partners.is_empty() {
            let taken = |&(op, branch): &(usize, usize)| self.events[op].answer == Answer::Took(branch, Some(value));
            return partners.into_iter().filter(taken).map(|(op, _)| self.without(&state, op)).collect();
        }
        let Kind { capacity, full } = self.kinds[channel];
        let held = &mut state.channels[channel].0;
        match full {
            _ if held.len() < capacity => held.push_back(value),
            Full::Waits => return Vec::new(),
            Full::Slides => {
                held.pop_front();
                held.push_back(value);
            }
            Full::Drops => {}
        }
        vec![state]
    }

    /// It is closed: whoever waits there is told. False if one of them was told something else.
    fn dismiss(&self, state: &mut State, channel: usize, puts: bool) -> bool {
        while let Some((op, branch)) = { self.waits(state, channel, puts).next() } {
            let told = if puts { Answer::Put(branch, false) } else { Answer::Took(branch, None) };
            // Of two branches of one choice in the same channel either may be told.
            let any = self.waits(state, channel, puts).any(|(other, branch)| {
                let told = if puts { Answer::Put(branch, false) } else { Answer::Took(branch, None) };
                other == op && self.events[op].answer == told
            });
            if self.events[op].answer != told && !any {
                return false;
            }
            *state = self.without(state, op);
        }
        true
    }

    fn without(&self, state: &State, op: usize) -> State {
        let mut state = state.clone();
        state.waiting.retain(|&other| other != op);
        state
    }
}

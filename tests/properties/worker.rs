//! What a process of a random program does, and what it notes in the books.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use csp::prelude::*;
use csp::{OfferError, PollError};

use crate::ledger::{Fate, Ledger, Token};
use crate::program::{Beside, Op, letter};

/// A process's handles to a channel.
pub enum Port {
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
pub struct Worker {
    /// Dropped before the ports.
    _leave: Leave,
    pub me: usize,
    ledger: Rc<Ledger>,
    handles: Rc<RefCell<Vec<Process>>>,
    ports: Vec<Port>,
}

/// Notes what a take gave.
fn took(ledger: &Ledger, (me, by_callback): (usize, bool), channel: usize, value: Option<Token>) {
    let what = value.as_ref().map(|token| token.id);
    ledger.note(format!("{:?}: p{me} took {what:?} from {}", now(), letter(channel)));
    match value {
        Some(token) => token.end(Fate::Taken(me, by_callback)),
        None => ledger.told_closed(channel, false),
    }
}

/// Notes what became of a put.
fn wrote(ledger: &Ledger, channel: usize, id: usize, answer: Result<(), Closed<Token>>) {
    match answer {
        Ok(()) => ledger.accepted(id),
        Err(Closed(token)) => {
            token.end(Fate::Returned);
            ledger.told_closed(channel, true);
        }
    }
}

impl Worker {
    /// The process of this number. It says on `done` that it has left.
    pub fn new(
        me: usize,
        ledger: Rc<Ledger>,
        handles: Rc<RefCell<Vec<Process>>>,
        ports: Vec<Port>,
        done: Channel<()>,
    ) -> Worker {
        Worker { _leave: Leave { me, ledger: ledger.clone(), done }, me, ledger, handles, ports }
    }

    fn took(&self, channel: usize, value: Option<Token>) {
        took(&self.ledger, (self.me, false), channel, value);
    }

    fn wrote(&self, channel: usize, id: usize, answer: Result<(), Closed<Token>>) {
        wrote(&self.ledger, channel, id, answer);
    }

    fn make(&self, channel: usize) -> Token {
        self.ledger.make(self.me, false, channel)
    }

    pub fn step(&self, op: &Op) {
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
                self.wrote(c, token.id, writing!(ports[c], w => put(w, token)));
            }
            Op::Poll(c) => match reading!(ports[c], r => poll(r)) {
                Ok(token) => self.took(c, Some(token)),
                Err(PollError::Closed) => self.took(c, None),
                Err(PollError::Empty) => {}
            },
            Op::Offer(c) => {
                let token = self.make(c);
                let id = token.id;
                match writing!(ports[c], w => offer(w, token)) {
                    Ok(()) => self.wrote(c, id, Ok(())),
                    Err(OfferError::Closed(token)) => self.wrote(c, id, Err(Closed(token))),
                    Err(OfferError::Full(token)) => token.end(Fate::Returned),
                }
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
                    Answer::Put(answer) => self.wrote(to, id, answer),
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
                    wrote(&books, c, id, answer);
                };
                if let Err(error) = writing!(ports[c], w => put_then_callback(w, token, then)) {
                    ledger.callback(c, true, -1);
                    error.value.end(Fate::Returned);
                }
            }
            Op::Close(c) => {
                ledger.shut(c);
                writing!(ports[c], w => close(w));
            }
            Op::Drain(c) => {
                ledger.shut(c);
                writing!(ports[c], w => drain(w));
            }
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
        let taking = |list: &[usize]| self.ledger.taking(self.me, list);
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
            taking(&receivers.iter().map(|(c, _)| *c).collect::<Vec<_>>());
            let (value, chosen) = if priority { alts_priority(list()) } else { alts(list()) };
            taking(&[]);
            let (c, _) = receivers.iter().find(|(_, r)| chosen == **r).expect("it is one of them");
            return self.took(*c, value);
        }
        taking(&whole.iter().filter(|(puts, ..)| !puts).map(|(_, c, _)| *c).collect::<Vec<_>>());
        if whole.iter().all(|(puts, ..)| !puts) {
            let list = || whole.iter().map(|(.., channel)| *channel);
            let (value, chosen) = if priority { alts_priority(list()) } else { alts(list()) };
            taking(&[]);
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
        taking(&[]);
        match chosen.outcome {
            Outcome::Took(value) => self.took(whole[chosen.index].1, value),
            Outcome::Put(answer) => self.wrote(whole[chosen.index].1, ids[chosen.index], answer),
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

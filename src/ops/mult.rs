//! One channel to many: each tap gets every value.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::rc::Rc;

use super::{AtEnd, start};
use crate::alts::{Branch, Outcome, alts};
use crate::channel::{Channel, Receiver, Sender, channel};
use crate::error::OfferError;
use crate::port::ReadPort;

/// Copies of each value of a channel for all who [tap](Mult::tap) it; from [`mult`]. Clones are handles of the same one.
pub struct Mult<T: 'static> {
    shared: Rc<Shared<T>>,
}

struct Shared<T: 'static> {
    /// In order of tapping. Not borrowed while anybody waits, or code of the user's runs.
    taps: RefCell<Vec<Tap<T>>>,
    ended: Cell<bool>,
}

struct Tap<T: 'static> {
    to: Channel<T>,
    /// Closed when it is untapped.
    gone: Channel<T>,
    /// What ends it, if it is to be ended.
    ends: Option<Rc<Ends<T>>>,
    /// Of one that was made with its receiver, which ends with it.
    sender: Option<Sender<T>>,
}

/// Ends a channel when the last of the taps has ended that it stands behind: of several topics, it may be.
pub(super) struct Ends<T: 'static> {
    to: Channel<T>,
    taps: Cell<usize>,
}

impl<T: 'static> Ends<T> {
    pub(super) fn new(to: &Channel<T>) -> Rc<Ends<T>> {
        Rc::new(Ends { to: to.clone(), taps: Cell::new(0) })
    }

    /// Whether it is the one of this channel, and some tap may still end it.
    pub(super) fn is_of(&self, to: &Channel<T>) -> bool {
        self.to == *to && self.taps.get() > 0
    }

    /// One tap less, which has ended, or was only taken away.
    fn one_less(&self, has_ended: bool) {
        self.taps.set(self.taps.get() - 1);
        if has_ended && self.taps.get() == 0 {
            self.to.drain();
        }
    }
}

impl<T: 'static> Clone for Tap<T> {
    fn clone(&self) -> Self {
        Tap { to: self.to.clone(), gone: self.gone.clone(), ends: self.ends.clone(), sender: self.sender.clone() }
    }
}

/// Gives each value of `from` to all who have tapped it, and takes the next when all have accepted it: the slowest sets
/// the pace. A tap that must not is given a buffer that never fills: [`Channel::dropping`] or [`Channel::sliding`]. While
/// there is no tap, values are taken and dropped: tap before you first wait.
///
/// ```
/// use csp::{ops::{self, AtEnd}, prelude::*};
///
/// csp::run(|| {
///     let news = Channel::new();
///     let all = ops::mult(news.clone());
///     let (a, b) = (Channel::new(), Channel::sliding(1));
///     all.tap(&a, AtEnd::Close);
///     all.tap(&b, AtEnd::Close);
///     go(move || {
///         (1..=3).for_each(|n| put(&news, n).unwrap());
///         close(&news);
///     });
///     assert_eq!(a.iter().collect::<Vec<_>>(), [1, 2, 3]);
///     assert_eq!(b.iter().collect::<Vec<_>>(), [3], "it has not kept up");
/// });
/// ```
#[must_use]
#[track_caller]
pub fn mult<R>(from: R) -> Mult<R::Item>
where
    R: ReadPort + 'static,
    R::Item: Clone,
{
    let shared = Rc::new(Shared { taps: RefCell::default(), ended: Cell::new(false) });
    let source = Source(shared.clone());
    start("mult", move || {
        while let Some(value) = from.take() {
            source.0.give_to_all(value);
        }
    });
    Mult { shared }
}

/// The process's share: when it goes, on whatever way, the taps have their end.
struct Source<T: 'static>(Rc<Shared<T>>);

impl<T: 'static> Drop for Source<T> {
    fn drop(&mut self) {
        self.0.ended.set(true);
        for tap in self.0.taps.take() {
            tap.end();
        }
    }
}

impl<T: 'static> Tap<T> {
    /// There will be nothing for it any more.
    fn end(&self) {
        self.leave(true);
    }

    fn leave(&self, has_ended: bool) {
        if let Some(ends) = &self.ends {
            ends.one_less(has_ended);
        }
    }
}

impl<T: Clone + 'static> Shared<T> {
    /// Until all have accepted it, have been closed or untapped.
    fn give_to_all(&self, value: T) {
        let taps = self.taps.borrow().clone();
        let mut slow: Vec<(Tap<T>, T)> = Vec::new();
        for tap in taps {
            // A clone of the user's may have untapped it.
            let copy = value.clone();
            match tap.to.offer(copy) {
                _ if tap.gone.is_closed() => {}
                Ok(()) => {}
                Err(OfferError::Full(copy)) => slow.push((tap, copy)),
                Err(OfferError::Closed(_)) => self.untap(&tap.to),
            }
        }
        while !slow.is_empty() {
            slow = self.give_to_one(slow);
        }
    }

    /// Waits for the first of those who are slow. The others.
    fn give_to_one(&self, slow: Vec<(Tap<T>, T)>) -> Vec<(Tap<T>, T)> {
        let (taps, values): (Vec<Tap<T>>, Vec<T>) = slow.into_iter().unzip();
        let puts = taps.iter().zip(values).map(|(tap, value)| Branch::Put(&tap.to, value));
        let goings = taps.iter().map(|tap| Branch::Take(&tap.gone));
        let chosen = alts(puts.chain(goings).collect::<Vec<_>>());
        let done = chosen.index % taps.len();
        if let Outcome::Put(Err(_)) = chosen.outcome {
            self.untap(&taps[done].to);
        }
        let mut left: Vec<(Tap<T>, T)> = Vec::with_capacity(taps.len());
        left.extend(chosen.losers.into_iter().map(|(index, value)| (taps[index].clone(), value)));
        left.retain(|(tap, _)| !tap.gone.is_closed());
        left
    }
}

impl<T: 'static> Shared<T> {
    fn untap(&self, to: &Channel<T>) {
        let mut taps = self.taps.borrow_mut();
        let (gone, left) = mem::take(&mut *taps).into_iter().partition(|tap| tap.to == *to);
        *taps = left;
        drop(taps);
        Self::say_gone(gone);
    }

    fn say_gone(gone: Vec<Tap<T>>) {
        for tap in gone {
            tap.leave(false);
            tap.gone.close();
        }
    }
}

impl<T: 'static> Mult<T> {
    /// From the next value on, each goes to `to` as well, until that is closed or untapped; when the source ends, it is
    /// ended as `at_end` says. To tap with the same channel again changes only that. When the source has ended
    /// already, `to` is ended at once.
    pub fn tap(&self, to: &Channel<T>, at_end: AtEnd) {
        self.tap_with(to, (at_end == AtEnd::Close).then(|| Ends::new(to)));
    }

    /// As [`tap`](Mult::tap), with what is to end it.
    pub(super) fn tap_with(&self, to: &Channel<T>, ends: Option<Rc<Ends<T>>>) {
        self.add(Tap { to: to.clone(), gone: Channel::new(), ends, sender: None });
    }

    /// All values from the next on, with room for `capacity` of them, until the source ends or all are untapped. To drop it
    /// is to untap.
    ///
    /// ```
    /// use csp::{ops, prelude::*};
    ///
    /// csp::run(|| {
    ///     let all = ops::mult(ops::to_chan(1..=3));
    ///     let (a, b) = (all.receiver(0), all.receiver(0));
    ///     assert_eq!(take(&a), Some(1));
    ///     drop(a);
    ///     assert_eq!(b.iter().sum::<i32>(), 6);
    /// });
    /// ```
    #[must_use]
    #[track_caller]
    pub fn receiver(&self, capacity: usize) -> Receiver<T> {
        let (sender, receiver) = channel(capacity);
        let (to, gone) = (sender.channel(), Channel::new());
        self.add(Tap { ends: Some(Ends::new(&to)), to, gone, sender: Some(sender) });
        receiver
    }

    fn add(&self, tap: Tap<T>) {
        if let Some(ends) = &tap.ends {
            ends.taps.set(ends.taps.get() + 1);
        }
        if self.shared.ended.get() {
            return tap.end();
        }
        let mut taps = self.shared.taps.borrow_mut();
        match taps.iter_mut().find(|before| before.to == tap.to) {
            Some(before) => {
                before.leave(false);
                before.ends = tap.ends;
            }
            None => taps.push(tap),
        }
    }

    /// No more values go to `to`, which is left as it is. If the source just waits for it, it goes on.
    pub fn untap(&self, to: &Channel<T>) {
        self.shared.untap(to);
    }

    /// Whether nobody taps it.
    pub(super) fn is_empty(&self) -> bool {
        self.shared.taps.borrow().is_empty()
    }

    /// As [`untap`](Mult::untap), for all.
    pub fn untap_all(&self) {
        Shared::say_gone(self.shared.taps.take());
    }
}

impl<T: 'static> Clone for Mult<T> {
    fn clone(&self) -> Self {
        Mult { shared: self.shared.clone() }
    }
}

impl<T: 'static> fmt::Debug for Mult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mult({} taps)", self.shared.taps.borrow().len())
    }
}

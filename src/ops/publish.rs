//! Each value to those who want its topic.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::mult::Ends;
use super::{AtEnd, Mult, mult, start};
use crate::channel::{Channel, Receiver, channel};
use crate::port::ReadPort;

/// Values of a channel for those who [subscribe](Publication::sub) to their topic; from [`publish`]. Clones are handles of
/// the same one.
pub struct Publication<K: 'static, T: 'static> {
    shared: Rc<Shared<K, T>>,
}

struct Shared<K: 'static, T: 'static> {
    /// Those that somebody has subscribed to. Not borrowed while anybody waits.
    topics: RefCell<BTreeMap<K, Topic<T>>>,
    /// How much stands before the taps of a topic.
    buffers: Box<dyn Fn(&K) -> usize>,
    /// What ends those who are to be ended, each with the last of its topics.
    ends: RefCell<Vec<Rc<Ends<T>>>>,
    ended: Cell<bool>,
}

struct Topic<T: 'static> {
    to: Channel<T>,
    taps: Mult<T>,
}

/// [`Publisher::run`] with room for `buffer` values in every topic.
///
/// ```
/// use csp::{ops::{self, AtEnd}, prelude::*};
///
/// csp::run(|| {
///     let news = Channel::new();
///     let by_length = ops::publish(news.clone(), 1, |word: &&str| word.len());
///     let threes = Channel::buffered(9);
///     by_length.sub(3, &threes, AtEnd::Close);
///     ["one", "two", "three"].into_iter().for_each(|word| put(&news, word).unwrap());
///     close(&news);
///     assert_eq!(threes.iter().collect::<Vec<_>>(), ["one", "two"]);
/// });
/// ```
#[doc(alias = "pub")]
#[must_use]
#[track_caller]
pub fn publish<R, K>(from: R, buffer: usize, topic: impl FnMut(&R::Item) -> K + 'static) -> Publication<K, R::Item>
where
    R: ReadPort + 'static,
    R::Item: Clone,
    K: Ord + 'static,
{
    Publisher::by(topic).buffers(move |_| buffer).run(from)
}

/// By what values are sorted, and what is done with each topic.
///
/// ```
/// use csp::{ops::{self, Publisher}, prelude::*};
///
/// csp::run(|| {
///     let lost = Channel::sliding(1);
///     let seen = lost.clone();
///     let publisher = Publisher::by(|n: &i32| n % 2 == 0)
///         .buffers(|even| if *even { 8 } else { 0 })
///         .on_unmatched(move |n| offer(&seen, n).unwrap());
///     let even = publisher.run(ops::to_chan(1..=3)).receiver(true, 0);
///     assert_eq!(even.iter().collect::<Vec<_>>(), [2]);
///     assert_eq!(poll(&lost), Ok(3));
/// });
/// ```
#[must_use = "a publisher does nothing until it is run"]
pub struct Publisher<K: 'static, T: 'static> {
    topic: Box<dyn FnMut(&T) -> K>,
    buffers: Box<dyn Fn(&K) -> usize>,
    on_unmatched: Box<dyn FnMut(T)>,
}

impl<K: Ord + 'static, T: Clone + 'static> Publisher<K, T> {
    /// Sorts values by what `topic` says of each.
    pub fn by(topic: impl FnMut(&T) -> K + 'static) -> Self {
        Publisher { topic: Box::new(topic), buffers: Box::new(|_| 0), on_unmatched: Box::new(drop) }
    }

    /// For how many values there is room in a topic that its subscribers have not all accepted yet; beyond that the
    /// slowest subscriber of one topic holds up the others. Without this there is none.
    pub fn buffers(mut self, f: impl Fn(&K) -> usize + 'static) -> Self {
        self.buffers = Box::new(f);
        self
    }

    /// Calls `f` with each value that nobody has subscribed to. Without this it is dropped.
    pub fn on_unmatched(mut self, f: impl FnMut(T) + 'static) -> Self {
        self.on_unmatched = Box::new(f);
        self
    }

    /// Gives each value of `from` to all who have subscribed to its topic.
    #[track_caller]
    pub fn run(self, from: impl ReadPort<Item = T> + 'static) -> Publication<K, T> {
        let Publisher { mut topic, buffers, mut on_unmatched } = self;
        let shared =
            Rc::new(Shared { topics: RefCell::default(), buffers, ends: RefCell::default(), ended: Cell::new(false) });
        let source = Source(shared.clone());
        start("publish", move || {
            while let Some(value) = from.take() {
                let key = topic(&value);
                let unmatched = match source.0.channel(&key) {
                    Some(to) => to.put(value).err().map(|closed| closed.0),
                    None => Some(value),
                };
                unmatched.into_iter().for_each(&mut on_unmatched);
            }
        });
        Publication { shared }
    }
}

/// The process's share: when it goes, on whatever way, the subscribers have their end.
struct Source<K: 'static, T: 'static>(Rc<Shared<K, T>>);

impl<K: 'static, T: 'static> Drop for Source<K, T> {
    fn drop(&mut self) {
        self.0.ended.set(true);
        for topic in self.0.topics.take().into_values() {
            topic.to.drain();
        }
    }
}

impl<K: Ord + 'static, T: 'static> Shared<K, T> {
    /// Where the values of a topic go, if anybody wants them.
    fn channel(&self, key: &K) -> Option<Channel<T>> {
        // Its subscribers may have been closed.
        self.tidy(key);
        self.topics.borrow().get(key).map(|topic| topic.to.clone())
    }

    /// Forgets a topic that nobody subscribes to any more.
    fn tidy(&self, key: &K) {
        let mut topics = self.topics.borrow_mut();
        if topics.get(key).is_some_and(|topic| topic.taps.is_empty()) {
            let topic = topics.remove(key);
            drop(topics);
            topic.into_iter().for_each(|topic| topic.to.close());
        }
    }
}

impl<K: Ord + 'static, T: Clone + 'static> Publication<K, T> {
    /// From the next value on, those of topic `key` go to `to` as well; when the source ends, it is ended as `at_end` says.
    /// One that has subscribed to several topics is ended with the last of them. As [`Mult::tap`] otherwise.
    #[track_caller]
    pub fn sub(&self, key: K, to: &Channel<T>, at_end: AtEnd) {
        match self.topic(key) {
            Some(taps) => taps.tap_with(to, (at_end == AtEnd::Close).then(|| self.ends(to))),
            None if at_end == AtEnd::Close => to.drain(),
            None => {}
        }
    }

    /// The values of topic `key` from the next on, with room for `capacity` of them, until the source ends. To drop it is to
    /// unsubscribe.
    ///
    /// ```
    /// use csp::{ops, prelude::*};
    ///
    /// csp::run(|| {
    ///     let even = ops::publish(ops::to_chan(1..=6), 0, |n| n % 2 == 0).receiver(true, 0);
    ///     assert_eq!(even.iter().collect::<Vec<i32>>(), [2, 4, 6]);
    /// });
    /// ```
    #[must_use]
    #[track_caller]
    pub fn receiver(&self, key: K, capacity: usize) -> Receiver<T> {
        match self.topic(key) {
            Some(taps) => taps.receiver(capacity),
            None => channel(capacity).1,
        }
    }

    /// What ends `to`, the same one for all its topics.
    fn ends(&self, to: &Channel<T>) -> Rc<Ends<T>> {
        let mut all = self.shared.ends.borrow_mut();
        all.retain(|ends| Rc::strong_count(ends) > 1);
        let known = all.iter().find(|ends| ends.is_of(to)).cloned();
        known.unwrap_or_else(|| {
            all.push(Ends::new(to));
            all[all.len() - 1].clone()
        })
    }

    /// The taps of a topic, unless the source has ended.
    #[track_caller]
    fn topic(&self, key: K) -> Option<Mult<T>> {
        if self.shared.ended.get() {
            return None;
        }
        let known = self.shared.topics.borrow().contains_key(&key);
        let capacity = if known { 0 } else { (self.shared.buffers)(&key) };
        let new_topic = || {
            let to = Channel::buffered(capacity);
            Topic { taps: mult(to.clone()), to }
        };
        Some(self.shared.topics.borrow_mut().entry(key).or_insert_with(new_topic).taps.clone())
    }
}

impl<K: Ord + 'static, T: 'static> Publication<K, T> {
    /// No more values of topic `key` go to `to`, which is left as it is. When that was the last, the topic is forgotten, and
    /// with it the values that it had not got rid of.
    pub fn unsub(&self, key: &K, to: &Channel<T>) {
        if let Some(taps) = self.taps(key) {
            taps.untap(to);
            self.shared.tidy(key);
        }
    }

    /// No more values of topic `key` go to anybody.
    pub fn unsub_topic(&self, key: &K) {
        if let Some(taps) = self.taps(key) {
            taps.untap_all();
            self.shared.tidy(key);
        }
    }

    /// Those who have subscribed to a topic, if anybody has.
    fn taps(&self, key: &K) -> Option<Mult<T>> {
        self.shared.topics.borrow().get(key).map(|topic| topic.taps.clone())
    }

    /// No more values go to anybody, whatever their topic.
    pub fn unsub_all(&self) {
        for topic in self.shared.topics.take().into_values() {
            topic.taps.untap_all();
            topic.to.close();
        }
    }
}

impl<K: 'static, T: 'static> Clone for Publication<K, T> {
    fn clone(&self) -> Self {
        Publication { shared: self.shared.clone() }
    }
}

impl<K: 'static, T: 'static> fmt::Debug for Publication<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Publication({} topics)", self.shared.topics.borrow().len())
    }
}

//! Each value to those who want its topic.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::{AtEnd, Mult, mult};
use crate::channel::Channel;
use crate::go::go;
use crate::port::ReadPort;

/// Values of a channel for those who [subscribe](Publication::sub) to their topic; from [`publish`]. Clones are handles of
/// the same one.
pub struct Publication<K: 'static, T: 'static> {
    shared: Rc<Shared<K, T>>,
}

struct Shared<K: 'static, T: 'static> {
    /// Those that somebody has subscribed to. Not borrowed while anybody waits.
    topics: RefCell<BTreeMap<K, Topic<T>>>,
    /// What stands before the taps of a topic.
    buffer: usize,
    ended: Cell<bool>,
}

struct Topic<T: 'static> {
    to: Channel<T>,
    taps: Mult<T>,
}

/// Sorts the values of `from` by what `topic` says of each, and gives them to all who have subscribed to that. A topic takes
/// up to `buffer` values that its subscribers have not all accepted yet; beyond that the slowest subscriber of one topic
/// holds up the others. What nobody has subscribed to is dropped.
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
pub fn publish<R, K>(from: R, buffer: usize, mut topic: impl FnMut(&R::Item) -> K + 'static) -> Publication<K, R::Item>
where
    R: ReadPort + 'static,
    R::Item: Clone,
    K: Ord + 'static,
{
    let topics = RefCell::new(BTreeMap::new());
    let shared = Rc::new(Shared { topics, buffer, ended: Cell::new(false) });
    let source = Source(shared.clone());
    go(move || {
        while let Some(value) = from.take() {
            let key = topic(&value);
            if let Some(to) = source.0.channel(&key) {
                // Closed means that the last subscriber has just gone: then it is a value that nobody wants.
                _ = to.put(value);
            }
        }
    });
    Publication { shared }
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
    /// As [`Mult::tap`] otherwise.
    #[track_caller]
    pub fn sub(&self, key: K, to: &Channel<T>, at_end: AtEnd) {
        if self.shared.ended.get() {
            if at_end == AtEnd::Close {
                to.drain();
            }
            return;
        }
        let taps = {
            let mut topics = self.shared.topics.borrow_mut();
            let new_topic = || {
                let to = Channel::buffered(self.shared.buffer);
                Topic { taps: mult(to.clone()), to }
            };
            topics.entry(key).or_insert_with(new_topic).taps.clone()
        };
        taps.tap(to, at_end);
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

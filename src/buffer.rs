//! What a channel keeps values in while nobody takes them.
//!
//! [`Buffer`] is the contract; [`Fixed`], [`Dropping`] and [`Sliding`] keep it. A channel made with
//! [`Channel::with_buffer`](crate::Channel::with_buffer) takes any other that does.

use std::cell::OnceCell;
use std::collections::VecDeque;

/// A queue of values with a rule for when it is full.
///
/// A channel asks [`len`](Buffer::len) and [`is_full`](Buffer::is_full) when it is made and after each
/// [`add`](Buffer::add) and [`remove`](Buffer::remove), and remembers the answers: a buffer changes
/// only when it is changed. While one of these runs, the buffer is out of its channel: to use that
/// channel from inside, or to wait, is a panic. If one panics, the buffer goes back into its channel
/// and the panic goes to whoever put or took.
///
/// ```
/// use csp::{Buffer, Channel, prelude::*};
/// use std::collections::BinaryHeap;
///
/// /// The greatest value is taken first.
/// struct Greatest(BinaryHeap<u32>);
///
/// impl Buffer<u32> for Greatest {
///     fn add(&mut self, value: u32) -> Option<u32> {
///         self.0.push(value);
///         None
///     }
///     fn remove(&mut self) -> Option<u32> { self.0.pop() }
///     fn len(&self) -> usize { self.0.len() }
///     fn is_full(&self) -> bool { self.0.len() >= 10 }
/// }
///
/// let c = Channel::with_buffer(Greatest(BinaryHeap::new()));
/// for n in [3, 1, 4, 1, 5] { c.offer(n).unwrap() }
/// assert_eq!(c.poll(), Ok(5));
/// assert_eq!(c.poll(), Ok(4));
/// ```
pub trait Buffer<T> {
    /// Accepts `value`. What is given back was dropped to make room, and goes to the channel's drop
    /// hook: the value itself, or another. Only called when not full, but for values that an earlier
    /// step has already accepted.
    fn add(&mut self, value: T) -> Option<T>;

    /// Takes out the value whose turn it is; `None` when there is none.
    fn remove(&mut self) -> Option<T>;

    /// How many values could be removed now.
    fn len(&self) -> usize;

    /// Whether a put has to wait.
    fn is_full(&self) -> bool;

    /// Whether nothing could be removed now.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// First in, first out; full at `capacity`, and then puts wait. What [`Channel::buffered`](crate::Channel::buffered)
/// uses.
pub struct Fixed<T> {
    values: VecDeque<T>,
    capacity: usize,
}

impl<T> Fixed<T> {
    /// A buffer for `capacity` values. Memory is taken as values come.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Fixed<T> {
        assert!(
            capacity > 0,
            "a buffer needs room for at least one value: for none use an unbuffered channel, `Channel::new()`"
        );
        Fixed { values: VecDeque::new(), capacity }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// As large, empty, and for values of any type.
    pub(crate) fn emptied<O>(self) -> Fixed<O> {
        Fixed { values: VecDeque::new(), capacity: self.capacity }
    }
}

impl<T> Buffer<T> for Fixed<T> {
    #[inline]
    fn add(&mut self, value: T) -> Option<T> {
        self.values.push_back(value);
        None
    }

    #[inline]
    fn remove(&mut self) -> Option<T> {
        self.values.pop_front()
    }

    #[inline]
    fn len(&self) -> usize {
        self.values.len()
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.values.len() >= self.capacity
    }
}

/// First in, first out; never full: when it holds `capacity` values, a new one is dropped. What
/// [`Channel::dropping`](crate::Channel::dropping) uses.
pub struct Dropping<T>(pub(crate) Fixed<T>);

impl<T> Dropping<T> {
    /// A buffer that keeps the first `capacity` values.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Dropping<T> {
        assert!(capacity > 0, "a dropping buffer needs room for at least one value, or it would drop everything");
        Dropping(Fixed::new(capacity))
    }
}

impl<T> Buffer<T> for Dropping<T> {
    #[inline]
    fn add(&mut self, value: T) -> Option<T> {
        if self.0.is_full() { Some(value) } else { self.0.add(value) }
    }

    #[inline]
    fn remove(&mut self) -> Option<T> {
        self.0.remove()
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn is_full(&self) -> bool {
        false
    }
}

/// First in, first out; never full: when it holds `capacity` values, the oldest is dropped. What
/// [`Channel::sliding`](crate::Channel::sliding) uses.
pub struct Sliding<T>(pub(crate) Fixed<T>);

impl<T> Sliding<T> {
    /// A buffer that keeps the last `capacity` values.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Sliding<T> {
        assert!(capacity > 0, "a sliding buffer needs room for at least one value, or it would drop everything");
        Sliding(Fixed::new(capacity))
    }
}

impl<T> Buffer<T> for Sliding<T> {
    #[inline]
    fn add(&mut self, value: T) -> Option<T> {
        let oldest = if self.0.is_full() { self.0.remove() } else { None };
        self.0.add(value);
        oldest
    }

    #[inline]
    fn remove(&mut self) -> Option<T> {
        self.0.remove()
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn is_full(&self) -> bool {
        false
    }
}

/// One value, of which every taker gets a copy; shared by the channel and the callbacks that wait for it.
///
/// Not a [`Buffer`]: to copy is the user's code, which must not run while the channel is being changed, so the value is
/// kept first and copied later by whoever takes.
pub(crate) struct Promised<T> {
    value: OnceCell<T>,
    copy: fn(&T) -> T,
}

impl<T: Clone> Promised<T> {
    pub(crate) fn new() -> Promised<T> {
        Promised { value: OnceCell::new(), copy: T::clone }
    }
}

impl<T> Promised<T> {
    /// Keeps the first value; any other comes back.
    pub(crate) fn keep(&self, value: T) -> Option<T> {
        self.value.set(value).err()
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.value.get().is_some()
    }

    /// Runs the user's `Clone`.
    pub(crate) fn copy(&self) -> Option<T> {
        self.value.get().map(self.copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_is_full_at_capacity_and_may_be_overfilled() {
        let mut b = Fixed::new(2);
        assert!(b.add(1).is_none() && !b.is_full());
        assert!(b.add(2).is_none() && b.is_full());
        assert!(b.add(3).is_none() && b.len() == 3);
        assert_eq!((b.remove(), b.is_full()), (Some(1), true));
        assert_eq!((b.remove(), b.is_full()), (Some(2), false));
        assert_eq!((b.remove(), b.remove()), (Some(3), None));
    }

    #[test]
    fn dropping_drops_the_newest() {
        let mut b = Dropping::new(2);
        assert_eq!([b.add(1), b.add(2), b.add(3)], [None, None, Some(3)]);
        assert_eq!((b.is_full(), b.len(), b.remove()), (false, 2, Some(1)));
    }

    #[test]
    fn sliding_drops_the_oldest() {
        let mut b = Sliding::new(2);
        assert_eq!([b.add(1), b.add(2), b.add(3)], [None, None, Some(1)]);
        assert_eq!((b.is_full(), b.len(), b.remove()), (false, 2, Some(2)));
    }
}

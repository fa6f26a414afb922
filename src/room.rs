//! Room for one value at a fixed address, of whatever type.
//!
//! A process's record has one for the operation that the process waits in. Those who wake it then need nothing of its
//! stack: records lie close together, where stacks are a page or more apart, and half the cost of waking somebody in a
//! crowd was the processor's search for that page.

use std::cell::{Cell, UnsafeCell};
use std::mem::{self, MaybeUninit};
use std::ops::Deref;
use std::pin::Pin;
use std::ptr::NonNull;

/// How much a room holds: a take or a put of a number, a pointer, a `String`.
const WORDS: usize = 10;

/// Room for one value. Invariant: while `taken`, the space is that of a [`Guest`], or of what was [kept](Room::keep) there.
pub(crate) struct Room {
    space: UnsafeCell<[MaybeUninit<u64>; WORDS]>,
    taken: Cell<bool>,
}

/// A value in a room, until this is dropped.
pub(crate) struct Guest<'a, T> {
    room: &'a Room,
    value: NonNull<T>,
}

impl Room {
    pub(crate) fn new() -> Room {
        Room { space: UnsafeCell::new([MaybeUninit::uninit(); WORDS]), taken: Cell::new(false) }
    }

    /// Whether a value of this type can be put into a room.
    pub(crate) const fn fits<T>() -> bool {
        mem::size_of::<T>() <= WORDS * mem::size_of::<u64>() && mem::align_of::<T>() <= mem::align_of::<u64>()
    }

    /// Keeps a value without a guest, until it is [taken back](Room::take_kept). It must fit, and the room be free.
    #[inline(always)]
    pub(crate) fn keep<T>(&self, value: T) {
        assert!(Self::fits::<T>() && !self.taken.replace(true));
        // SAFETY: it fits, and nobody else uses the space: it was not taken.
        unsafe { self.space.get().cast::<T>().write(value) };
    }

    /// What was kept.
    ///
    /// # Safety
    /// A `T` was [kept](Room::keep), and not taken back since.
    #[inline(always)]
    pub(crate) unsafe fn take_kept<T>(&self) -> T {
        // SAFETY: the caller's promise, and it is read at once.
        unsafe { self.give_up_kept::<T>().read() }
    }

    /// As [`take_kept`](Room::take_kept), for a caller who reads it from where it is.
    ///
    /// # Safety
    /// A `T` was [kept](Room::keep), and not taken back since. It is read before the room is used again.
    #[inline(always)]
    pub(crate) unsafe fn give_up_kept<T>(&self) -> *mut T {
        self.taken.set(false);
        self.space.get().cast::<T>()
    }

    /// Makes a value in it, which must [fit](Room::fits); gives `make` back if the room is taken.
    #[inline(always)]
    pub(crate) fn lodge<T, F: FnOnce() -> T>(&self, make: F) -> Result<Guest<'_, T>, F> {
        assert!(Self::fits::<T>());
        if self.taken.get() {
            return Err(make);
        }
        self.taken.set(true);
        let place: NonNull<T> = NonNull::from(&self.space).cast();
        // SAFETY: it fits, and nobody else uses the space: it was not taken. (Nor does `make`: it is taken now.)
        unsafe { place.write(make()) };
        Ok(Guest { room: self, value: place })
    }
}

impl<T> Guest<'_, T> {
    #[inline(always)]
    pub(crate) fn pinned(&self) -> Pin<&T> {
        // SAFETY: it stays where it is until it is dropped there, with the guest.
        unsafe { Pin::new_unchecked(self) }
    }
}

impl<T> Deref for Guest<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: `lodge` has written it, and the space is the guest's.
        unsafe { self.value.as_ref() }
    }
}

impl<T> Drop for Guest<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        /// The room is free again, also if the value panics when it is dropped.
        struct Leave<'a>(&'a Room);
        impl Drop for Leave<'_> {
            #[inline(always)]
            fn drop(&mut self) {
                self.0.taken.set(false);
            }
        }
        let _leave = Leave(self.room);
        // SAFETY: as in `deref`, and nobody uses it after this.
        unsafe { self.value.drop_in_place() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn one_after_the_other_and_each_is_dropped_once() {
        let (room, witness) = (Room::new(), Rc::new(5));
        let guest = room.lodge(|| witness.clone()).ok().unwrap();
        assert!(**guest == 5 && *guest.pinned() == witness);
        assert!(room.lodge(|| 1).is_err(), "it is taken");
        drop(guest);
        assert_eq!(Rc::strong_count(&witness), 1);
        assert_eq!(*room.lodge(|| [1_u64; WORDS]).ok().unwrap(), [1; WORDS]);
    }

    #[test]
    fn what_is_too_large_or_lies_too_wide_does_not_fit() {
        #[repr(align(16))]
        struct Wide(#[allow(dead_code)] u8);
        assert!(Room::fits::<[u64; WORDS]>() && !Room::fits::<[u64; WORDS + 1]>() && !Room::fits::<Wide>());
    }
}

//! One mapping, cut into equal stacks.

use std::io;
use std::mem;

use corosensei::stack::valgrind::ValgrindStackRegistration;

use super::guard::{self, BATCH, Kernel, Row};

/// One mapping, cut into equal stacks; the head of [`crate::stack`] has a drawing.
///
/// Invariant: stack `i` is the `stride` bytes from `start + i * stride`. Of the `capacity` stacks
/// the first `guarded` have their guards; an index below that is either in `cold` (once) or
/// counted in `used`, and in the latter case its memory belongs to whoever took it. The mapping
/// stays as long as anything is counted in `used`, and for good if that never ends.
pub(super) struct Arena {
    /// The lowest address.
    start: usize,
    /// The distance between two stacks.
    stride: usize,
    /// How many stacks the mapping has room for.
    capacity: u32,
    /// How many of them are guarded: the lower ones.
    guarded: u32,
    /// How many have been taken and not put back cold.
    used: u32,
    /// Guarded stacks that hold no memory and nobody uses. Taken from the end, where the lower
    /// addresses tend to be: neighbours share a page table, and the upper ones may stay unmade.
    cold: Vec<u32>,
    /// Tells Valgrind about each guarded stack, until dropped.
    registrations: Vec<ValgrindStackRegistration>,
}

impl Arena {
    /// Maps room for `capacity` stacks. Costs no memory yet.
    pub(super) fn new(capacity: u32, stride: usize) -> io::Result<Self> {
        Ok(Self {
            start: guard::map(capacity as usize * stride)?,
            stride,
            capacity,
            guarded: 0,
            used: 0,
            cold: Vec::new(),
            registrations: Vec::new(),
        })
    }

    /// Hands out a stack that holds no memory. Must not be asked of an arena without
    /// [`room`](Self::has_room).
    pub(super) fn take(&mut self, kernel: Kernel) -> io::Result<u32> {
        if self.cold.is_empty() {
            self.guard_more(kernel)?;
        }
        let index = self.cold.pop().expect("an arena without room was asked for a stack");
        self.used += 1;
        Ok(index)
    }

    /// Guards as many stacks again as are guarded already, within a batch: a program of three
    /// processes pays for four guards, one of a million for few calls.
    fn guard_more(&mut self, kernel: Kernel) -> io::Result<()> {
        let count = self.guarded.clamp(1, BATCH as u32).min(self.capacity - self.guarded);
        let row = Row { start: self.limit(self.guarded), stride: self.stride, count: count as usize };
        // SAFETY: by the invariant these stacks are within the mapping, and nobody uses them.
        unsafe { kernel.guard(row)? };
        for index in (self.guarded..self.guarded + count).rev() {
            let limit = self.limit(index) as *mut u8;
            self.registrations.push(ValgrindStackRegistration::new(limit, self.stride));
            self.cold.push(index);
        }
        self.guarded += count;
        Ok(())
    }

    /// Takes back stacks, in ascending order, and their memory from them.
    ///
    /// # Safety
    ///
    /// Each index was given by [`take`](Self::take), and its taker is done with it for good.
    pub(super) unsafe fn put_cold(&mut self, kernel: Kernel, indices: impl Iterator<Item = u32> + Clone) {
        let mut next = indices.clone().peekable();
        // Neighbours are one range. Their guards lie in it and stay.
        let runs = std::iter::from_fn(|| {
            let first = next.next()?;
            let mut last = first;
            while let Some(neighbour) = next.next_if_eq(&(last + 1)) {
                last = neighbour;
            }
            Some((self.limit(first), (last - first + 1) as usize * self.stride))
        });
        // SAFETY: the caller's promise: what is in these stacks is of no use to anybody.
        unsafe { kernel.discard(runs) };
        let before = self.cold.len();
        self.cold.extend(indices);
        self.used -= (self.cold.len() - before) as u32;
        self.cold[before..].reverse();
    }

    /// Counts stacks as put back without taking their memory, because the arena is about to go.
    ///
    /// # Safety
    ///
    /// So many were given by [`take`](Self::take), their takers are done with them for good, and
    /// nobody counts them as put back again.
    pub(super) unsafe fn retire(&mut self, count: u32) {
        self.used -= count;
    }

    /// The lowest address of a stack, which is that of its guard.
    #[inline]
    pub(super) fn limit(&self, index: u32) -> usize {
        self.start + index as usize * self.stride
    }

    /// Can a stack be taken?
    pub(super) fn has_room(&self) -> bool {
        !self.cold.is_empty() || self.guarded < self.capacity
    }

    /// How many stacks have been taken and not put back.
    pub(super) fn used(&self) -> u32 {
        self.used
    }

    /// How many stacks have their guards, hold no memory and can be taken.
    pub(super) fn cold(&self) -> usize {
        self.cold.len()
    }

    /// How many stacks the mapping has room for.
    pub(super) fn capacity(&self) -> usize {
        self.capacity as usize
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if self.used == 0 {
            self.registrations.clear();
            // SAFETY: nothing is counted in `used`, so by the invariant nobody has a stack here.
            unsafe { guard::unmap(self.start, self.capacity as usize * self.stride) };
        } else {
            // Somebody still has a stack here, or abandoned one whose coroutine has not finished:
            // what lives on it may be pointed at for ever. So the mapping stays.
            self.registrations.drain(..).for_each(mem::forget);
        }
    }
}

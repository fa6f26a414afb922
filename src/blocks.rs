//! Values that stay where they are, by the million: cut from blocks, as stacks are from arenas.
//!
//! ```text
//!   Blocks ─► [ block 0 ][ block 1 ]   …          a key: block * PER_BLOCK + place
//!                 │
//!                 ▼
//!              T T · T · · · · · · · ·            one mapping; touched from the left, as far as needed
//!              1 1 0 1 0 0 …                      which places are used, a bit for each
//! ```
//!
//! To make one allocates nothing as a rule. A block that nobody is left in is kept while such are needed again and again,
//! and then goes back to the system, whatever an allocator would do with its memory: some time after a million processes
//! have ended, nothing of them is left.

use std::cell::{RefCell, RefMut};
use std::mem;
use std::ptr::NonNull;

use slab::Slab;

use crate::time::Time;
use crate::working_set::{Rest, WorkingSet};

/// How many values a block has room for.
const PER_BLOCK: usize = 1024;

const WORDS: usize = PER_BLOCK / u64::BITS as usize;

/// Where a value is. Used again for another when it has been removed.
pub(crate) type Key = u32;

/// Values of one type at fixed addresses.
///
/// Invariant: in a place whose bit is set there is a value, and nobody has a reference to any other place.
pub(crate) struct Blocks<T> {
    inner: RefCell<Inner<T>>,
    /// When a look is taken at what is not needed.
    rest: Rest,
}

/// A place that is free. Invariant: it is one of the block of that number, which is the last of those that have room.
pub(crate) struct Vacant<'a, T> {
    inner: RefMut<'a, Inner<T>>,
    number: usize,
    place: usize,
}

impl<'a, T> Vacant<'a, T> {
    /// The key under which a value will be here.
    #[inline(always)]
    pub(crate) fn key(&self) -> Key {
        (self.number * PER_BLOCK + self.place) as Key
    }

    #[inline(always)]
    pub(crate) fn fill(mut self, value: T) -> &'a T {
        let block = &mut self.inner.blocks[self.number];
        let at = block.at(self.place);
        // SAFETY: the place is within the block and free: nobody has a reference to it.
        unsafe { at.write(value) };
        block.used[self.place / 64] |= 1 << (self.place % 64);
        block.count += 1;
        if block.count == PER_BLOCK {
            self.inner.roomy.pop();
        }
        // SAFETY: there is a value now. Its block does not move, and goes only when the value has been removed.
        unsafe { at.as_ref() }
    }
}

struct Inner<T> {
    blocks: Slab<Block<T>>,
    /// The blocks in use that have room; the last is asked first.
    roomy: Vec<usize>,
    /// The blocks that nobody is in; the last was emptied last.
    empty: Vec<usize>,
    /// How many of them are needed.
    needed: WorkingSet,
}

/// So many empty blocks are always kept, for those who come and go.
const KEPT: usize = 1;

/// So many blocks are given back at a time by a scheduler with nothing to do: some milliseconds.
const AT_A_TIME: usize = 64;

struct Block<T> {
    /// Room for `PER_BLOCK` values.
    values: NonNull<T>,
    used: [u64; WORDS],
    count: usize,
}

impl<T> Blocks<T> {
    pub(crate) fn new() -> Blocks<T> {
        let inner = Inner { blocks: Slab::new(), roomy: Vec::new(), empty: Vec::new(), needed: WorkingSet::default() };
        Blocks { inner: RefCell::new(inner), rest: Rest::new() }
    }

    /// A place for a value, which stays there until it is [removed](Blocks::remove). Before it is filled, or dropped, no other
    /// use can be made of the blocks.
    #[inline(always)]
    pub(crate) fn vacant(&self) -> Vacant<'_, T> {
        let mut inner = self.inner.borrow_mut();
        let number = match inner.roomy.last() {
            Some(&number) => number,
            None => inner.open_block(),
        };
        let place = inner.blocks[number].free_place();
        Vacant { inner, number, place }
    }

    /// The value of a key, if there is one.
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let inner = self.inner.borrow();
        let place = key as usize % PER_BLOCK;
        let block = inner.blocks.get(key as usize / PER_BLOCK)?;
        // SAFETY: if the bit is set there is a value (invariant). Its block does not move.
        block.is_used(place).then(|| unsafe { block.at(place).as_ref() })
    }

    /// All values, in no order that means anything. To insert or remove meanwhile is a mistake.
    pub(crate) fn for_each<'a>(&'a self, mut f: impl FnMut(&'a T)) {
        for (_, block) in &self.inner.borrow().blocks {
            for place in (0..PER_BLOCK).filter(|&place| block.is_used(place)) {
                // SAFETY: as in `get`.
                f(unsafe { block.at(place).as_ref() });
            }
        }
    }

    /// Drops a value: not the user's code, or none that uses these blocks.
    ///
    /// # Safety
    /// It was inserted under this key, was not removed since, and nobody uses a reference to it any more.
    #[inline]
    pub(crate) unsafe fn remove(&self, key: Key) {
        let mut inner = self.inner.borrow_mut();
        let (number, place) = (key as usize / PER_BLOCK, key as usize % PER_BLOCK);
        let block = &mut inner.blocks[number];
        // SAFETY: there is a value (the caller's promise), and nobody uses it.
        unsafe { block.at(place).drop_in_place() };
        block.used[place / 64] &= !(1 << (place % 64));
        block.count -= 1;
        let count = block.count;
        if count == PER_BLOCK - 1 {
            inner.roomy.push(number);
        }
        if count == 0 {
            inner.close_block(number);
        }
    }

    /// There is nothing to do at this time: gives back the blocks that were not needed since the last look, if that was a
    /// while ago. When to ask again, if there are more.
    pub(crate) fn rest(&self, now: Time) -> Option<Time> {
        let is_rich = || self.inner.borrow().empty.len() > KEPT;
        self.rest.rest(now, is_rich, || self.inner.borrow_mut().rest())
    }
}

impl<T> Inner<T> {
    /// A block that has room.
    #[cold]
    fn open_block(&mut self) -> usize {
        let number = self.empty.pop().unwrap_or_else(|| {
            let values = memory::take(Block::<T>::BYTES).cast();
            self.blocks.insert(Block { values, used: [0; WORDS], count: 0 })
        });
        self.needed.taken(self.empty.len());
        self.roomy.push(number);
        number
    }

    /// Nobody is left in a block.
    #[cold]
    fn close_block(&mut self, number: usize) {
        self.roomy.retain(|&roomy| roomy != number);
        self.empty.push(number);
        if self.needed.given(self.blocks.len()) {
            let released = self.needed.look(self.empty.len(), KEPT);
            self.release(released);
        }
    }

    /// Whether there may be more to give back.
    fn rest(&mut self) -> bool {
        let released = self.needed.rest(self.empty.len(), KEPT, AT_A_TIME);
        self.release(released);
        released == AT_A_TIME
    }

    /// Gives back so many: those that have been empty for longest.
    fn release(&mut self, released: usize) {
        for number in self.empty.drain(..released) {
            self.blocks.remove(number).give_back();
        }
        self.empty.shrink_to(2 * self.empty.len());
    }
}

impl<T> Block<T> {
    const BYTES: usize = PER_BLOCK * mem::size_of::<T>();

    #[inline(always)]
    fn at(&self, place: usize) -> NonNull<T> {
        debug_assert!(place < PER_BLOCK);
        // SAFETY: the block has room for so many.
        unsafe { self.values.add(place) }
    }

    #[inline(always)]
    fn is_used(&self, place: usize) -> bool {
        self.used[place / 64] & (1 << (place % 64)) != 0
    }

    /// The first place that is free: so that what is used stays close together.
    #[inline(always)]
    fn free_place(&self) -> usize {
        let word = self.used.iter().position(|&word| word != u64::MAX).expect("a block that has room");
        word * 64 + self.used[word].trailing_ones() as usize
    }

    fn give_back(self) {
        // SAFETY: it was taken so, and nobody is left in it: the values have been dropped.
        unsafe { memory::give(self.values.cast(), Self::BYTES) };
    }
}

impl<T> Drop for Blocks<T> {
    fn drop(&mut self) {
        for block in mem::take(&mut self.inner.get_mut().blocks) {
            // A value that is still there is one that must stay for ever.
            if block.1.count == 0 {
                block.1.give_back();
            }
        }
    }
}

/// Memory from the system itself, which gets it back at once.
#[cfg(target_os = "linux")]
mod memory {
    use std::alloc::{Layout, handle_alloc_error};
    use std::ptr::{self, NonNull};

    pub(super) fn take(bytes: usize) -> NonNull<u8> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping at an address of the kernel's choice disturbs nobody.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes, access, kind, -1, 0) };
        match NonNull::new(start.cast::<u8>()) {
            Some(start) if start.as_ptr().cast() != libc::MAP_FAILED => start,
            _ => handle_alloc_error(Layout::from_size_align(bytes, 4096).expect("some hundred KiB")),
        }
    }

    /// # Safety
    /// It was taken, with so many bytes, and nobody uses it any more.
    pub(super) unsafe fn give(start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise.
        let result = unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
        debug_assert_eq!(result, 0, "a block must be unmapped in one piece");
    }
}

/// Memory from the allocator, where there is no other way known.
#[cfg(not(target_os = "linux"))]
mod memory {
    use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
    use std::ptr::NonNull;

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, 64).expect("some hundred KiB")
    }

    pub(super) fn take(bytes: usize) -> NonNull<u8> {
        // SAFETY: it has bytes.
        NonNull::new(unsafe { alloc(layout(bytes)) }).unwrap_or_else(|| handle_alloc_error(layout(bytes)))
    }

    /// # Safety
    /// It was taken, with so many bytes, and nobody uses it any more.
    pub(super) unsafe fn give(start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise.
        unsafe { dealloc(start.as_ptr(), layout(bytes)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn a_value_stays_where_it_is_until_it_is_removed() {
        let blocks = Blocks::new();
        let values: Vec<(Key, &usize)> = (0..3 * PER_BLOCK)
            .map(|n| {
                let vacant = blocks.vacant();
                (vacant.key(), vacant.fill(n))
            })
            .collect();
        for (n, (key, value)) in values.iter().enumerate() {
            assert!(**value == n && std::ptr::eq(blocks.get(*key).unwrap(), *value));
        }
        let mut count = 0;
        blocks.for_each(|_| count += 1);
        assert_eq!(count, values.len());
    }

    #[test]
    fn removed_ones_are_dropped_and_their_places_used_again() {
        let (blocks, witness) = (Blocks::new(), Rc::new(()));
        let mut keys = Vec::new();
        for _ in 0..2 * PER_BLOCK {
            let vacant = blocks.vacant();
            keys.push(vacant.key());
            vacant.fill(witness.clone());
        }
        for &key in &keys[..PER_BLOCK] {
            // SAFETY: just inserted; no reference is kept.
            unsafe { blocks.remove(key) };
        }
        assert_eq!(Rc::strong_count(&witness), 1 + PER_BLOCK);
        assert!(blocks.get(keys[0]).is_none() && blocks.get(keys[PER_BLOCK]).is_some());
        // SAFETY: as above.
        unsafe { blocks.remove(keys[PER_BLOCK + 7]) };
        drop(blocks.vacant());
        let vacant = blocks.vacant();
        assert_eq!(vacant.key(), keys[PER_BLOCK + 7]);
        vacant.fill(witness.clone());
        for &key in &keys[PER_BLOCK..] {
            // SAFETY: as above.
            unsafe { blocks.remove(key) };
        }
        assert_eq!(Rc::strong_count(&witness), 1);
    }

    #[test]
    fn empty_blocks_stay_while_they_are_needed_and_then_go() {
        let blocks = Blocks::new();
        let count = || blocks.inner.borrow().blocks.len();
        let come_and_go = |n: usize| {
            let mut keys = Vec::new();
            for _ in 0..n * PER_BLOCK {
                let vacant = blocks.vacant();
                let key = vacant.key();
                keys.push(key);
                vacant.fill(key);
            }
            // SAFETY: just inserted; no reference is kept.
            keys.iter().for_each(|&key| unsafe { blocks.remove(key) });
        };
        (0..5).for_each(|_| come_and_go(8));
        assert_eq!(count(), 8, "needed again and again");
        (0..8).for_each(|_| come_and_go(2));
        assert_eq!(count(), 2, "no more than two are needed now");
        let mut now = Time::from_start(std::time::Duration::from_secs(10));
        while let Some(next) = blocks.rest(now) {
            assert!(next >= now);
            now = next;
        }
        assert_eq!(count(), KEPT, "nothing is needed any more");
    }
}

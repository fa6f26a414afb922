//! Things in order of the time they are due at, sorted no further than needed.
//!
//! ```text
//!   base          where the last bucket began that was shared out
//!   bucket 0      what is due at `base`, or was before
//!   bucket n      what is due later, and differs from `base` in bit n - 1, but in no higher one
//! ```
//!
//! So all in one bucket are due before all in the next, and from bucket to bucket the span of time doubles. Few in the first
//! bucket are looked at one by one. Many are shared out among the buckets below, when the time has come at which the first
//! of them could be due. To insert one or to cancel it takes no longer among a million, and what has to be done with many is
//! done in the order in which they lie in memory. (Ahuja, Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest
//! path problem", 1990; there the base moves on to each thing that is taken out, and here no further than time does.)
//!
//! What was cancelled is gone at once, but for its entry in a bucket. Each time something is cancelled three entries are
//! looked at, in turn, whether they are such. Meanwhile as many new ones may have come; so when a round is over there are at
//! most about as many of those as there were of others.

use std::mem;
use std::time::Duration;

use slab::Slab;

use crate::prefetch::prefetch;
use crate::time::Time;

/// What was inserted: which one in order of making, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    number: u64,
    slot: usize,
}

pub(super) struct RadixHeap<T> {
    /// In nanoseconds; not later than the last time that something was taken out at.
    base: u64,
    /// Invariant: there is one entry for each item, in the bucket of its time, unless it was taken out as due; and where there
    /// is no item, there is no entry.
    buckets: [Vec<Entry>; BUCKETS],
    /// Which buckets are not empty, a bit for each.
    occupied: u64,
    items: Slab<Item<T>>,
    /// What [`next`](RadixHeap::next) has found, if that is still so.
    next: Option<Time>,
    /// Which entry is looked at next for having been cancelled: its bucket, and its place there.
    sweep: (usize, usize),
    /// Room for those that are taken out together.
    due: Vec<Entry>,
    /// How many items there were at most since room was last given back.
    peak: usize,
}

/// One for each bit of a time in nanoseconds, and bucket 0.
const BUCKETS: usize = u64::BITS as usize;

/// As many entries are looked at one by one.
const FEW: usize = 32;

/// So many entries are looked at for each that is cancelled.
const SWEPT: usize = 3;

/// Room for no more than so many is not worth giving back.
const KEPT: usize = 1024;

#[derive(Clone, Copy)]
pub(super) struct Entry {
    due: Time,
    key: Key,
}

struct Item<T> {
    number: u64,
    value: T,
}

impl<T> RadixHeap<T> {
    pub(super) fn new() -> RadixHeap<T> {
        RadixHeap {
            base: 0,
            buckets: [const { Vec::new() }; BUCKETS],
            occupied: 0,
            items: Slab::new(),
            next: None,
            sweep: (0, 0),
            due: Vec::new(),
            peak: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Of two that are due at the same time, that with the lower number is the first. No number may be used twice.
    ///
    /// Inlined, so that a value that was made for it is written where it belongs: to be moved right after it was written, it
    /// would have to be waited for.
    #[inline(always)]
    pub(super) fn insert(&mut self, due: Time, number: u64, value: T) -> Key {
        let key = Key { number, slot: self.items.insert(Item { number, value }) };
        self.prefetch_vacant(key.slot);
        self.put(Entry { due, key });
        self.next = self.next.map(|next| next.min(due));
        self.peak = self.peak.max(self.items.len());
        key
    }

    /// Begins to load the place where the next item will be, seen from one that is there: after a crowd has gone in whatever order,
    /// that may be anywhere.
    #[inline(always)]
    fn prefetch_vacant(&self, slot: usize) {
        let distance = self.items.vacant_key().wrapping_sub(slot).wrapping_mul(size_of::<Option<Item<T>>>());
        prefetch(std::ptr::from_ref(&self.items[slot]).wrapping_byte_add(distance), 1);
    }

    #[inline]
    fn put(&mut self, entry: Entry) {
        let differs = nanos(entry.due).max(self.base) ^ self.base;
        let bucket = (u64::BITS - differs.leading_zeros()) as usize;
        self.buckets[bucket].push(entry);
        self.occupied |= 1 << bucket;
    }

    /// Whether it is still there.
    #[inline]
    fn has(&self, key: Key) -> bool {
        // The slot may be another's by now, but not the number.
        self.items.get(key.slot).is_some_and(|item| item.number == key.number)
    }

    /// The value of one that was taken out as due, if it was not cancelled since.
    #[inline]
    pub(super) fn peek(&self, entry: Entry) -> Option<&T> {
        self.has(entry.key).then(|| &self.items[entry.key.slot].value)
    }

    /// As [`peek`](RadixHeap::peek), and nothing is left of it.
    #[inline]
    pub(super) fn redeem(&mut self, entry: Entry) -> Option<T> {
        self.remove(entry.key)
    }

    /// Forgets one, if it is still there.
    #[inline]
    pub(super) fn cancel(&mut self, key: Key) {
        if self.remove(key).is_some() {
            self.next = None;
            if self.occupied != 0 {
                (0..SWEPT).for_each(|_| self.sweep());
            }
        }
    }

    #[inline]
    fn remove(&mut self, key: Key) -> Option<T> {
        if !self.has(key) {
            return None;
        }
        let item = self.items.remove(key.slot);
        if self.items.is_empty() {
            self.clear();
        }
        Some(item.value)
    }

    /// No item is left: nor are entries to be, of what was cancelled before.
    fn clear(&mut self) {
        while let Some((bucket, _)) = self.first() {
            self.buckets[bucket].clear();
            self.occupied &= !(1 << bucket);
        }
    }

    /// Looks at the next entry in turn, and drops it if it was cancelled.
    fn sweep(&mut self) {
        let (bucket, place) = self.sweep;
        match self.buckets[bucket].get(place) {
            Some(entry) if self.has(entry.key) => self.sweep.1 += 1,
            Some(_) => _ = self.unlink(bucket, place),
            None => {
                let higher = self.occupied & (!1 << bucket);
                let next = if higher == 0 { self.occupied } else { higher };
                self.sweep = (next.trailing_zeros() as usize % BUCKETS, 0);
            }
        }
    }

    /// Takes an entry out of its bucket; the last one there comes in its place.
    #[inline]
    fn unlink(&mut self, bucket: usize, place: usize) -> Entry {
        let entry = self.buckets[bucket].swap_remove(place);
        if self.buckets[bucket].is_empty() {
            self.occupied &= !(1 << bucket);
        }
        entry
    }

    /// The first bucket that is not empty, and the earliest time that may be in it.
    #[inline]
    fn first(&self) -> Option<(usize, u64)> {
        let bucket = self.occupied.trailing_zeros();
        let start = match bucket {
            0 => 0,
            u64::BITS => return None,
            _ => ((self.base >> (bucket - 1)) | 1) << (bucket - 1),
        };
        Some((bucket as usize, start))
    }

    /// Whether a bucket is to be shared out before it is looked at.
    fn is_crowded(&self, bucket: usize) -> bool {
        bucket > 0 && self.buckets[bucket].len() > FEW
    }

    /// When to take out what is due: when the first is, or before, if then a crowded bucket begins.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Time> {
        if self.next.is_none() {
            self.next = self.look();
        }
        self.next
    }

    fn look(&mut self) -> Option<Time> {
        while let Some((bucket, start)) = self.first() {
            if self.is_crowded(bucket) {
                return Some(Time::from_start(Duration::from_nanos(start)));
            }
            let entries = self.buckets[bucket].iter().copied().enumerate();
            let (place, first) = entries.min_by_key(|(_, entry)| entry.due)?;
            if self.has(first.key) {
                return Some(first.due);
            }
            self.unlink(bucket, place);
        }
        None
    }

    /// Takes out all that are due at `now`, in order, to be [redeemed](RadixHeap::redeem); afterwards their room is to be
    /// [given back](RadixHeap::take_back).
    pub(super) fn take_due(&mut self, now: Time) -> Option<Vec<Entry>> {
        if self.next()? > now {
            return None;
        }
        let mut due = mem::take(&mut self.due);
        while let Some((bucket, start)) = self.first()
            && start <= nanos(now)
        {
            if self.is_crowded(bucket) {
                self.share_out(bucket, start);
                continue;
            }
            let mut place = 0;
            while let Some(entry) = self.buckets[bucket].get(place) {
                if entry.due <= now {
                    due.push(self.unlink(bucket, place));
                } else {
                    place += 1;
                }
            }
            if place > 0 {
                // Something is left that is not due yet, and so nothing in the buckets above is.
                break;
            }
        }
        self.next = None;
        due.sort_unstable_by_key(|entry| (entry.due, entry.key.number));
        Some(due)
    }

    pub(super) fn take_back(&mut self, mut due: Vec<Entry>) {
        due.clear();
        self.due = due;
    }

    /// Empties the first bucket, which begins at `start`, into those below. The room of a big one goes back: a crowd comes
    /// through one bucket after the other.
    fn share_out(&mut self, bucket: usize, start: u64) {
        self.base = start;
        self.occupied &= !(1 << bucket);
        let mut entries = mem::take(&mut self.buckets[bucket]);
        for entry in entries.drain(..) {
            self.put(entry);
        }
        if entries.capacity() <= KEPT {
            self.buckets[bucket] = entries;
        }
    }

    /// Whether there is much more room than is needed.
    pub(super) fn is_rich(&self) -> bool {
        self.peak > KEPT.max(4 * self.items.len())
    }

    /// Gives back the room that is not needed now.
    pub(super) fn let_go(&mut self) {
        for entries in self.buckets.iter_mut().chain([&mut self.due]) {
            entries.shrink_to(2 * entries.len());
        }
        self.items.shrink_to_fit();
        self.peak = self.items.len();
    }
}

/// What is due in 292 years or later is in one bucket.
#[inline]
fn nanos(time: Time) -> u64 {
    const MOST: u64 = i64::MAX as u64;
    let time = time.since_start();
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(time.subsec_nanos().into()).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timers::Target;
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    fn at(nanos: u64) -> Time {
        Time::from_start(Duration::from_nanos(nanos))
    }

    /// Values in the order in which they come out at a time.
    fn taken_at(heap: &mut RadixHeap<u64>, now: Time) -> Vec<u64> {
        let Some(due) = heap.take_due(now) else { return Vec::new() };
        let values = due.iter().filter_map(|&entry| heap.redeem(entry)).collect();
        heap.take_back(due);
        values
    }

    fn entries(heap: &RadixHeap<u64>) -> usize {
        heap.buckets.iter().map(Vec::len).sum()
    }

    #[test]
    fn items_lie_as_far_apart_as_the_next_place_is_looked_for() {
        let mut items = Slab::new();
        let slots = [1, 2].map(|number| items.insert(Item { number, value: Target::Claim(std::ptr::null(), 0) }));
        let [first, second] = slots.map(|slot| std::ptr::from_ref::<Item<Target>>(&items[slot]).addr());
        assert_eq!(second - first, size_of::<Option<Item<Target>>>());
    }

    /// Against a list that is searched: nothing comes out too early, too late or in another order, whatever was cancelled
    /// and whenever it was due, before `base` too.
    #[test]
    fn what_is_due_comes_out_in_order_however_many_there_are_and_whatever_was_cancelled() {
        for seed in 0..50 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let (mut heap, mut list, mut now, mut number) = (RadixHeap::new(), Vec::new(), 0, 0);
            let crowd = rng.random_range(1..300);
            for _ in 0..200 {
                for _ in 0..rng.random_range(0..crowd) {
                    number += 1;
                    let far = rng.random_range(1..40);
                    let distance = rng.random_range(0..1_u64 << far);
                    let due = at((now + distance).saturating_sub(1 << 10));
                    list.push((due, number, heap.insert(due, number, number)));
                }
                for _ in 0..rng.random_range(0..crowd) {
                    if !list.is_empty() {
                        let (_, _, key) = list.swap_remove(rng.random_range(0..list.len()));
                        heap.cancel(key);
                        heap.cancel(key);
                    }
                }
                let first = list.iter().map(|&(due, ..)| due).min();
                assert!(
                    heap.next().is_none_or(|next| first.is_none_or(|first| next <= first)),
                    "seed {seed}: too late"
                );
                assert_eq!((heap.next().is_none(), heap.len()), (list.is_empty(), list.len()), "seed {seed}");
                if list.len() <= FEW && entries(&heap) <= FEW {
                    assert_eq!(heap.next(), first, "seed {seed}: few are told exactly");
                }
                let far = rng.random_range(1..38);
                now += rng.random_range(0..1_u64 << far);
                list.sort_unstable_by_key(|&(due, number, _)| (due, number));
                let due = list.partition_point(|&(due, ..)| due <= at(now));
                let expected: Vec<u64> = list.drain(..due).map(|(_, number, _)| number).collect();
                assert_eq!(taken_at(&mut heap, at(now)), expected, "seed {seed}");
                assert!(heap.next().is_none_or(|next| next > at(now)), "seed {seed}: nothing is left to do now");
            }
        }
    }

    #[test]
    fn what_is_cancelled_after_it_was_taken_out_is_not_redeemed_nor_what_came_in_its_slot() {
        let mut heap = RadixHeap::new();
        let key = heap.insert(at(1), 1, 1);
        let due = heap.take_due(at(1)).unwrap();
        heap.cancel(key);
        heap.insert(at(5), 2, 2);
        assert_eq!(due.iter().map(|&entry| heap.redeem(entry)).collect::<Vec<_>>(), [None]);
        heap.cancel(key);
        assert_eq!((heap.len(), heap.next()), (1, Some(at(5))));
    }

    #[test]
    fn cancelled_ones_do_not_pile_up() {
        let mut heap = RadixHeap::new();
        // Somewhere else, and still there.
        let others: Vec<Key> = (0..100).map(|n| heap.insert(at(1 << 30 | n), 1_000_000 + n, n)).collect();
        let mut keys: Vec<Key> = (0..1000).map(|n| heap.insert(at(1 << 40 | n), n, n)).collect();
        for number in 1000..100_000 {
            // As the timeouts of a server whose clients come in turn.
            let key =
                mem::replace(&mut keys[number as usize % 1000], heap.insert(at(1 << 40 | number), number, number));
            heap.cancel(key);
            assert!(entries(&heap) <= 2 * heap.len() + BUCKETS, "{} of {}", entries(&heap), heap.len());
        }
        keys.drain(..).chain(others).for_each(|key| heap.cancel(key));
        assert_eq!((entries(&heap), heap.next()), (0, None));
    }

    /// What was cancelled may be left when the last one goes because it is due: there must be nothing to wait for then.
    #[test]
    fn where_only_cancelled_ones_are_left_nothing_is_due() {
        let mut heap = RadixHeap::new();
        (0..1000).for_each(|n| _ = heap.insert(at(1 << 20 | n), n, n));
        let keys: Vec<Key> = (1000..2000).map(|n| heap.insert(at(1 << 40 | n), n, n)).collect();
        keys.into_iter().for_each(|key| heap.cancel(key));
        assert!(heap.next().is_some() && entries(&heap) > heap.len() + FEW, "a crowd of cancelled ones is left");
        assert_eq!(taken_at(&mut heap, at(1 << 21)).len(), 1000);
        assert_eq!((heap.next(), entries(&heap)), (None, 0));
    }

    #[test]
    fn a_crowd_is_not_looked_at_before_it_could_be_due() {
        let mut heap = RadixHeap::new();
        let crowd = (1 << 30) + 1000..(1 << 30) + 1000 + 10 * FEW as u64;
        crowd.clone().for_each(|due| _ = heap.insert(at(due), due, due));
        assert_eq!(heap.next(), Some(at(1 << 30)), "where the bucket begins");
        assert_eq!((taken_at(&mut heap, at((1 << 30) - 1)), heap.base), (vec![], 0));
        assert_eq!((taken_at(&mut heap, at(1 << 30)), heap.base), (vec![], 1 << 30));
        assert_eq!(taken_at(&mut heap, at(1 << 31)), crowd.collect::<Vec<_>>());
    }

    #[test]
    fn times_beyond_292_years_are_exact_however_many() {
        const YEAR: Duration = Duration::from_secs(31_557_600);
        let at = |years: u32| Time::from_start(YEAR * years);
        let mut heap = RadixHeap::new();
        (300..400).rev().for_each(|years| _ = heap.insert(at(years), years.into(), years.into()));
        heap.insert(Time::from_start(Duration::MAX), 1, 1);
        for years in 300..400 {
            assert_eq!(taken_at(&mut heap, at(years)), [u64::from(years)]);
        }
        assert_eq!(heap.next(), Some(Time::from_start(Duration::MAX)));
    }

    #[test]
    fn room_is_given_back_unless_it_is_little() {
        let mut heap = RadixHeap::new();
        (0..100 * KEPT as u64).for_each(|n| _ = heap.insert(at(n), n, n));
        assert!(!heap.is_rich());
        assert_eq!(taken_at(&mut heap, at(1 << 40)).len(), 100 * KEPT);
        assert!(heap.is_rich());
        heap.let_go();
        assert!(!heap.is_rich());
        let room: usize = heap.buckets.iter().chain([&heap.due]).map(Vec::capacity).sum();
        assert_eq!((room, heap.items.capacity()), (0, 0));
        (0..KEPT as u64).for_each(|n| _ = heap.insert(at(1 << 41), n, n));
        assert_eq!(taken_at(&mut heap, at(1 << 41)).len(), KEPT);
        assert!(!heap.is_rich(), "so little is not worth it");
    }

    #[test]
    fn a_crowd_leaves_no_room_behind_in_each_bucket_it_came_through() {
        let (mut heap, crowd) = (RadixHeap::new(), 8 * KEPT as u64);
        // They agree in all bits but the lowest, of which many are set.
        (0..crowd).for_each(|n| _ = heap.insert(at(0x3fff_ffff_0000 | n), n, n));
        while let Some(next) = heap.next().filter(|&next| next < at(0x3fff_ffff_0000)) {
            assert_eq!(taken_at(&mut heap, next), [0; 0]);
        }
        let room: usize = heap.buckets.iter().map(Vec::capacity).sum();
        assert!(room < 3 * crowd as usize, "room for {room} entries");
    }
}

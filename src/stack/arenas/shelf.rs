//! All stacks of one size class: which to hand out next, and when to give memory back.

use std::collections::BTreeSet;

use super::arena::Arena;
use super::guard::Kernel;
use super::{COLOUR, COLOURS};
use crate::prefetch::{LINE, prefetch};
use crate::stack::StackError;
use crate::working_set::WorkingSet;

/// The first arena of a class is about this large (but holds one stack at least).
const FIRST_ARENA: usize = 4 << 20;

/// No arena is larger than this (but holds one stack at least). A small address space has no room
/// for large steps.
const LARGEST_ARENA: usize = if usize::BITS >= 64 { 1 << 30 } else { 16 << 20 };

/// As many stacks as this holds are kept warm whatever happens: 1,024 of the default class. They
/// hold a page or two each as a rule, so 4 to 8 MiB.
const ALWAYS_WARM: usize = 256 << 20;

/// How many lines of a stack are fetched before it is used: some of the first frames.
const TOP: usize = 6;

/// The tops of so many stacks are fetched together. For each the processor has to look for a page, and goes on in the meantime
/// only a little; but it looks for several at a time.
const AHEAD: usize = 4;

/// How many stacks a scheduler with nothing to do gives up at a time: some 8 ms.
const AT_A_TIME: usize = 16 << 10;

/// All stacks of one size class.
///
/// Invariant: a place in `warm` was taken from its arena and nobody else has it; `in_use` counts
/// the places that were taken from their arenas and are not in `warm`. An arena's number never
/// changes while any of its stacks is used.
pub(super) struct Shelf {
    /// The size of a stack.
    size: usize,
    /// The distance between two stacks: a page more. The TLB and the caches choose a set by the low bits of an address, so
    /// at a distance that is a power of two the tops of all stacks would compete for a few sets.
    stride: usize,
    /// So many stacks may always be warm.
    floor: usize,
    /// The arenas by their numbers; a number whose arena has gone is given to a new one.
    arenas: Vec<Option<Arena>>,
    /// The arenas that have room. The lowest is asked first, so that the others may empty.
    roomy: BTreeSet<u32>,
    /// Stacks given back that still have their memory; the end is the warmest.
    warm: Vec<Place>,
    /// How many of them are needed.
    needed: WorkingSet,
    /// How many stacks are out.
    in_use: usize,
}

/// Where a stack is. The order is that of the addresses within each arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of its arena.
    arena: u32,
    /// Its place in the arena.
    pub(super) index: u32,
}

impl Shelf {
    /// An empty shelf; maps nothing.
    pub(super) fn new(size: usize, page: usize, keep: usize) -> Self {
        Self {
            size,
            stride: size + page,
            floor: (ALWAYS_WARM / size).max(1).max(keep),
            arenas: Vec::new(),
            roomy: BTreeSet::new(),
            warm: Vec::new(),
            needed: WorkingSet::default(),
            in_use: 0,
        }
    }

    /// Hands out the stack given back last, else one that holds no memory.
    #[inline]
    pub(super) fn take(&mut self, kernel: Kernel) -> Result<Place, StackError> {
        let place = match self.warm.pop() {
            Some(place) => place,
            None => self.take_cold(kernel)?,
        };
        self.needed.taken(self.warm.len());
        if self.warm.len().is_multiple_of(AHEAD) {
            // Where many are made, those are next.
            for next in self.warm.iter().rev().take(AHEAD) {
                prefetch((self.base(*next) - TOP * LINE) as *const u8, TOP);
            }
        }
        self.in_use += 1;
        Ok(place)
    }

    /// Takes a stack from the first arena that has room, or from a new one.
    #[cold]
    fn take_cold(&mut self, kernel: Kernel) -> Result<Place, StackError> {
        let number = match self.roomy.first() {
            Some(&number) => number,
            None => self.add_arena()?,
        };
        let arena = self.arenas[number as usize].as_mut().expect("an arena with room is there");
        let taken = arena.take(kernel);
        if !arena.has_room() {
            self.roomy.remove(&number);
        }
        match taken {
            Ok(index) => Ok(Place { arena: number, index }),
            Err(cause) => Err(self.guard_error(kernel, cause)),
        }
    }

    /// Maps another arena, as large as all so far together.
    fn add_arena(&mut self) -> Result<u32, StackError> {
        let stacks_in = |bytes: usize| (bytes / self.size).max(1);
        let so_far: usize = self.arenas.iter().flatten().map(Arena::capacity).sum();
        let mut capacity = so_far.clamp(stacks_in(FIRST_ARENA), stacks_in(LARGEST_ARENA)) as u32;
        let arena = loop {
            match Arena::new(capacity, self.stride) {
                Ok(arena) => break arena,
                // Little address space is left, but perhaps there is some.
                Err(_) if capacity > 1 => capacity /= 2,
                Err(cause) => {
                    let (class, in_use) = (self.size, self.in_use);
                    return Err(StackError::NoMapping { class, in_use, cause });
                }
            }
        };
        let number = self.arenas.iter().position(Option::is_none).unwrap_or(self.arenas.len());
        if number == self.arenas.len() {
            self.arenas.push(None);
        }
        self.arenas[number] = Some(arena);
        self.roomy.insert(number as u32);
        Ok(number as u32)
    }

    /// Puts a stack back, warm.
    ///
    /// # Safety
    ///
    /// The place was given by [`take`](Self::take) of this shelf, and its taker is done with the
    /// stack for good.
    #[inline]
    pub(super) unsafe fn give(&mut self, kernel: Kernel, place: Place) {
        self.in_use -= 1;
        self.warm.push(place);
        // Below the floor nothing goes.
        if self.needed.given((self.in_use + self.warm.len()).max(self.floor)) {
            let released = self.needed.look(self.warm.len(), self.floor);
            self.release(kernel, released);
        }
    }

    /// Whether there are more warm stacks than may always be.
    pub(super) fn is_rich(&self) -> bool {
        self.warm.len() > self.floor
    }

    /// The scheduler has nothing to do. True if it may ask again at once: there is more to give up.
    pub(super) fn rest(&mut self, kernel: Kernel) -> bool {
        let released = self.needed.rest(self.warm.len(), self.floor, AT_A_TIME);
        self.release(kernel, released);
        released == AT_A_TIME
    }

    /// Takes the memory from so many, the coldest.
    #[cold]
    fn release(&mut self, kernel: Kernel, released: usize) {
        // Sorted, neighbours become one range of memory, and those of one arena stand together.
        self.warm[..released].sort_unstable();
        for group in self.warm[..released].chunk_by(|a, b| a.arena == b.arena) {
            let number = group[0].arena;
            let slot = &mut self.arenas[number as usize];
            let arena = slot.as_mut().expect("a place on the shelf is in an arena");
            if arena.used() as usize == group.len() {
                // Nobody is left in this arena: its page tables (4 KiB for eight stacks of the
                // default class, which the markers in them keep alive) can go as well.
                // SAFETY: by the invariant nobody has what was in `warm`; its places are
                // forgotten below.
                unsafe { arena.retire(group.len() as u32) };
                *slot = None;
                self.roomy.remove(&number);
            } else {
                // SAFETY: as above.
                unsafe { arena.put_cold(kernel, group.iter().map(|place| place.index)) };
                self.roomy.insert(number);
            }
        }
        self.warm.drain(..released);
        self.warm.shrink_to(2 * self.warm.len());
    }

    /// The highest address of a stack on the shelf: where its colour begins.
    #[inline]
    pub(super) fn base(&self, place: Place) -> usize {
        let limit = self.limit(place).expect("a place on the shelf is in an arena");
        limit + self.stride - (place.index % COLOURS) as usize * COLOUR
    }

    /// The lowest address of a stack, if there is an arena of that number.
    #[inline]
    pub(super) fn limit(&self, place: Place) -> Option<usize> {
        let arena = self.arenas.get(place.arena as usize)?.as_ref()?;
        Some(arena.limit(place.index))
    }

    /// How many stacks are in use, warm, cold; and how many bytes are mapped.
    pub(super) fn count(&self) -> [usize; 4] {
        let (mut cold, mut mapped) = (0, 0);
        for arena in self.arenas.iter().flatten() {
            cold += arena.cold();
            mapped += arena.capacity() * self.stride;
        }
        [self.in_use, self.warm.len(), cold, mapped]
    }

    /// Puts words to what the kernel said about a guard.
    fn guard_error(&self, kernel: Kernel, cause: std::io::Error) -> StackError {
        if kernel.markers || cause.raw_os_error() != Some(libc::ENOMEM) {
            return StackError::NoGuard { cause };
        }
        let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count");
        StackError::MapCount {
            class: self.size,
            in_use: self.in_use,
            limit: limit.ok().and_then(|limit| limit.trim().parse().ok()),
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        for place in self.warm.drain(..) {
            if let Some(arena) = &mut self.arenas[place.arena as usize] {
                // SAFETY: by the invariant nobody has what was in `warm`, and it is forgotten.
                unsafe { arena.retire(1) };
            }
        }
        // Now each arena goes that nobody has a stack in; the others stay mapped for good.
    }
}

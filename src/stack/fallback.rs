//! Stacks one by one from `corosensei`, where there are no arenas: on other systems than Linux,
//! and on Linux with the feature `default-stack-only`, so that this way can be tested there.
//!
//! Each has a mapping of its own. To make one, touch it and unmap it costs 12 µs where one from an
//! arena costs 3, so those given back are kept for the next.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Range;

use corosensei::stack::{DefaultStack, Stack as _, StackPointer};

use super::sizes::{CLASSES, class_of, size_of};
use super::{StackError, StackStats};
use crate::time::Time;

/// So many stacks of a class are kept however few are in use.
const ALWAYS_WARM: usize = 64;

/// A stack for one coroutine. Lost, it leaks for good: the safe way to abandon one whose coroutine
/// has not finished.
pub(crate) struct Stack {
    /// Not dropped, hence not unmapped, unless given back.
    inner: ManuallyDrop<DefaultStack>,
    /// Its size class.
    class: usize,
}

impl Stack {
    /// How many bytes can be used. (Windows keeps a few pages of them for itself.)
    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        self.inner.base().get() - self.guard().end
    }

    /// The addresses nobody may touch, below the usable ones. Who does ran off the stack.
    pub(crate) fn guard(&self) -> Range<usize> {
        let limit = self.inner.limit().get();
        limit..limit + page_size()
    }
}

// SAFETY: passes on what `DefaultStack` promises.
unsafe impl corosensei::stack::Stack for Stack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.inner.base()
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        self.inner.limit()
    }

    #[cfg(windows)]
    #[inline]
    fn teb_fields(&self) -> corosensei::stack::StackTebFields {
        self.inner.teb_fields()
    }

    #[cfg(windows)]
    #[inline]
    fn update_teb_fields(&mut self, stack_limit: usize, guaranteed_stack_bytes: usize) {
        self.inner.update_teb_fields(stack_limit, guaranteed_stack_bytes);
    }
}

/// All stacks of one scheduler.
pub(crate) struct Stacks {
    /// The size classes.
    shelves: RefCell<[Shelf; CLASSES]>,
    /// How many stacks of a class may always be warm.
    keep: usize,
    /// A scheduler's stacks stay on its thread, as its coroutines do.
    pinned: PhantomData<*const ()>,
}

/// The stacks of one size class.
#[derive(Default)]
struct Shelf {
    /// Given back; the end is the warmest.
    warm: VecDeque<DefaultStack>,
    /// How many are out.
    in_use: usize,
}

impl Stacks {
    /// No stacks yet; maps nothing. Of each size class at least `keep` that are not in use stay, once there are so many.
    pub(crate) fn new(keep: usize) -> Self {
        Self { shelves: RefCell::default(), keep: keep.max(ALWAYS_WARM), pinned: PhantomData }
    }

    /// Takes a stack of `size` bytes, rounded up to a size class: the one given back last.
    pub(crate) fn take(&self, size: usize) -> Result<Stack, StackError> {
        let class = class_of(size)?;
        let shelf = &mut self.shelves.borrow_mut()[class];
        let inner = match shelf.warm.pop_back() {
            Some(inner) => inner,
            None => DefaultStack::new(size_of(class)).map_err(|cause| StackError::NoMapping {
                class: size_of(class),
                in_use: shelf.in_use,
                cause,
            })?,
        };
        shelf.in_use += 1;
        Ok(Stack { inner: ManuallyDrop::new(inner), class })
    }

    /// Takes a stack back. The coroutine on it has finished.
    pub(crate) fn give(&self, stack: Stack) {
        let shelf = &mut self.shelves.borrow_mut()[stack.class];
        shelf.in_use -= 1;
        shelf.warm.push_back(ManuallyDrop::into_inner(stack.inner));
        while shelf.warm.len() > shelf.in_use.max(self.keep) {
            shelf.warm.pop_front();
        }
    }

    /// The scheduler has nothing to do. What is not needed has been given up already.
    pub(crate) fn rest(&self, _now: Time) -> Option<Time> {
        None
    }

    /// Counts the stacks of all classes together.
    pub(crate) fn stats(&self) -> StackStats {
        let mut stats = StackStats::default();
        for (class, shelf) in self.shelves.borrow().iter().enumerate() {
            stats.in_use += shelf.in_use;
            stats.warm += shelf.warm.len();
            stats.mapped += (shelf.in_use + shelf.warm.len()) * size_of(class);
        }
        stats
    }
}

impl fmt::Debug for Stacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats().fmt(f)
    }
}

/// The size of a page, and of the guard.
fn page_size() -> usize {
    #[cfg(unix)]
    // SAFETY: a plain question.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
    #[cfg(not(unix))]
    let page = 4096;
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::DEFAULT_SIZE;

    #[test]
    fn given_back_they_are_kept_but_not_all() {
        let stacks = Stacks::new(0);
        let taken: Vec<Stack> = (0..200).map(|_| stacks.take(DEFAULT_SIZE).unwrap()).collect();
        assert!(taken.iter().all(|stack| stack.size() >= DEFAULT_SIZE));
        let last = taken[199].limit();
        taken.into_iter().for_each(|stack| stacks.give(stack));
        let StackStats { in_use, warm, .. } = stacks.stats();
        assert_eq!((in_use, warm), (0, ALWAYS_WARM));
        assert_eq!(stacks.rest(Time::ZERO), None);
        assert_eq!(stacks.take(DEFAULT_SIZE).unwrap().limit(), last);
        assert_eq!(format!("{stacks:?}"), format!("{:?}", stacks.stats()));
    }
}

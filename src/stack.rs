//! Stacks for coroutines, and what happens when one overflows.
//!
//! A stack must be cheap to have by the million, cheap to use again, and fatal to run off. So
//! stacks are not mapped one by one but cut from *arenas*, large mappings of equal stacks:
//!
//! ```text
//!  an arena: one mapping                        a stack: `stride` bytes
//!
//!  end ───► ┌──────────────────┐           ┌─►  ┌───────────────────────┐ ◄── limit + stride
//!           │ not guarded yet, │           │    │ colour: 0 to 31 lines │
//!           │ never touched    │           │    ├───────────────────────┤ ◄── base: the coroutine
//!           ├──────────────────┤ guarded   │    │ frames of the process │     begins here and
//!           │ stack 3          │           │    │          │            │     grows downwards
//!           ├──────────────────┤ ──────────┘    │          ▼            │
//!           │ stack 2          │                ├ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┤
//!           ├──────────────────┤ ──────────┐    │ never touched: costs  │
//!           │ stack 1          │           │    │ addresses, no memory  │
//!           ├──────────────────┤           │    ├───────────────────────┤ ◄── guard().end
//!           │ stack 0          │           │    │ guard: one page       │
//!  start ─► └──────────────────┘           └─►  └───────────────────────┘ ◄── limit
//! ```
//!
//! From there a stack goes round, and belongs to [`Stacks`] except while it is in use:
//!
//! ```text
//!              first touched: 2 to 3 µs          8 ns
//!   uncut ──► cold ───── take ─────► in use ◄─── take ──── warm   (last in, first out)
//!              ▲                     │    └───── give ────► │
//!              │                     ▼                      │
//!              │                 abandoned: its             │
//!              │                 arena stays mapped         │
//!              └───── not needed for a while: memory given back
//! ```
//!
//! # Decisions
//!
//! **Classes.** 64 KiB, 256 KiB (any process), 1 MiB (main), 8 MiB, then powers of two up to
//! 1 GiB. The class includes the guard and the colour: a stack "of 256 KiB" has some 250 KiB to
//! use. See [`sizes`]. From one stack to the next it is a page more: at a distance that is a power
//! of two all tops would fall into a few sets of the TLB (2,000 processes in a row, which hand a
//! value on: a fifth faster so).
//!
//! **Lazy, and growing.** A new `Stacks` maps nothing. The first arena of a class takes 4 MiB of
//! addresses, each further one as much as all before, up to 1 GiB; guards are set when stacks are
//! first needed, one, one, two, four, up to 64 at a time. A million stacks of 256 KiB are 256 GiB
//! of addresses in some 260 arenas (which the kernel merges into fewer mappings), and memory for
//! the pages that are touched, with 4 KiB of page tables for every eight stacks.
//!
//! **Guards.** Markers where the kernel has them (Linux 6.13), else `mprotect`: see
//! `stack/arenas/guard.rs`. A guard is one page. Rust code cannot jump it: functions with large frames
//! touch each page in turn. Code in C can, if it was compiled without stack probes and has a frame
//! of over 4 KiB.
//!
//! **Last in, first out.** The stack given back last is the one most likely still in a cache.
//!
//! **Memory is given back after a peak.** 1,024 stacks of the default class may always be warm
//! (256 MiB of stacks in any class: 4 to 8 MiB of memory for processes that use a page or two, more
//! for those that recursed deeply). Of the others those go that were not needed for a while: since
//! as many were given back as there are, or for a second or two in which the scheduler had time to
//! rest. So a number of processes that goes up and down again and again never pays, and each
//! release is paid for by a stack given back, or done when nobody waits. An arena that nobody is
//! left in is unmapped with its page tables. (Before, at most as many were warm as were in use: of
//! 100,000 processes that came and went every stack was made anew, ten times slower.)
//!
//! **Colours.** If all stacks began at a page's end, the frames of all parked processes would
//! compete for the same few sets of the caches, which are chosen by the address within a page. So
//! stack *i* begins *i* mod 32 cache lines lower. It stays in the upper half of the page, so that
//! a process with less than 2 KiB of frames still touches one page: with 64 colours every sixth
//! stack had two, and no gain. Shifting by whole pages as well (for the TLB) was tried too: a
//! little better with 100 stacks, worse with 2,000, far worse with 100,000.
//!
//! **Valgrind** is told of each stack. **AddressSanitizer** needs nothing here: `corosensei`
//! describes each switch to it, and clears the shadow when it hands out a finished coroutine's
//! stack.
//!
//! # Measured
//!
//! On two virtual processors of an AMD EPYC, Linux 6.18; for each stack, in the default class:
//!
//! | what | time |
//! | --- | --- |
//! | take and give, warm | 8 to 12 ns |
//! | guard marker, one by one | 1.2 to 2.3 µs |
//! | guard marker, 64 in one call | 0.55 to 0.75 µs |
//! | guard by `mprotect` | 3.1 to 3.8 µs |
//! | first touch of a cold stack (the page fault) | 2 to 2.7 µs |
//! | give, with the memory given back in the end | 0.45 to 0.6 µs, by `mprotect` 4.4 µs |
//! | a new `Stacks`, one stack, and both gone | 13 to 15 µs |
//! | resume in turn each of 1,000 parked processes | 7.7 ns, without colours 10.6 ns |
//! | resume in turn each of 100,000 | 50 to 80 ns, without colours 100 to 115 ns |
//!
//! A million stacks, one page of each touched: 6.5 µs each, 3,944 MiB, 39 mappings in the whole
//! program; when all were given back, 10 MiB were left, bookkeeping included.
//!
//! Populating the first page of 64 stacks in one call, instead of by faults, saved under 20 %.
//! Not worth the memory it may waste.

#[cfg(all(target_os = "linux", not(feature = "default-stack-only")))]
mod arenas;
#[cfg(all(target_os = "linux", not(feature = "default-stack-only")))]
pub(crate) use arenas::{Stack, Stacks};

#[cfg(any(test, not(target_os = "linux"), feature = "default-stack-only"))]
mod fallback;
#[cfg(any(not(target_os = "linux"), feature = "default-stack-only"))]
pub(crate) use fallback::{Stack, Stacks};

#[cfg(unix)]
mod altstack;
#[cfg_attr(not(unix), path = "stack/no_overflow.rs")]
pub(crate) mod overflow;

mod error;
mod sizes;
#[cfg(all(test, unix))]
mod tests;

pub(crate) use error::StackError;

/// The stack of a process for which no other size was asked.
pub(crate) const DEFAULT_SIZE: usize = 256 << 10;

/// The stack of main, which is one of a kind and does the unforeseen.
pub(crate) const MAIN_SIZE: usize = 1 << 20;

/// How many stacks a [`Stacks`] has, and where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StackStats {
    /// Taken and not given back; the abandoned ones among them for ever.
    pub(crate) in_use: usize,
    /// Given back, and still holding their memory.
    pub(crate) warm: usize,
    /// Guarded, holding no memory.
    pub(crate) cold: usize,
    /// Bytes of address space.
    pub(crate) mapped: usize,
}

//! The two ways to guard a stack, and advice to the kernel about many ranges at once.
//!
//! * A *marker* (`MADV_GUARD_INSTALL`, Linux 6.13) makes a page fatal to touch without cutting
//!   the mapping in two, and stays when the memory around it is given back. One
//!   `process_madvise` sets the markers of many stacks.
//! * `mprotect` works everywhere, but costs two mappings a stack: `vm.max_map_count`, 65,530
//!   unless somebody raised it, allows some 32,700 stacks.

use std::io;
use std::ptr;
use std::sync::OnceLock;

use libc::{c_int, c_void, iovec};

/// Makes pages fatal to touch; the libc crate does not name it yet.
const MADV_GUARD_INSTALL: c_int = 102;

/// The descriptor that means "this very process". Unlike one from `pidfd_open` it is right after
/// a fork too, where the other would have the child change its parent's memory.
const PIDFD_SELF: c_int = -10_000;

/// How many ranges one call advises. Measured: nothing is gained beyond.
pub(super) const BATCH: usize = 64;

/// What the running kernel offers. Tests make others, so as to walk every way on one machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// The size of a page in bytes, which is the size of a guard too.
    pub(super) page: usize,
    /// Are there guard markers? Otherwise `mprotect`.
    pub(super) markers: bool,
    /// May this process advise itself about many ranges in one call?
    pub(super) batches: bool,
}

/// `count` stacks side by side, each guarded by its lowest page.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The lowest address of the first stack.
    pub(super) start: usize,
    /// The distance between two stacks.
    pub(super) stride: usize,
    /// How many stacks, at most [`BATCH`].
    pub(super) count: usize,
}

impl Kernel {
    /// Asks the kernel, once per operating system process.
    pub(super) fn probe() -> Self {
        static KERNEL: OnceLock<Kernel> = OnceLock::new();
        *KERNEL.get_or_init(|| {
            // SAFETY: a plain question.
            let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            let page = usize::try_from(page).expect("every system has pages");
            let none = Self { page, markers: false, batches: false };
            let Ok(trial) = map(page) else { return none };
            let range = iovec { iov_base: trial as *mut c_void, iov_len: page };
            // Emulators answer unknown advice with a friendly zero, and a stack believed to be
            // guarded is worse than a slow one. So a marker must be seen to work: where one
            // stands, to ask for the page to be read in is a bad address.
            // SAFETY: the page was mapped above and nobody else knows it.
            let markers = unsafe {
                libc::madvise(range.iov_base, page, MADV_GUARD_INSTALL) == 0
                    && libc::madvise(range.iov_base, page, libc::MADV_POPULATE_READ) != 0
                    && io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT)
            };
            // SAFETY: as above; a marker where one stands already changes nothing.
            let batches = markers && unsafe { advise_all(&[range], MADV_GUARD_INSTALL) };
            // SAFETY: as above; the last use of the page.
            unsafe { unmap(trial, page) };
            Self { page, markers, batches }
        })
    }

    /// Guards every stack of `row`, or, when that fails, none of them for good: a guard that was
    /// set before the failure may be taken away again.
    ///
    /// # Safety
    ///
    /// The row lies in a private anonymous mapping of the caller's, its stacks are a multiple of
    /// the page size, and nobody uses their lowest pages.
    pub(super) unsafe fn guard(self, row: Row) -> io::Result<()> {
        let guards = row.starts().map(|start| (start, self.page));
        // SAFETY: the caller's promise.
        if self.markers && unsafe { self.advise(guards, MADV_GUARD_INSTALL) } {
            return Ok(());
        }
        // No markers; or a mapping that cannot carry them, as under `mlockall`.
        for start in row.starts() {
            // SAFETY: the caller's promise.
            if unsafe { libc::mprotect(start as *mut c_void, self.page, libc::PROT_NONE) } != 0 {
                let error = io::Error::last_os_error();
                // The limit on mappings is met. What this row took is given up, so that the rest
                // of the program (its allocator, say) does not stand before that wall as well.
                // SAFETY: as above; the whole row was readable and writable before.
                unsafe {
                    let access = libc::PROT_READ | libc::PROT_WRITE;
                    libc::mprotect(row.start as *mut c_void, row.count * row.stride, access);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Gives the memory of these ranges (address, length) back to the system; they read as zero
    /// afterwards. Guards in them stay. That it may fail (locked memory) harms nobody.
    ///
    /// # Safety
    ///
    /// The ranges are whole pages in private anonymous mappings of the caller's, and nobody needs
    /// what is in them.
    pub(super) unsafe fn discard(self, ranges: impl Iterator<Item = (usize, usize)>) {
        // SAFETY: the caller's promise.
        unsafe { self.advise(ranges, libc::MADV_DONTNEED) };
    }

    /// Gives one piece of advice about many ranges. True if all of it was taken.
    ///
    /// # Safety
    ///
    /// The advice may be given about the ranges.
    unsafe fn advise(self, ranges: impl Iterator<Item = (usize, usize)>, advice: c_int) -> bool {
        let mut ranges = ranges.map(|(start, len)| iovec { iov_base: start as *mut c_void, iov_len: len });
        let mut all = true;
        let mut batch = [iovec { iov_base: ptr::null_mut(), iov_len: 0 }; BATCH];
        loop {
            let mut filled = 0;
            for (place, range) in batch.iter_mut().zip(ranges.by_ref()) {
                *place = range;
                filled += 1;
            }
            let batch = &batch[..filled];
            if batch.is_empty() {
                return all;
            }
            // SAFETY: the caller's promise.
            if self.batches && filled > 1 && unsafe { advise_all(batch, advice) } {
                continue;
            }
            // One by one, also after a call that stopped halfway: advice may be given twice.
            for range in batch {
                // SAFETY: the caller's promise.
                all &= unsafe { libc::madvise(range.iov_base, range.iov_len, advice) } == 0;
            }
        }
    }
}

impl Row {
    /// The lowest address of each stack.
    fn starts(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| self.start + i * self.stride)
    }
}

/// One call for all `ranges`. True if the kernel went through all of them.
///
/// # Safety
///
/// The advice may be given about the ranges.
unsafe fn advise_all(ranges: &[iovec], advice: c_int) -> bool {
    let wanted: usize = ranges.iter().map(|range| range.iov_len).sum();
    // SAFETY: the caller's promise; the kernel only reads the list.
    let done = unsafe {
        let (list, len) = (ranges.as_ptr(), ranges.len());
        libc::syscall(libc::SYS_process_madvise, PIDFD_SELF, list, len, advice, 0)
    };
    usize::try_from(done) == Ok(wanted)
}

/// Maps `len` bytes for stacks: address space that costs nothing until it is touched.
pub(super) fn map(len: usize) -> io::Result<usize> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // Not to be counted as promised memory: 256 GiB of mostly untouched stacks are no promise, and
    // a small machine would refuse a mapping larger than its memory.
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping at an address of the kernel's choice disturbs nobody.
    let start = unsafe { libc::mmap(ptr::null_mut(), len, access, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // A huge page would make each stack cost 2 MiB. A kernel that knows no huge pages refuses the
    // advice, and does not need it.
    // SAFETY: the mapping was made above.
    unsafe { libc::madvise(start, len, libc::MADV_NOHUGEPAGE) };
    Ok(start as usize)
}

/// Unmaps what [`map`] mapped.
///
/// # Safety
///
/// Nobody uses the mapping any more.
pub(super) unsafe fn unmap(start: usize, len: usize) {
    // SAFETY: the caller's promise.
    let result = unsafe { libc::munmap(start as *mut c_void, len) };
    debug_assert_eq!(result, 0, "a mapping of stacks must be unmapped in one piece");
}

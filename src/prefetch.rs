//! Telling the processor what will be needed soon: where many processes take turns, most of a step is waiting for memory.

/// How large a line of the caches is, about everywhere.
pub(crate) const LINE: usize = 64;

/// Begins to load `lines` lines from `address` on. Nothing else happens, whatever the address is.
#[inline(always)]
pub(crate) fn prefetch<T>(address: *const T, lines: usize) {
    #[cfg(target_arch = "x86_64")]
    for line in 0..lines {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint, which faults on no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast::<i8>().wrapping_add(line * LINE)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (address, lines, LINE);
}

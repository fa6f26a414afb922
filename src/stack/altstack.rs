//! The stack on which a thread handles the signal of an overflow.

use std::cell::Cell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem;
use std::ptr;

/// What a report needs, above what the kernel itself puts there (some 3 KiB, on processors with
/// large registers over 11). Formatting and the text take most of it, more so unoptimised. What
/// the standard library gives its threads, 8 KiB in all, is too little.
const NEEDED: usize = 32 << 10;

/// Keeps a large enough alternate signal stack for this thread as long as it lives.
///
/// There may be several on one thread, dropped in any order: the last one restores what was
/// there before the first. It belongs to a scheduler, so that threads that come and go leave
/// nothing behind, and so that no destructor of a thread-local is needed.
pub(crate) struct AltStack {
    /// It is about the thread that made it.
    pinned: PhantomData<*const ()>,
}

/// What is known about this thread's alternate stack.
#[derive(Clone, Copy)]
struct State {
    /// How many [`AltStack`]s live.
    holders: usize,
    /// What we put in, if what was there was too small.
    ours: Option<Replacement>,
}

/// An alternate stack of our own, in place of another (or of none).
#[derive(Clone, Copy)]
struct Replacement {
    /// The mapping, guard included.
    mapping: *mut c_void,
    /// Its length.
    len: usize,
    /// What was there before.
    previous: libc::stack_t,
}

thread_local! {
    /// No destructor: it owns nothing that outlives the last holder.
    static STATE: Cell<State> = const { Cell::new(State { holders: 0, ours: None }) };
}

impl AltStack {
    /// Whether this thread has one, because a scheduler of it is alive.
    pub(super) fn is_held() -> bool {
        STATE.with(|state| state.get().holders > 0)
    }

    /// Sees to it that this thread has one.
    pub(super) fn new() -> Self {
        STATE.with(|state| {
            let State { holders, ours } = state.get();
            let ours = if holders == 0 { Replacement::install() } else { ours };
            state.set(State { holders: holders + 1, ours });
        });
        Self { pinned: PhantomData }
    }
}

impl Drop for AltStack {
    fn drop(&mut self) {
        STATE.with(|state| {
            let State { holders, ours } = state.get();
            if holders > 1 {
                return state.set(State { holders: holders - 1, ours });
            }
            state.set(State { holders: 0, ours: None });
            if let Some(ours) = ours {
                ours.remove();
            }
        });
    }
}

impl Replacement {
    /// Replaces this thread's alternate stack if it has none, or too small a one. Where the system
    /// has no memory for it there is simply no report of an overflow.
    fn install() -> Option<Self> {
        let (previous, needed) = (current()?, NEEDED + least());
        if previous.ss_flags & libc::SS_DISABLE == 0 && previous.ss_size >= needed {
            return None;
        }
        // SAFETY: a plain question.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
        let len = needed.next_multiple_of(page) + page;
        // SAFETY: a new mapping disturbs nobody. Its lowest page is taken away again, so that a
        // handler that overflows in turn hits nothing else.
        let mapping = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let mapping = libc::mmap(ptr::null_mut(), len, access, flags, -1, 0);
            if mapping == libc::MAP_FAILED {
                return None;
            }
            libc::mprotect(mapping, page, libc::PROT_NONE);
            mapping
        };
        let ours = Self { mapping, len, previous };
        let stack = libc::stack_t { ss_sp: mapping.wrapping_byte_add(page), ss_flags: 0, ss_size: len - page };
        // SAFETY: the mapping is used for nothing else, and stays until `remove`.
        if unsafe { libc::sigaltstack(&stack, ptr::null_mut()) } != 0 {
            ours.unmap();
            return None;
        }
        Some(ours)
    }

    /// Puts back what was there before.
    fn remove(self) {
        let still_ours = current().is_some_and(|now| {
            let (start, end) = (self.mapping as usize, self.mapping as usize + self.len);
            (start..end).contains(&(now.ss_sp as usize))
        });
        // Somebody put in another since, and may put ours back later: then it must stay.
        // SAFETY: what was valid before is valid now; the kernel copies it.
        if still_ours && unsafe { libc::sigaltstack(&self.previous, ptr::null_mut()) } == 0 {
            self.unmap();
        }
    }

    /// Unmaps the stack. The kernel must not know it any more.
    fn unmap(self) {
        // SAFETY: mapped by `install`, and only `install` and `remove` get here, once, when the
        // kernel does not know the mapping (any more).
        unsafe { libc::munmap(self.mapping, self.len) };
    }
}

/// This thread's alternate stack, if the system says.
fn current() -> Option<libc::stack_t> {
    // SAFETY: a plain question; all zeroes are a valid answer to it.
    unsafe {
        let mut now: libc::stack_t = mem::zeroed();
        (libc::sigaltstack(ptr::null(), &mut now) == 0).then_some(now)
    }
}

/// What the kernel needs for itself.
fn least() -> usize {
    #[cfg(target_os = "linux")]
    // SAFETY: a plain question; zero where the kernel does not say.
    let least = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
    #[cfg(not(target_os = "linux"))]
    let least = 0;
    least.max(libc::MINSIGSTKSZ)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_holder_restores_what_was_there() {
        let now = || current().map(|stack| (stack.ss_sp as usize, stack.ss_size, stack.ss_flags));
        std::thread::spawn(move || {
            let before = now();
            let first = AltStack::new();
            let during = now();
            assert!(current().unwrap().ss_size >= NEEDED);
            let second = AltStack::new();
            drop(first);
            assert_eq!(now(), during, "another holder still needs it");
            drop(second);
            assert_eq!(now(), before);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_without_one_has_none_again_afterwards() {
        std::thread::spawn(|| {
            let std_made = current().unwrap();
            let mut none = std_made;
            none.ss_flags = libc::SS_DISABLE;
            // SAFETY: no signal of this thread needs one; the standard library's is put back.
            unsafe { libc::sigaltstack(&none, ptr::null_mut()) };
            let held = AltStack::new();
            assert!(current().unwrap().ss_size >= NEEDED);
            drop(held);
            assert_ne!(current().unwrap().ss_flags & libc::SS_DISABLE, 0);
            // SAFETY: as it was.
            unsafe { libc::sigaltstack(&std_made, ptr::null_mut()) };
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_large_enough_one_is_left_alone() {
        std::thread::spawn(|| {
            let outer = AltStack::new();
            let theirs = current().unwrap();
            let outer_state = STATE.replace(State { holders: 0, ours: None });
            let inner = AltStack::new();
            assert_eq!(current().unwrap().ss_sp, theirs.ss_sp);
            drop(inner);
            assert_eq!(current().unwrap().ss_sp, theirs.ss_sp);
            STATE.set(outer_state);
            drop(outer);
        })
        .join()
        .unwrap();
    }
}

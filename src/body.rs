//! What a process is to do: a closure of whatever type, kept without an allocation of its own if it is small.

use std::mem::{self, MaybeUninit};

/// How large a closure may be to be kept in place: ten channels, say.
const WORDS: usize = 9;

type Space = [MaybeUninit<u64>; WORDS];

/// A closure to be called once.
///
/// Invariant: `space` holds a closure of the type that `call` and `drop` were made for.
pub(crate) struct Body {
    space: Space,
    acts: &'static Acts,
}

/// What can be done with a closure of one type.
struct Acts {
    /// # Safety
    /// The space holds such a closure, which is gone after this.
    call: unsafe fn(*mut Space),
    /// # Safety
    /// As for `call`.
    drop: unsafe fn(*mut Space),
}

impl Body {
    #[inline(always)]
    pub(crate) fn new<F: FnOnce() + 'static>(f: F) -> Body {
        if mem::size_of::<F>() <= mem::size_of::<Space>() && mem::align_of::<F>() <= mem::align_of::<Space>() {
            Body::of(f)
        } else {
            let f: Box<dyn FnOnce()> = Box::new(f);
            Body::of(f)
        }
    }

    #[inline(always)]
    fn of<F: FnOnce() + 'static>(f: F) -> Body {
        assert!(mem::size_of::<F>() <= mem::size_of::<Space>() && mem::align_of::<F>() <= mem::align_of::<Space>());
        let mut space = [MaybeUninit::uninit(); WORDS];
        // SAFETY: it fits, as was just seen.
        unsafe { space.as_mut_ptr().cast::<F>().write(f) };
        let acts = &const { Acts { call: call::<F>, drop: forget::<F> } };
        Body { space, acts }
    }

    /// Calls the closure out of where the body is, which nothing has to be done with after this: its place is free again as
    /// soon as the closure runs. So the closure is moved once, to where it is called, and takes no room on the stack before.
    ///
    /// # Safety
    /// There is a body, which nobody uses after this.
    #[inline]
    pub(crate) unsafe fn call(body: *mut Body) {
        // SAFETY: the caller's promise, and the space holds such a closure (invariant).
        unsafe { ((*body).acts.call)(&raw mut (*body).space) };
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // SAFETY: the space holds such a closure (invariant), and is not used after this.
        unsafe { (self.acts.drop)(&mut self.space) };
    }
}

/// # Safety
/// The space holds an `F`, which is gone after this.
unsafe fn call<F: FnOnce()>(space: *mut Space) {
    // SAFETY: the caller's promise.
    let f = unsafe { space.cast::<F>().read() };
    f();
}

/// # Safety
/// The space holds an `F`, which is gone after this.
unsafe fn forget<F>(space: *mut Space) {
    // SAFETY: the caller's promise.
    unsafe { space.cast::<F>().drop_in_place() };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::mem::ManuallyDrop;
    use std::rc::Rc;

    #[test]
    fn it_is_called_or_dropped_whatever_its_size() {
        fn check<const N: usize>() {
            let (count, ballast) = (Rc::new(Cell::new(0)), [1_u8; N]);
            let make = || {
                let count = count.clone();
                Body::new(move || count.set(count.get() + ballast.iter().map(|&b| u32::from(b)).sum::<u32>() + 1))
            };
            // SAFETY: it is there, and forgotten.
            unsafe { Body::call(&mut *ManuallyDrop::new(make())) };
            assert_eq!((count.get(), Rc::strong_count(&count)), (N as u32 + 1, 1));
            drop(make());
            assert_eq!((count.get(), Rc::strong_count(&count)), (N as u32 + 1, 1));
        }
        check::<0>();
        check::<64>();
        check::<65>();
        check::<1000>();
    }

    #[test]
    fn one_that_lies_wide_is_called_too() {
        #[repr(align(64))]
        struct Wide(u32);
        let (wide, sum) = (Wide(5), Rc::new(Cell::new(0)));
        let out = sum.clone();
        let mut body = ManuallyDrop::new(Body::new(move || {
            let wide = &wide;
            assert_eq!(std::ptr::from_ref(wide).addr() % 64, 0);
            out.set(wide.0);
        }));
        // SAFETY: it is there, and forgotten.
        unsafe { Body::call(&mut *body) };
        assert_eq!(sum.get(), 5);
    }
}

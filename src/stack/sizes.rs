//! The size classes: how large the stack is that a request gets.
//!
//! A class is named by its size, always a power of two. A request is rounded up to a size and gets
//! all of it but the guard page and the colour (see [`super`]): who asks for 256 KiB gets the 256 KiB class, in which about 250 KiB can be
//! used. Rounding so that the *usable* part were never smaller than the request would push every
//! round number, and round numbers are what people ask for, into a class four times as large.

use super::StackError;

/// The four sizes that are expected: a small process, any process, main, and deep recursion.
const COMMON: [usize; 4] = [64 << 10, super::DEFAULT_SIZE, super::MAIN_SIZE, 8 << 20];

/// A request beyond this is taken for a mistake.
pub(super) const LARGEST: usize = 1 << 30;

/// How many classes there are: the common ones, then one for each power of two up to [`LARGEST`].
pub(super) const CLASSES: usize = COMMON.len() + (LARGEST.trailing_zeros() - COMMON[3].trailing_zeros()) as usize;

/// The class that serves a request of `size` bytes.
pub(super) fn class_of(size: usize) -> Result<usize, StackError> {
    match COMMON.iter().position(|&class| size <= class) {
        Some(class) => Ok(class),
        None if size <= LARGEST => {
            let doublings = size.next_power_of_two().trailing_zeros() - COMMON[3].trailing_zeros();
            Ok(COMMON.len() - 1 + doublings as usize)
        }
        None => Err(StackError::TooLarge { asked: size }),
    }
}

/// The size in bytes of the stacks of a class.
pub(super) const fn size_of(class: usize) -> usize {
    if class < COMMON.len() { COMMON[class] } else { COMMON[3] << (class + 1 - COMMON.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_rounded_up_to_its_class() {
        let size_for = |size| size_of(class_of(size).unwrap());
        assert_eq!(size_for(0), 64 << 10);
        assert_eq!(size_for(64 << 10), 64 << 10);
        assert_eq!(size_for((64 << 10) + 1), 256 << 10);
        assert_eq!(size_for(256 << 10), 256 << 10);
        assert_eq!(size_for(1 << 20), 1 << 20);
        assert_eq!(size_for(2 << 20), 8 << 20);
        assert_eq!(size_for((8 << 20) + 1), 16 << 20);
        assert_eq!(size_for(100 << 20), 128 << 20);
        assert_eq!(size_for(LARGEST), LARGEST);
        assert_eq!(class_of(LARGEST).unwrap(), CLASSES - 1);
        assert!(class_of(LARGEST + 1).is_err());
    }
}

//! The only die. Every choice a scheduler makes, and every number its program asks for, comes from one
//! seeded generator, so that a seed replays a run.

use std::cell::{OnceCell, RefCell};
use std::convert::Infallible;

use rand::distr::uniform::{SampleRange, SampleUniform};
use rand::rngs::{SysRng, Xoshiro256PlusPlus};
use rand::{Rng, RngExt, SeedableRng, TryRng};

/// A seeded source of random numbers, the same on every platform for the same seed.
pub(crate) struct Choice {
    generator: RefCell<Xoshiro256PlusPlus>,
}

impl Choice {
    pub(crate) fn new(seed: u64) -> Choice {
        Choice { generator: RefCell::new(Xoshiro256PlusPlus::seed_from_u64(seed)) }
    }

    /// A number below `bound`, which must not be zero.
    #[inline]
    pub(crate) fn below(&self, bound: u32) -> u32 {
        self.generator.borrow_mut().random_range(0..bound)
    }

    /// A number of any type from a range of it.
    pub(crate) fn range<T: SampleUniform>(&self, range: impl SampleRange<T>) -> T {
        Draw(self).random_range(range)
    }
}

/// A seed for when the program names none, from the system.
pub(crate) fn fresh_seed() -> u64 {
    // Where the system has no randomness to give, an address must do: it is a seed, not a secret.
    SysRng.try_next_u64().unwrap_or_else(|_| std::ptr::from_ref(&SysRng).addr() as u64)
}

/// A number from a range, for code that runs under no scheduler.
pub(crate) fn unseeded<T: SampleUniform>(range: impl SampleRange<T>) -> T {
    thread_local! {
        /// No destructor, so that those of other thread-locals may come here.
        static OUTSIDE: OnceCell<Choice> = const { OnceCell::new() };
    }
    OUTSIDE.with(|choice| choice.get_or_init(|| Choice::new(fresh_seed())).range(range))
}

/// Lends the generator for one word at a time: how a range is sampled is the caller's code, and may
/// come back here.
struct Draw<'a>(&'a Choice);

impl TryRng for Draw<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.generator.borrow_mut().next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.generator.borrow_mut().next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.generator.borrow_mut().fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_replays() {
        let draw = |seed| {
            let choice = Choice::new(seed);
            (0..100).map(|_| choice.range(0..1_000_000)).collect::<Vec<i32>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}

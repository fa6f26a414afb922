//! Where in the user's program something was made, or waits.

use std::fmt;
use std::panic::Location;

/// A line of the user's program.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let line = line!() + 1;
///     let process = go(|| ());
///     assert_eq!((process.spawned_at().file(), process.spawned_at().line()), (file!(), line));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(&'static Location<'static>);

impl Place {
    /// The line that called the `#[track_caller]` function this is used in.
    #[track_caller]
    #[inline(always)]
    pub(crate) fn caller() -> Place {
        Place(Location::caller())
    }

    /// The file, as the compiler was given it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.0.file()
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.0.line()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.file(), self.0.line())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

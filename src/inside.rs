//! Whether code of the user runs that was handed the inside of something, and must not wait there.

use std::cell::Cell;

thread_state!(WHERE: Cell<Option<&'static str>> = Cell::new(None));

/// From here until the guard is dropped, code runs inside `what`.
pub(crate) fn enter(what: &'static str) -> Inside {
    Inside { before: WHERE.with(|place| place.replace(Some(what))) }
}

/// Inside what the calling code runs, if anything.
pub(crate) fn what() -> Option<&'static str> {
    WHERE.with(Cell::get)
}

/// Ends, when it is dropped, what [`enter`] began.
pub(crate) struct Inside {
    before: Option<&'static str>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        WHERE.with(|place| place.set(self.before));
    }
}

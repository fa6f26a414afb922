//! Whether code of the user runs that was handed the inside of something, and must not wait there.

use std::cell::Cell;

thread_local! { static WHERE: Cell<Option<&'static str>> = const { Cell::new(None) } }

/// From here until the guard is dropped, code runs inside `what`.
pub(crate) fn enter(what: &'static str) -> Inside {
    Inside { before: WHERE.replace(Some(what)) }
}

/// Inside what the calling code runs, if anything.
pub(crate) fn what() -> Option<&'static str> {
    WHERE.get()
}

/// Ends, when it is dropped, what [`enter`] began.
pub(crate) struct Inside {
    before: Option<&'static str>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        WHERE.set(self.before);
    }
}

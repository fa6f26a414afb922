//! Mischief for code of the user that a channel runs.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Something that is to be done in a certain place, the next time somebody comes there.
#[derive(Clone, Default)]
pub struct Plan(Rc<RefCell<Option<Planned>>>);

type Planned = (&'static str, Box<dyn FnOnce()>);

impl Plan {
    pub fn make(&self, place: &'static str, deed: impl FnOnce() + 'static) {
        *self.0.borrow_mut() = Some((place, Box::new(deed)));
    }

    pub fn carry_out(&self, place: &str) {
        let planned = self.0.borrow_mut().take_if(|planned| planned.0 == place);
        if let Some((_, deed)) = planned {
            deed();
        }
    }

    pub fn is_done(&self) -> bool {
        self.0.borrow().is_none()
    }
}

/// The message with which `f` panics, if it does.
pub fn panic_of<R>(f: impl FnOnce() -> R) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    Some(match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().unwrap_or(&"(something else)").to_string(),
    })
}

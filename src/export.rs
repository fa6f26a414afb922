//! What the macros need to reach. No part of the interface.

pub use crate::alts::{Order, answer, erase, select};
pub use crate::op::waiting;
pub use crate::port::ReadPort;
pub use crate::runtime::{call, main, main_with, test, test_builder, test_with};
pub use crate::timeout::sleeping;

use crate::port::{Given, Source, WritePort};

/// The branch `put(&port, value)`.
pub fn putting<P: WritePort + ?Sized>(port: &P, value: P::Item) -> P::Putting<'_, Given<P::Item>> {
    port.putting(Given(Some(value)))
}

/// The branch `put(&port, from slot)`; none if the slot is empty.
pub fn putting_from<'a, P, S>(port: &'a P, slot: &'a mut S) -> Option<P::Putting<'a, &'a mut S>>
where
    P: WritePort + ?Sized,
    S: Slot,
    &'a mut S: Source<P::Item>,
{
    if slot.is_empty() { None } else { Some(port.putting(slot)) }
}

/// What can stand after `from`: an `Option` or a `VecDeque`.
pub trait Slot {
    /// Whether there is nothing to put.
    fn is_empty(&self) -> bool;
}

impl<T> Slot for Option<T> {
    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T> Slot for std::collections::VecDeque<T> {
    fn is_empty(&self) -> bool {
        std::collections::VecDeque::is_empty(self)
    }
}

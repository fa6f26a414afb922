//! What the macros need to reach. No part of the interface.

pub use crate::alts::{Order, answer, erase, select};
pub use crate::futures::awaiting;
pub use crate::op::waiting;
pub use crate::port::{ReadPort, WritePort};
pub use crate::runtime::{call, main, main_with, test, test_builder, test_with};
pub use crate::timeout::sleeping;

use crate::port::{Given, Slot};

/// The branch `put(&port, value)`.
pub fn putting<P: WritePort + ?Sized>(port: &P, value: P::Item) -> P::Putting<'_, Given> {
    port.putting(value, Given)
}

/// The branch `put(&port, from slot)`; none if the slot is empty.
pub fn putting_from<'a, P, S>(port: &'a P, mut slot: &'a mut S) -> Option<P::Putting<'a, &'a mut S>>
where
    P: WritePort + ?Sized,
    &'a mut S: Slot<P::Item>,
{
    let value = slot.pull()?;
    Some(port.putting(value, slot))
}

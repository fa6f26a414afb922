//! Waiting on a thread where no scheduler runs: the thread is the party that waits, and is parked.

use std::pin::Pin;
use std::thread;
use std::time::{Duration, Instant};

use crate::operation::Operation;
use crate::ready::Kind;
use crate::threads;
use crate::wait::{Claim, Home};

/// Waits for an operation that could not complete; if there is a limit, until that has passed, which decides for its branch.
pub(crate) fn wait(operation: Pin<&dyn Operation>, limit: Option<(Duration, u32)>) {
    let due = limit.and_then(|(limit, branch)| Some((Instant::now().checked_add(limit)?, branch)));
    let home = Home::of_thread();
    let claim = Claim::new(Kind::Task(0));
    // Declared last, so that nothing is enlisted any more when the claim goes, should code of the user panic.
    let withdrawn = Withdrawn(operation);
    // SAFETY: the claim has its home in this frame, and is in no queue when that goes.
    unsafe { claim.belong(&home) };
    loop {
        // SAFETY: it belongs to a home, and stays where it is.
        unsafe { claim.open() };
        // SAFETY: the operation is withdrawn before the claim goes.
        if unsafe { withdrawn.0.enlist(&claim, 0) } {
            park(&claim, due);
            if operation.settle() {
                return;
            }
        } else {
            claim.shut();
        }
        if operation.attempt() {
            return;
        }
    }
}

fn park(claim: &Claim, due: Option<(Instant, u32)>) {
    if threads::wait_a_little(|| !claim.is_open()) {
        return;
    }
    while claim.is_open() {
        match due {
            None => threads::park(),
            Some((due, branch)) => match due.checked_duration_since(Instant::now()) {
                Some(rest) if !rest.is_zero() => thread::park_timeout(rest),
                _ => claim.decide(branch),
            },
        }
    }
}

/// An operation that is withdrawn in the end, on whatever way.
struct Withdrawn<'a>(Pin<&'a dyn Operation>);

impl Drop for Withdrawn<'_> {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}

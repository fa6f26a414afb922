//! The contract between those who wait and the scheduler.
//!
//! A process that cannot go on yields an [`Instruction`]. The scheduler reads from it what the process
//! waits for, and has it enlisted; it never learns what a channel is.

use std::pin::Pin;
use std::time::Duration;

use crate::place::Place;
use crate::report::Want;
use crate::wait::Claim;

/// What is known about an attempt before it is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It would complete: only code of the user's may disappoint.
    Ready,
    /// It would not.
    NotReady,
    /// To attempt it is the only way to know.
    Unknown,
}

impl Readiness {
    #[inline(always)]
    pub(crate) fn known(ready: bool) -> Readiness {
        if ready { Readiness::Ready } else { Readiness::NotReady }
    }
}

/// Whether an operation can be waited for where no scheduler runs.
#[derive(Clone, Copy)]
pub enum Abroad {
    /// Only a process can.
    Never,
    /// As long as it takes; or, with a limit, for so long: then that branch is decided for.
    Waits(Option<(Duration, u32)>),
    /// Only as a branch beside others, which it limits.
    Limits(Duration),
}

/// Something that may have to be waited for. Its answer, once there is one, stays inside it.
pub trait Operation {
    /// Completes now if it can. Never waits.
    fn attempt(&self) -> bool;

    /// What is known about an attempt by the owner of `me` before it is made. Runs no code of the user.
    fn readiness(&self, _me: *const Claim) -> Readiness {
        Readiness::Unknown
    }

    /// The process is about to park: does what has to be done on its own stack before that. True if code of the user
    /// ran, so that things may have changed since the attempt.
    fn prepare(&self) -> bool {
        false
    }

    /// Leaves waiters that will claim `claim` for `branch`: it could not complete, and nothing has changed since that
    /// was found out. A choice may find that something has, after all: then it leaves nothing, and this is false. Runs no
    /// code of the user.
    ///
    /// # Safety
    /// `claim` stays where it is until this operation has been withdrawn or dropped.
    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool;

    /// Takes back whatever `enlist` has left. Runs no code of the user.
    fn withdraw(&self);

    /// The wait is over and decided for this operation: true if it has its answer now, false if it has
    /// to be attempted again.
    fn settle(&self) -> bool;

    /// It has its answer, which nobody will fetch: what it was given goes back where it came from, if that is not done when this
    /// is dropped.
    fn give_back(&self) {}

    /// Gives the answer of a closed channel: the caller must not wait.
    fn refuse(&self);

    /// A number that changes whenever another thread may have made possible what an attempt would have found impossible.
    /// Where no other thread does that it is always the same.
    fn changes(&self) -> u64 {
        0
    }

    /// Whether it can be waited for on a thread where no scheduler runs.
    fn abroad(&self) -> Abroad {
        Abroad::Never
    }

    /// Names what is waited for.
    fn describe(&self, tell: &mut dyn FnMut(Want));
}

/// An operation that can be one branch of a choice, or be waited for alone.
pub trait Arm: Operation {
    /// What the user gets.
    type Answer;

    /// The answer. Called once, after `attempt` or `settle` has said that there is one, or after `refuse`; of a branch that has
    /// lost, after it was withdrawn, for a put gives its value back then.
    fn answer(&self) -> Self::Answer;
}

/// What a process yields to its scheduler.
#[derive(Clone, Copy)]
pub enum Instruction {
    /// Wait until a value can be taken.
    Take(Parking),
    /// Wait until a value can be put.
    Put(Parking),
    /// Wait for the first of several operations.
    Alts(Parking),
    /// Wait until nothing can be put any more.
    Closed(Parking),
    /// Wait until a time.
    Sleep(Parking),
    /// Wait for a future.
    Wait(Parking),
    /// Wait for a descriptor.
    #[cfg_attr(not(all(unix, feature = "net")), allow(dead_code, reason = "nobody waits for the network"))]
    Ready(Parking),
    /// Let the others run first.
    Yield,
    /// Let the process just made run first, and go on right after it.
    GoNow,
    /// Throw me out, from whatever depth.
    Stop,
    /// I have swallowed my unwinding too often: never resume me.
    Abandon,
}

impl Instruction {
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Instruction::Take(_) => "take",
            Instruction::Put(_) => "put",
            Instruction::Alts(_) => "alts",
            Instruction::Closed(_) => "closed",
            Instruction::Sleep(_) => "sleep",
            Instruction::Wait(_) => "wait",
            Instruction::Ready(_) => "ready",
            Instruction::Yield => "yield_now",
            Instruction::GoNow => "go_now",
            Instruction::Stop => "stop",
            Instruction::Abandon => "abandon",
        }
    }

    #[inline(always)]
    pub(crate) fn parking(&self) -> Option<&Parking> {
        match self {
            Instruction::Take(p)
            | Instruction::Put(p)
            | Instruction::Alts(p)
            | Instruction::Closed(p)
            | Instruction::Sleep(p)
            | Instruction::Wait(p)
            | Instruction::Ready(p) => Some(p),
            Instruction::Yield | Instruction::GoNow | Instruction::Stop | Instruction::Abandon => None,
        }
    }
}

/// An operation in the frame of the process that waits for it, and the line that waits.
///
/// Invariant: from the moment it is yielded until its process runs again, the operation is alive,
/// pinned, and used through shared references alone. What a parked process waits for is written down
/// nowhere else: reports ask the operation itself, so the process's record keeps this while it is parked.
#[derive(Clone, Copy)]
pub struct Parking {
    operation: *const dyn Operation,
    pub(crate) place: Place,
}

impl Parking {
    /// # Safety
    /// The operation stays alive until the process that yields this has been resumed.
    #[inline(always)]
    pub(crate) unsafe fn new<'a>(operation: Pin<&'a (dyn Operation + 'a)>, place: Place) -> Parking {
        let operation: *const (dyn Operation + 'a) = operation.get_ref();
        // SAFETY: this only forgets the lifetime, which the caller vouches for.
        let operation =
            unsafe { std::mem::transmute::<*const (dyn Operation + 'a), *const (dyn Operation + 'static)>(operation) };
        Parking { operation, place }
    }

    /// # Safety
    /// The process that yielded this has not been resumed since.
    #[inline(always)]
    pub(crate) unsafe fn operation<'a>(&self) -> Pin<&'a dyn Operation> {
        // SAFETY: it is alive and pinned (invariant), the caller vouches for the time.
        unsafe { Pin::new_unchecked(&*self.operation) }
    }
}

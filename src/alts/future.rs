//! A choice as a future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Alternative, Alts, Arms, Branch, List, Order, nothing_to_wait_for};
use crate::channel::{Channel, Local, Party, Polled, Receiver};
use crate::context;
use crate::place::Place;

/// What can stand in the list given to [`alts_async`]: `&Channel`, `&Receiver` or a [`Branch`], of local channels; or those of
/// [`csp::sync`](crate::sync).
///
/// The trait is sealed.
pub trait AsyncAlternative: Alternative {
    #[doc(hidden)]
    type Party: Party;
}

impl<I: 'static, O: 'static> AsyncAlternative for &Channel<I, O> {
    type Party = Local;
}

impl<O: 'static, I: 'static> AsyncAlternative for &Receiver<O, I> {
    type Party = Local;
}

impl<T: 'static> AsyncAlternative for Branch<'_, T> {
    type Party = Local;
}

/// A list that stays where it is.
struct Kept<A: Alternative>(Pin<Box<List<A>>>);

impl<A: Alternative> Arms for Kept<A> {
    type Arm = A::Arm;

    fn all(&self) -> impl ExactSizeIterator<Item = Option<Pin<&A::Arm>>> {
        let list = self.0.as_ref().get_ref();
        // SAFETY: the list is pinned, and its branches are never moved (invariant of `List`).
        list.all().iter().map(|(arm, _)| Some(unsafe { Pin::new_unchecked(arm) }))
    }

    fn at(&self, index: usize) -> Option<Pin<&A::Arm>> {
        let list = self.0.as_ref().get_ref();
        // SAFETY: as for `all`.
        list.all().get(index).map(|(arm, _)| unsafe { Pin::new_unchecked(arm) })
    }
}

/// A choice as a future; from [`alts_async`].
#[must_use = "a future does nothing until it is polled"]
pub struct AltsFuture<A: AsyncAlternative> {
    /// Until it is made.
    waiting: Option<Polled<Alts<Kept<A>>, A::Party>>,
}

/// [`alts`](crate::alts()) as a future: at most one of the branches happens, and it gives what that has come to.
///
/// A list of local channels is for the scheduler's thread; one of channels between threads for any executor on any thread, and
/// the future is `Send`. To select among futures of single operations is not the same: several of them may happen. Dropped, it
/// leaves no trace: what was handed to a take that was not fetched goes back. A put that has happened has happened; the values
/// of the others go with it.
///
/// # Panics
/// If the list is empty. When it is polled again after it was ready. Of local channels, when it is polled, would have to wait,
/// and no scheduler runs on this thread.
///
/// ```
/// use csp::{Branch, Outcome, prelude::*, sync};
///
/// let (a, b) = (sync::Channel::new(), sync::Channel::new());
/// let out = b.clone();
/// std::thread::spawn(move || put(&out, 5).unwrap());
/// let (value, chan) = wait(csp::alts_async([&a, &b])); // or `.await` it, in any executor
/// assert!(value == Some(5) && chan == b);
///
/// let full = sync::Channel::buffered(1);
/// let chosen = wait(csp::alts_async([Branch::Take(&a), Branch::Put(&full, 6)]));
/// assert_eq!((chosen.index, chosen.outcome), (1, Outcome::Put(Ok(()))));
/// ```
#[track_caller]
pub fn alts_async<A: AsyncAlternative>(branches: impl IntoIterator<Item = A>) -> AltsFuture<A> {
    choosing(branches, Order::Random, Place::caller())
}

/// As [`alts_async`], but among several that are ready the first in the list happens.
///
/// # Panics
/// As [`alts_async`].
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let (urgent, other) = (sync::Channel::buffered(1), sync::Channel::buffered(1));
/// offer(&other, 1).unwrap();
/// offer(&urgent, 2).unwrap();
/// assert_eq!(wait(csp::alts_async_priority([&urgent, &other])).0, Some(2));
/// ```
#[track_caller]
pub fn alts_async_priority<A: AsyncAlternative>(branches: impl IntoIterator<Item = A>) -> AltsFuture<A> {
    choosing(branches, Order::Priority, Place::caller())
}

fn choosing<A: AsyncAlternative>(branches: impl IntoIterator<Item = A>, order: Order, place: Place) -> AltsFuture<A> {
    let alts = Alts::new(Kept(Box::pin(List::new(branches))), order);
    if alts.enabled().next().is_none() {
        nothing_to_wait_for(place);
    }
    AltsFuture { waiting: Some(Polled::new(alts, "alts_async", place)) }
}

impl<A: AsyncAlternative> Future for AltsFuture<A>
where
    A::Party: Unpin,
{
    type Output = A::Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Answer> {
        context::tick();
        let Some(waiting) = &mut self.waiting else { panic!("a choice that is made was polled again") };
        ready!(waiting.poll(cx.waker()));
        let answer = A::answer(&waiting.operation.arms.0, waiting.operation.winner.get());
        self.waiting = None;
        Poll::Ready(answer)
    }
}

impl<A: AsyncAlternative> fmt::Debug for AltsFuture<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AltsFuture").field("done", &self.waiting.is_none()).finish_non_exhaustive()
    }
}

//! Choice: at most one of several operations happens.
//!
//! One loop serves both forms. Attempt each branch, in random order or as written; if none can proceed, leave a
//! waiter in each and park; whoever claims the process first has decided. The losers' waiters are withdrawn in
//! constant time each. Two choices may meet; one never meets itself, for nobody attempts anything while it is
//! enlisted.

use std::cell::Cell;
use std::fmt;
use std::pin::{Pin, pin};
use std::ptr;

use crate::channel::{Channel, Putting, Taking};
use crate::choice;
use crate::context;
use crate::error::Closed;
use crate::operation::{Arm, Instruction, Operation};
use crate::place::Place;
use crate::port::{Given, ReadPort};
use crate::report::Want;
use crate::wait::Claim;

/// The branches of a choice, wherever they are kept.
trait Arms {
    fn len(&self) -> usize;

    /// A branch; `None` if it is turned off.
    fn at(&self, index: usize) -> Option<Pin<&dyn Operation>>;
}

/// In which order branches are attempted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Every ready branch has the same chance.
    Random,
    /// The first ready one as written.
    Priority,
}

/// As many branches as are shuffled without allocating.
const FEW: usize = 24;

/// A choice while it is being made.
struct Alts<'a, A: Arms> {
    arms: &'a A,
    order: Order,
    /// The branch that has its answer.
    winner: Cell<usize>,
    /// The claim it was enlisted with, which knows the branch that was decided for; null if enlisting has failed.
    claim: Cell<*const Claim>,
}

impl<A: Arms> Alts<'_, A> {
    fn try_arm(&self, index: usize) -> bool {
        let done = self.arms.at(index).is_some_and(|arm| arm.attempt());
        if done {
            self.winner.set(index);
        }
        done
    }

    /// Fisher and Yates, one step at a time: often the first branch drawn is ready.
    fn try_shuffled(&self, order: &mut [u32]) -> bool {
        for (index, place) in order.iter_mut().enumerate() {
            *place = index as u32;
        }
        for drawn in 0..order.len() {
            let rest = order.len() - drawn;
            if rest > 1 {
                order.swap(drawn, drawn + below(rest as u32) as usize);
            }
            if self.try_arm(order[drawn] as usize) {
                return true;
            }
        }
        false
    }

    /// The branches that are on, each with its index.
    fn enabled(&self) -> impl Iterator<Item = (usize, Pin<&dyn Operation>)> {
        (0..self.arms.len()).filter_map(|index| Some((index, self.arms.at(index)?)))
    }
}

fn below(bound: u32) -> u32 {
    context::with(|context| match context {
        Some(context) => context.choice.below(bound),
        None => choice::unseeded(0..bound),
    })
}

impl<A: Arms> Operation for Alts<'_, A> {
    fn attempt(&self) -> bool {
        let len = self.arms.len();
        match self.order {
            Order::Priority => (0..len).any(|index| self.try_arm(index)),
            Order::Random if len <= FEW => self.try_shuffled(&mut [0; FEW][..len]),
            Order::Random => self.try_shuffled(&mut vec![0; len]),
        }
    }

    fn prepare(&self) -> bool {
        // Each of them, also after one has changed something.
        self.enabled().fold(false, |changed, (_, arm)| arm.prepare() | changed)
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, _: u32) -> bool {
        for (index, arm) in self.enabled() {
            // SAFETY: the caller vouches for the claim.
            if !unsafe { arm.enlist(claim, index as u32) } {
                self.withdraw();
                self.claim.set(ptr::null());
                return false;
            }
        }
        self.claim.set(claim);
        true
    }

    fn withdraw(&self) {
        self.enabled().for_each(|(_, arm)| arm.withdraw());
    }

    fn settle(&self) -> bool {
        self.withdraw();
        // SAFETY: if set, it is the claim of the process that this runs in, whose record is there as long as it runs.
        let Some(claim) = (unsafe { self.claim.get().as_ref() }) else { return false };
        let index = claim.branch() as usize;
        // A branch that there is not: somebody outside wants us to look again.
        let settled = index < self.arms.len() && self.arms.at(index).is_some_and(|arm| arm.settle());
        if settled {
            self.winner.set(index);
        }
        settled
    }

    fn refuse(&self) {
        if let Some((index, arm)) = self.enabled().next() {
            arm.refuse();
            self.winner.set(index);
        }
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        self.enabled().for_each(|(_, arm)| arm.describe(tell));
    }
}

/// Chooses, and waits if no branch is ready: the index of the one that has its answer.
#[track_caller]
fn choose(arms: &impl Arms, order: Order, place: Place) -> usize {
    context::tick();
    let alts = pin!(Alts { arms, order, winner: Cell::new(0), claim: Cell::new(ptr::null()) });
    if alts.enabled().next().is_none() {
        panic!(
            "`alts` at {place} has no branch that could ever be ready: it would wait for ever. Give it one, or a default"
        );
    }
    if !alts.attempt() {
        context::wait(alts.as_ref(), "alts", Instruction::Alts, place);
    }
    alts.winner.get()
}

/// Chooses among the branches that are ready now, if any is.
fn choose_now(arms: &impl Arms, order: Order) -> Option<usize> {
    context::tick();
    let alts = Alts { arms, order, winner: Cell::new(0), claim: Cell::new(ptr::null()) };
    alts.attempt().then(|| alts.winner.get())
}

/// What can stand in the list given to [`alts`]: `&Channel`, `&Receiver`, or a [`Branch`].
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in the list given to `alts`",
    label = "a list of `&Channel`, of `&Receiver`, or of `Branch` is wanted"
)]
pub trait Alternative: Sized {
    /// What `alts` answers.
    type Answer;
    /// What `alts_default` answers.
    type Maybe;
    #[doc(hidden)]
    type Arm: Operation;
    #[doc(hidden)]
    type Tag;

    #[doc(hidden)]
    fn split(self) -> (Self::Arm, Self::Tag);
    #[doc(hidden)]
    fn answer(list: &List<Self>, winner: usize) -> Self::Answer;
    #[doc(hidden)]
    fn maybe(list: &List<Self>, winner: Option<usize>) -> Self::Maybe;
}

/// As many branches of a list as are kept without allocating.
const SHORT: usize = 8;

/// The branches of a list: in the caller's frame if they are few.
///
/// Invariant: once pinned, nothing is moved in or out.
pub struct List<A: Alternative> {
    short: [Option<(A::Arm, A::Tag)>; SHORT],
    long: Vec<(A::Arm, A::Tag)>,
    len: usize,
}

impl<A: Alternative> List<A> {
    fn new(branches: impl IntoIterator<Item = A>) -> Self {
        let mut branches = branches.into_iter();
        let mut list = List { short: [const { None }; SHORT], long: Vec::new(), len: 0 };
        for place in &mut list.short {
            let Some(branch) = branches.next() else { return list };
            *place = Some(branch.split());
            list.len += 1;
        }
        list.long = branches.map(A::split).collect();
        list.len += list.long.len();
        list
    }

    fn get(&self, index: usize) -> &(A::Arm, A::Tag) {
        match self.short.get(index) {
            Some(Some(branch)) => branch,
            _ => &self.long[index - SHORT],
        }
    }
}

impl<A: Alternative> Arms for Pin<&List<A>> {
    fn len(&self) -> usize {
        self.len
    }

    fn at(&self, index: usize) -> Option<Pin<&dyn Operation>> {
        // SAFETY: the list is pinned and its branches are never moved (invariant of `List`); those of a `Vec`
        // stay where they are as long as it is not changed.
        Some(unsafe { Pin::new_unchecked(&self.get_ref().get(index).0) })
    }
}

impl<'a, P: ReadPort + ?Sized> Alternative for &'a P {
    type Answer = (Option<P::Item>, &'a P);
    type Maybe = Option<(Option<P::Item>, &'a P)>;
    type Arm = P::Taking<'a>;
    type Tag = &'a P;

    fn split(self) -> (P::Taking<'a>, &'a P) {
        (self.taking(), self)
    }

    fn answer(list: &List<Self>, winner: usize) -> Self::Answer {
        let (arm, port) = list.get(winner);
        (arm.answer(), port)
    }

    fn maybe(list: &List<Self>, winner: Option<usize>) -> Self::Maybe {
        winner.map(|winner| Self::answer(list, winner))
    }
}

/// A branch of a list that takes and puts.
///
/// ```
/// use csp::{Branch, Outcome, prelude::*};
///
/// let (full, empty) = (Channel::buffered(1), Channel::buffered(1));
/// offer(&full, 1).unwrap();
/// let chosen = alts([Branch::Put(&full, 2), Branch::Take(&empty), Branch::Take(&full)]);
/// assert_eq!((chosen.index, chosen.outcome), (2, Outcome::Took(Some(1))));
/// assert_eq!(chosen.losers, [(0, 2)]);
/// ```
pub enum Branch<'a, T: 'static> {
    /// Take from this channel.
    Take(&'a Channel<T>),
    /// Put this value to this channel.
    Put(&'a Channel<T>, T),
}

/// Which branch of a list has happened, and what came of it.
#[non_exhaustive]
pub struct Chosen<T> {
    /// Its index in the list.
    pub index: usize,
    /// What came of it.
    pub outcome: Outcome<T>,
    /// The values of the puts that did not happen, each with the index of its branch.
    pub losers: Vec<(usize, T)>,
}

/// What came of the branch that has happened.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// What [`take`](crate::take) gives.
    Took(Option<T>),
    /// What [`put`](crate::put) gives.
    Put(Result<(), Closed<T>>),
}

impl<T> fmt::Debug for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Took(Some(_)) => "Took(Some(..))",
            Outcome::Took(None) => "Took(None)",
            Outcome::Put(Ok(())) => "Put(Ok(()))",
            Outcome::Put(Err(_)) => "Put(Err(Closed(..)))",
        })
    }
}

impl<T> fmt::Debug for Chosen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let losers: Vec<usize> = self.losers.iter().map(|(index, _)| *index).collect();
        f.debug_struct("Chosen")
            .field("index", &self.index)
            .field("outcome", &self.outcome)
            .field("losers", &losers)
            .finish()
    }
}

/// The operation of a [`Branch`].
pub struct BranchArm<'a, T: 'static>(Either<'a, T>);

enum Either<'a, T: 'static> {
    Take(Taking<'a, T, T>),
    Put(Putting<'a, T, T, Given<T>>),
}

impl<'a, T: 'static> BranchArm<'a, T> {
    fn operation(&self) -> &(dyn Operation + 'a) {
        match &self.0 {
            Either::Take(arm) => arm,
            Either::Put(arm) => arm,
        }
    }
}

impl<T: 'static> Operation for BranchArm<'_, T> {
    fn attempt(&self) -> bool {
        self.operation().attempt()
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: what `operation` refers to is a part of this, pinned with it and never moved out.
        let operation = unsafe { self.map_unchecked(|arm| arm.operation()) };
        // SAFETY: the caller vouches for the claim.
        unsafe { operation.enlist(claim, branch) }
    }

    fn prepare(&self) -> bool {
        self.operation().prepare()
    }

    fn withdraw(&self) {
        self.operation().withdraw();
    }

    fn settle(&self) -> bool {
        self.operation().settle()
    }

    fn refuse(&self) {
        self.operation().refuse();
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        self.operation().describe(tell);
    }
}

impl<'a, T: 'static> Branch<'a, T> {
    /// The values of the puts that have not happened.
    fn losers(list: &List<Self>, winner: Option<usize>) -> Vec<(usize, T)> {
        let losers = (0..list.len).filter(|&index| Some(index) != winner);
        losers
            .filter_map(|index| match &list.get(index).0.0 {
                Either::Take(_) => None,
                Either::Put(arm) => Some((index, arm.reclaim()?)),
            })
            .collect()
    }
}

impl<'a, T: 'static> Alternative for Branch<'a, T> {
    type Answer = Chosen<T>;
    type Maybe = Result<Chosen<T>, Vec<(usize, T)>>;
    type Arm = BranchArm<'a, T>;
    type Tag = ();

    fn split(self) -> (BranchArm<'a, T>, ()) {
        let arm = match self {
            Branch::Take(channel) => Either::Take(channel.taking()),
            Branch::Put(channel, value) => Either::Put(channel.putting(Given(Some(value)))),
        };
        (BranchArm(arm), ())
    }

    fn answer(list: &List<Self>, winner: usize) -> Chosen<T> {
        let outcome = match &list.get(winner).0.0 {
            Either::Take(arm) => Outcome::Took(arm.answer()),
            Either::Put(arm) => Outcome::Put(arm.answer()),
        };
        Chosen { index: winner, outcome, losers: Self::losers(list, Some(winner)) }
    }

    fn maybe(list: &List<Self>, winner: Option<usize>) -> Self::Maybe {
        match winner {
            Some(winner) => Ok(Self::answer(list, winner)),
            None => Err(Self::losers(list, None)),
        }
    }
}

/// Waits until one of the branches can happen, and lets it happen; nothing of the others does. Among several that
/// are ready, each has the same chance. A closed channel is always ready.
///
/// A list of `&Channel` (or `&Receiver`) answers with what was taken and the channel it came from; a list of
/// [`Branch`]es with a [`Chosen`]. For branches of different types there is the macro [`alts!`](crate::alts!).
///
/// While the process is being unwound, or its thread is panicking, it does not wait: the first branch answers as if
/// its channel were closed.
///
/// # Panics
/// If the list is empty. If it would have to wait and the caller is no process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let c = Channel::<i32>::new();
///     let t = timeout(Duration::from_secs(1));
///     let (value, chan) = alts([&c, &t]);
///     assert_eq!(value, None);
///     assert!(chan == t);
/// });
/// ```
///
/// ```
/// use csp::{Branch, Outcome, prelude::*};
///
/// let (a, b) = (Channel::buffered(1), Channel::<&str>::new());
/// let chosen = alts([Branch::Put(&a, "for a"), Branch::Put(&b, "for b")]);
/// assert_eq!(chosen.outcome, Outcome::Put(Ok(())));
/// assert_eq!(chosen.losers, [(1, "for b")]);
/// ```
#[track_caller]
pub fn alts<A: Alternative>(branches: impl IntoIterator<Item = A>) -> A::Answer {
    let place = Place::caller();
    let list = pin!(List::new(branches));
    let winner = choose(&list.as_ref(), Order::Random, place);
    A::answer(&list, winner)
}

/// As [`alts`], but among several that are ready the first in the list happens.
///
/// # Panics
/// As [`alts`].
///
/// ```
/// use csp::prelude::*;
///
/// let (urgent, other) = (Channel::buffered(1), Channel::buffered(1));
/// offer(&other, 1).unwrap();
/// offer(&urgent, 2).unwrap();
/// assert_eq!(alts_priority([&urgent, &other]).0, Some(2));
/// ```
#[track_caller]
pub fn alts_priority<A: Alternative>(branches: impl IntoIterator<Item = A>) -> A::Answer {
    let place = Place::caller();
    let list = pin!(List::new(branches));
    let winner = choose(&list.as_ref(), Order::Priority, place);
    A::answer(&list, winner)
}

/// As [`alts`], but never waits: if no branch is ready it answers `None`, or for [`Branch`]es `Err` with the values
/// of all puts.
///
/// ```
/// use csp::prelude::*;
///
/// let (a, b) = (Channel::<i32>::new(), Channel::buffered(1));
/// assert!(alts_default([&a, &b]).is_none());
/// offer(&b, 5).unwrap();
/// let (value, chan) = alts_default([&a, &b]).unwrap();
/// assert!(value == Some(5) && chan == b);
/// ```
#[track_caller]
pub fn alts_default<A: Alternative>(branches: impl IntoIterator<Item = A>) -> A::Maybe {
    let list = pin!(List::new(branches));
    let winner = choose_now(&list.as_ref(), Order::Random);
    A::maybe(&list, winner)
}

/// The branches of the macro.
struct Erased<'a, 'b>(&'a [Option<Pin<&'b dyn Operation>>]);

impl Arms for Erased<'_, '_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, index: usize) -> Option<Pin<&dyn Operation>> {
        self.0[index].map(|arm| arm as Pin<&dyn Operation>)
    }
}

/// What the macro says when no branch was ready and it has a default.
pub const DEFAULT: usize = usize::MAX;

/// The macro's way in: the index of the branch that has its answer.
#[track_caller]
pub fn select(arms: &[Option<Pin<&dyn Operation>>], order: Order, has_default: bool) -> usize {
    let place = Place::caller();
    match has_default {
        true => choose_now(&Erased(arms), order).unwrap_or(DEFAULT),
        false => choose(&Erased(arms), order, place),
    }
}

/// A branch as `select` sees it.
pub fn erase<'a, A: Arm + 'a>(arm: &'a Pin<&mut Option<A>>) -> Option<Pin<&'a (dyn Operation + 'a)>> {
    arm.as_ref().as_pin_ref().map(|arm| arm as Pin<&dyn Operation>)
}

/// The answer of the branch that has one.
pub fn answer<A: Arm>(arm: Pin<&Option<A>>) -> Option<A::Answer> {
    arm.as_pin_ref().map(|arm| arm.answer())
}

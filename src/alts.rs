//! Choice: at most one of several operations happens.
//!
//! One loop serves both forms. Attempt the branches that may be ready, in random order or as written; if none can
//! proceed, leave a waiter in each and park; whoever claims the process first has decided. The losers' waiters are
//! withdrawn in constant time each. Two choices may meet; one never meets itself, for nobody attempts anything while it is
//! enlisted.

mod future;

use std::cell::Cell;
use std::fmt;
use std::pin::{Pin, pin};
use std::ptr;

use arrayvec::ArrayVec;

use crate::channel::Channel;
use crate::choice;
use crate::context;
use crate::error::Closed;
use crate::operation::{Abroad, Arm, Instruction, Operation, Readiness};
use crate::place::Place;
use crate::port::{Given, ReadPort, WritePort};
use crate::report::Want;
use crate::wait::Claim;

pub use future::{AltsFuture, AsyncAlternative, alts_async, alts_async_priority};

/// The branches of a choice, wherever they are kept.
trait Arms {
    type Arm: Operation + ?Sized;

    /// Each branch in the order written; `None` if it is turned off.
    fn all(&self) -> impl ExactSizeIterator<Item = Option<Pin<&Self::Arm>>>;

    /// A branch; `None` if it is turned off, or there is no such.
    fn at(&self, index: usize) -> Option<Pin<&Self::Arm>>;
}

impl<A: Arms> Arms for &A {
    type Arm = A::Arm;

    #[inline(always)]
    fn all(&self) -> impl ExactSizeIterator<Item = Option<Pin<&A::Arm>>> {
        (**self).all()
    }

    #[inline(always)]
    fn at(&self, index: usize) -> Option<Pin<&A::Arm>> {
        (**self).at(index)
    }
}

/// In which order branches are attempted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Every ready branch has the same chance.
    Random,
    /// The first ready one as written.
    Priority,
}

/// As many branches as are remembered without allocating.
const FEW: usize = u64::BITS as usize;

/// From so many branches on, to attempt one at random before all are looked at is worth the throw of the die.
const MANY: usize = 16;

/// A choice while it is being made.
struct Alts<A: Arms> {
    arms: A,
    order: Order,
    /// The branch that has its answer.
    winner: Cell<usize>,
    /// Whether a branch was attempted in vain: code of the user's may have run, and changed another.
    disappointed: Cell<bool>,
    /// The claim it was enlisted with, which knows the branch that was decided for; null if enlisting has failed.
    claim: Cell<*const Claim>,
}

impl<A: Arms> Alts<A> {
    fn new(arms: A, order: Order) -> Self {
        Alts { arms, order, winner: Cell::new(0), disappointed: Cell::new(false), claim: Cell::new(ptr::null()) }
    }

    #[inline(always)]
    fn try_arm(&self, index: usize) -> bool {
        let done = self.arms.at(index).is_some_and(|arm| arm.attempt());
        if done {
            self.winner.set(index)
        } else {
            self.disappointed.set(true)
        }
        done
    }

    /// Attempts the branches that may be ready, in random order. Those that are known not to be need not be drawn: so
    /// the die is thrown only where there is a choice.
    #[inline(always)]
    fn try_random(&self, candidates: &mut [u64]) -> bool {
        for (index, arm) in self.arms.all().enumerate() {
            let may_be = arm.is_some_and(|arm| arm.readiness(ptr::null()) != Readiness::NotReady);
            candidates[index / FEW] |= u64::from(may_be) << (index % FEW);
        }
        while let Some(index) = draw(candidates) {
            if self.try_arm(index) {
                return true;
            }
        }
        false
    }

    /// Attempts one branch of many. Where most are ready it spares a look at all of them, and otherwise does no harm: each
    /// of those that can proceed keeps the same chance, if what must be attempted to be known is attempted here too.
    fn try_one(&self, len: usize) -> bool {
        let index = below(len as u32) as usize;
        let may_be = self.arms.at(index).is_some_and(|arm| arm.readiness(ptr::null()) != Readiness::NotReady);
        may_be && self.try_arm(index)
    }

    /// Whether an attempt in vain has made another branch ready.
    fn has_changed(&self) -> bool {
        self.disappointed.get() && self.enabled().any(|(_, arm)| arm.readiness(ptr::null()) == Readiness::Ready)
    }

    /// The branches that are on, each with its index.
    fn enabled(&self) -> impl Iterator<Item = (usize, Pin<&A::Arm>)> {
        self.arms.all().enumerate().filter_map(|(index, arm)| Some((index, arm?)))
    }
}

/// Takes one branch out of a set, a bit for each; all have the same chance.
#[inline(always)]
fn draw(candidates: &mut [u64]) -> Option<usize> {
    let alone = |word: u64| word & (word.wrapping_sub(1)) == 0;
    if let &mut [ref mut word] = candidates
        && alone(*word)
    {
        let index = word.trailing_zeros() as usize;
        return (std::mem::take(word) != 0).then_some(index);
    }
    draw_among(candidates)
}

fn draw_among(candidates: &mut [u64]) -> Option<usize> {
    let count: u32 = candidates.iter().map(|word| word.count_ones()).sum();
    let mut nth = if count == 0 { return None } else { below(count) };
    for (place, word) in candidates.iter_mut().enumerate() {
        let here = word.count_ones();
        if nth < here {
            let mut rest = *word;
            for _ in 0..nth {
                rest &= rest - 1;
            }
            let bit = rest.trailing_zeros();
            *word &= !(1 << bit);
            return Some(place * FEW + bit as usize);
        }
        nth -= here;
    }
    unreachable!("the number drawn is below the count")
}

fn below(bound: u32) -> u32 {
    context::with(|context| match context {
        Some(context) => context.choice.below(bound),
        None => choice::unseeded(0..bound),
    })
}

impl<A: Arms> Operation for Alts<A> {
    #[inline(always)]
    fn attempt(&self) -> bool {
        let len = self.arms.all().len();
        match self.order {
            Order::Priority => (0..len).any(|index| self.try_arm(index)),
            Order::Random if len < MANY => self.try_random(&mut [0]),
            Order::Random if len <= FEW => self.try_one(len) || self.try_random(&mut [0]),
            Order::Random => self.try_one(len) || self.try_random(&mut vec![0; len.div_ceil(FEW)]),
        }
    }

    fn prepare(&self) -> bool {
        // Each of them, also after one has changed something.
        self.enabled().fold(false, |changed, (_, arm)| arm.prepare() | changed)
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, _: u32) -> bool {
        for (index, arm) in self.enabled() {
            // A partner that is this choice itself does not count.
            let ready = self.disappointed.get() && arm.readiness(claim) == Readiness::Ready;
            // SAFETY: the caller vouches for the claim.
            if (ready || !unsafe { arm.enlist(claim, index as u32) }) && claim.shut() {
                self.withdraw();
                self.claim.set(ptr::null());
                return false;
            }
            // It could go on, or another thread has decided for a branch that was enlisted before.
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
        let settled = self.arms.at(index).is_some_and(|arm| arm.settle());
        if settled {
            self.winner.set(index);
        }
        settled
    }

    /// Counts never go back: their sum is the same only if each of them is.
    fn changes(&self) -> u64 {
        self.enabled().fold(0, |sum, (_, arm)| sum.wrapping_add(arm.changes()))
    }

    fn abroad(&self) -> Abroad {
        let (mut waits, mut shortest) = (false, None);
        for (index, arm) in self.enabled() {
            match arm.abroad() {
                Abroad::Never => return Abroad::Never,
                Abroad::Waits(_) => waits = true,
                Abroad::Limits(limit) if shortest.is_none_or(|(shortest, _)| limit < shortest) => {
                    shortest = Some((limit, index as u32));
                }
                Abroad::Limits(_) => {}
            }
        }
        if waits { Abroad::Waits(shortest) } else { Abroad::Never }
    }

    fn give_back(&self) {
        if let Some(arm) = self.arms.at(self.winner.get()) {
            arm.give_back();
        }
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
#[inline(always)]
fn choose(arms: &impl Arms, order: Order, place: Place) -> usize {
    context::tick();
    choose_counted(arms, order, place)
}

/// As [`choose`], for an operation that was counted already.
#[inline(always)]
fn choose_counted(arms: &impl Arms, order: Order, place: Place) -> usize {
    let alts = pin!(Alts::new(arms, order));
    if alts.enabled().next().is_none() {
        nothing_to_wait_for(place);
    }
    if !alts.attempt() {
        context::wait(alts.as_ref(), Instruction::Alts, place);
    }
    alts.winner.get()
}

#[cold]
#[inline(never)]
fn nothing_to_wait_for(place: Place) -> ! {
    panic!(
        "`alts` at {place} has no branch that could ever be ready: it would wait for ever. Give it one, or a default"
    );
}

/// Chooses among the branches that are ready now, if any is.
fn choose_now(arms: &impl Arms, order: Order) -> Option<usize> {
    context::tick();
    let alts = Alts::new(arms, order);
    loop {
        let changes = alts.changes();
        if alts.attempt() || (alts.has_changed() && alts.attempt()) {
            return Some(alts.winner.get());
        }
        // If another thread has changed one channel while we looked at another, there may never have been a moment at which
        // no branch could happen. Whoever makes this begin again has come on himself.
        if alts.changes() == changes {
            return None;
        }
    }
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
    /// Whether [`at_once`](Alternative::at_once) does anything.
    #[doc(hidden)]
    const AT_ONCE: bool = false;
    /// Attempts a few of many branches, before a place is made for each of them to wait in.
    #[doc(hidden)]
    fn at_once(_: &[Self]) -> Option<Self::Answer> {
        None
    }
    #[doc(hidden)]
    fn answer(list: &List<Self>, winner: usize) -> Self::Answer;
    #[doc(hidden)]
    fn maybe(list: &List<Self>, winner: Option<usize>) -> Self::Maybe;
}

/// As many branches of a list as are kept without allocating.
const SHORT: usize = 8;

/// How many branches of a long list are attempted before places are made for all. Where nothing is ready it is in vain, and then
/// costs a fraction of the wait.
const THROWS: usize = 8;

/// The branches of a list: in the caller's frame if they are few.
///
/// Invariant: once pinned, nothing is moved in or out.
pub struct List<A: Alternative> {
    short: ArrayVec<Split<A>, SHORT>,
    /// All of them, if they are more than `short` has room for.
    long: Vec<Split<A>>,
}

/// A branch as it is kept.
type Split<A> = (<A as Alternative>::Arm, <A as Alternative>::Tag);

impl<A: Alternative> List<A> {
    #[inline(always)]
    fn new(branches: impl IntoIterator<Item = A>) -> Self {
        let mut branches = branches.into_iter();
        let mut list = List { short: ArrayVec::new(), long: Vec::new() };
        while let Some(branch) = branches.next() {
            if list.short.is_full() {
                list.long.reserve_exact(SHORT + 1 + branches.size_hint().0);
                list.long.extend(list.short.take());
                list.long.extend(std::iter::once(branch).chain(branches).map(Alternative::split));
                break;
            }
            list.short.push(branch.split());
        }
        list
    }

    #[inline(always)]
    fn all(&self) -> &[Split<A>] {
        if self.long.is_empty() { &self.short } else { &self.long }
    }
}

impl<A: Alternative> Arms for Pin<&List<A>> {
    type Arm = A::Arm;

    #[inline(always)]
    fn all(&self) -> impl ExactSizeIterator<Item = Option<Pin<&A::Arm>>> {
        // SAFETY: the list is pinned and its branches are never moved (invariant of `List`); those of a `Vec`
        // stay where they are as long as it is not changed.
        self.get_ref().all().iter().map(|(arm, _)| Some(unsafe { Pin::new_unchecked(arm) }))
    }

    #[inline(always)]
    fn at(&self, index: usize) -> Option<Pin<&A::Arm>> {
        // SAFETY: as for `all`.
        self.get_ref().all().get(index).map(|(arm, _)| unsafe { Pin::new_unchecked(arm) })
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

    const AT_ONCE: bool = true;

    /// Each is drawn from all: so those that can proceed have the same chance.
    #[inline]
    fn at_once(ports: &[Self]) -> Option<Self::Answer> {
        (0..THROWS.min(ports.len() / 2)).find_map(|_| {
            let port = ports[below(ports.len() as u32) as usize];
            let arm = port.taking();
            arm.attempt().then(|| (arm.answer(), port))
        })
    }

    fn answer(list: &List<Self>, winner: usize) -> Self::Answer {
        let (arm, port) = &list.all()[winner];
        (arm.answer(), port)
    }

    fn maybe(list: &List<Self>, winner: Option<usize>) -> Self::Maybe {
        winner.map(|winner| Self::answer(list, winner))
    }
}

/// A branch of a list that takes and puts: local channels, or all of them [between threads](crate::sync::Channel).
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
pub enum Branch<'a, T: 'static, C = Channel<T>> {
    /// Take from this channel.
    Take(&'a C),
    /// Put this value to this channel.
    Put(&'a C, T),
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
pub struct BranchArm<G, P>(Either<G, P>);

enum Either<G, P> {
    Take(G),
    Put(P),
}

/// A channel that can be taken from and put to.
pub trait Both<T: 'static>: ReadPort<Item = T> + WritePort<Item = T> {}

impl<T: 'static, C: ReadPort<Item = T> + WritePort<Item = T>> Both<T> for C {}

impl<G: Operation, P: Operation> BranchArm<G, P> {
    fn operation<'a>(&self) -> &(dyn Operation + 'a)
    where
        Self: 'a,
    {
        match &self.0 {
            Either::Take(arm) => arm,
            Either::Put(arm) => arm,
        }
    }
}

impl<G: Operation, P: Operation> Operation for BranchArm<G, P> {
    fn attempt(&self) -> bool {
        self.operation().attempt()
    }

    fn readiness(&self, me: *const Claim) -> Readiness {
        self.operation().readiness(me)
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

    fn give_back(&self) {
        self.operation().give_back();
    }

    fn refuse(&self) {
        self.operation().refuse();
    }

    fn changes(&self) -> u64 {
        self.operation().changes()
    }

    fn abroad(&self) -> Abroad {
        self.operation().abroad()
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        self.operation().describe(tell);
    }
}

impl<T: 'static, C: Both<T>> Branch<'_, T, C> {
    /// The values of the puts that have not happened.
    fn losers(list: &List<Self>, winner: Option<usize>) -> Vec<(usize, T)> {
        let losers = (0..list.all().len()).filter(|&index| Some(index) != winner);
        losers
            .filter_map(|index| match &list.all()[index].0.0 {
                Either::Take(_) => None,
                Either::Put(arm) => {
                    arm.withdraw();
                    arm.answer().err().map(|Closed(value)| (index, value))
                }
            })
            .collect()
    }
}

impl<'a, T: 'static, C: Both<T>> Alternative for Branch<'a, T, C> {
    type Answer = Chosen<T>;
    type Maybe = Result<Chosen<T>, Vec<(usize, T)>>;
    type Arm = BranchArm<C::Taking<'a>, C::Putting<'a, Given>>;
    type Tag = ();

    fn split(self) -> (Self::Arm, ()) {
        let arm = match self {
            Branch::Take(channel) => Either::Take(channel.taking()),
            Branch::Put(channel, value) => Either::Put(channel.putting(value, Given)),
        };
        (BranchArm(arm), ())
    }

    fn answer(list: &List<Self>, winner: usize) -> Chosen<T> {
        let outcome = match &list.all()[winner].0.0 {
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
#[inline(always)]
#[track_caller]
pub fn alts<A: Alternative>(branches: impl IntoIterator<Item = A>) -> A::Answer {
    let place = Place::caller();
    let branches = branches.into_iter();
    if A::AT_ONCE && branches.size_hint().0 > SHORT {
        return alts_of_many(branches.collect(), place);
    }
    let list = pin!(List::new(branches));
    let winner = choose(&list.as_ref(), Order::Random, place);
    A::answer(&list, winner)
}

fn alts_of_many<A: Alternative>(branches: Vec<A>, place: Place) -> A::Answer {
    context::tick();
    if let Some(answer) = A::at_once(&branches) {
        return answer;
    }
    let list = pin!(List::new(branches));
    let winner = choose_counted(&list.as_ref(), Order::Random, place);
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
#[inline(always)]
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

impl<'b> Arms for Erased<'_, 'b> {
    type Arm = dyn Operation + 'b;

    fn all(&self) -> impl ExactSizeIterator<Item = Option<Pin<&Self::Arm>>> {
        self.0.iter().copied()
    }

    fn at(&self, index: usize) -> Option<Pin<&Self::Arm>> {
        self.0.get(index).copied().flatten()
    }
}

/// What the macro says when no branch was ready and it has a default.
pub const DEFAULT: usize = usize::MAX;

/// The macro's way in: the index of the branch that has its answer.
#[inline(always)]
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

//! Operations of the user's own, as branches of a choice.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::Waker;

use crate::context;
use crate::inside;
use crate::letterbox::Doorbell;
use crate::operation::{Arm, Operation};
use crate::report::Want;
use crate::wait::Claim;

/// Something a process can wait for beside channels and time, as the branch `op(…)` of [`alts!`](crate::alts!).
///
/// The contract is that of a future, cut in two: [`attempt`](Op::attempt) completes now or not at all;
/// [`enlist`](Op::enlist) leaves a waker with whoever will know when it is worth another attempt. The waker may be
/// cloned, kept, sent to other threads, and used more than once or never; used after the choice has been made, it does
/// nothing. As long as a clone of it exists somewhere, a scheduler in which nothing else can run waits for it instead
/// of reporting a deadlock.
///
/// All methods run in the process that makes the choice, with nothing borrowed. They must not wait: to try is a panic. A
/// waker that is woken in vain costs the choice its place in the queues of its other branches: it begins again.
///
/// ```
/// use csp::{Op, prelude::*};
/// use std::{sync::mpsc, task::Waker};
///
/// /// What a thread has computed.
/// struct Answer(mpsc::Receiver<u64>, mpsc::Sender<Waker>);
///
/// impl Op for Answer {
///     type Answer = u64;
///     fn attempt(&mut self) -> Option<u64> { self.0.try_recv().ok() }
///     fn enlist(&mut self, waker: &Waker) { self.1.send(waker.clone()).unwrap() }
/// }
///
/// csp::run(|| {
///     let ((answer, result), (waker, wakers)) = (mpsc::channel(), mpsc::channel::<Waker>());
///     std::thread::spawn(move || {
///         let waker = wakers.recv().unwrap();
///         answer.send(6 * 7).unwrap();
///         waker.wake();
///     });
///     alts! {
///         n = op(Answer(result, waker)) => assert_eq!(n, 42),
///         _ = sleep(Duration::from_secs(60)) => panic!("too late"),
///     }
/// });
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no operation", label = "a value that implements `Op` is wanted")]
pub trait Op {
    /// What it gives.
    type Answer;

    /// Completes now if it can.
    fn attempt(&mut self) -> Option<Self::Answer>;

    /// The process is about to wait: `waker` is to be woken when an attempt may succeed. If that is the case already,
    /// waking at once is right. It is called again, with another waker, before the process waits on after a wake that
    /// came to nothing; the new waker takes the place of the old.
    fn enlist(&mut self, waker: &Waker);

    /// The choice is over, and [`enlist`](Op::enlist) was called, once or more: the waker is not needed any more. Called
    /// once, whether this branch has won, another has, or the process is being unwound.
    fn withdraw(&mut self) {}

    /// The answer when the process must not wait: it is being unwound, and this is the choice's first branch.
    ///
    /// # Panics
    /// Unless it is overridden; a panic in a destructor that is run by unwinding aborts the program.
    fn refused(&mut self) -> Self::Answer {
        panic!(
            "`op({})` would have to wait while its process is being unwound: give the choice a default",
            self.describe()
        )
    }

    /// What reports say is waited for.
    fn describe(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

impl<O: Op + ?Sized> Op for &mut O {
    type Answer = O::Answer;

    fn attempt(&mut self) -> Option<O::Answer> {
        (**self).attempt()
    }

    fn enlist(&mut self, waker: &Waker) {
        (**self).enlist(waker);
    }

    fn withdraw(&mut self) {
        (**self).withdraw();
    }

    fn refused(&mut self) -> O::Answer {
        (**self).refused()
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// An [`Op`] as a branch.
///
/// Its code is the user's, so it runs in the process and never in the scheduler: the waker is left before the process
/// parks, and what the description says is asked then, too.
pub struct Waiting<O: Op> {
    /// What its branch is called.
    verb: &'static str,
    op: RefCell<O>,
    answer: Cell<Option<O::Answer>>,
    /// Whether it has left a waker.
    enlisted: Cell<bool>,
    /// Whether it was this branch that has hung up the process's doorbell.
    bell: Cell<bool>,
    description: RefCell<String>,
}

/// What the branch `op(…)` takes: an [`Op`], or what the library waits for in its own way.
#[diagnostic::on_unimplemented(message = "`{Self}` is no operation", label = "a value that implements `Op` is wanted")]
pub trait IntoArm {
    /// The branch.
    type Arm: Arm;

    /// Makes the branch.
    fn into_arm(self) -> Self::Arm;
}

impl<O: Op> IntoArm for O {
    type Arm = Waiting<O>;

    fn into_arm(self) -> Waiting<O> {
        waiting_as("op", self)
    }
}

/// The branch of an operation of the library's own, which has another name.
pub(crate) fn waiting_as<O: Op>(verb: &'static str, op: O) -> Waiting<O> {
    Waiting {
        verb,
        op: RefCell::new(op),
        answer: Cell::new(None),
        enlisted: Cell::new(false),
        bell: Cell::new(false),
        description: RefCell::default(),
    }
}

/// The branch of an operation.
pub fn waiting<T: IntoArm>(operation: T) -> T::Arm {
    operation.into_arm()
}

impl<O: Op> Waiting<O> {
    /// Runs the user's code.
    fn run<R>(&self, f: impl FnOnce(&mut O) -> R) -> R {
        let _inside = inside::enter("an `Op`");
        f(&mut self.op.borrow_mut())
    }

    /// Leaves a waker that reaches the running process in the wait that comes. All operations of one choice share a
    /// doorbell.
    fn leave_waker(&self) {
        context::with(|context| {
            let Some((context, process)) = context.and_then(|context| Some((context, context.process()?))) else {
                return;
            };
            if process.bell.get() == 0 {
                process.bell.set(context.next_bell());
                self.bell.set(true);
            }
            let waker = Waker::from(Doorbell::new(&context.letter_box, process.slot, process.bell.get()));
            self.enlisted.set(true);
            let description = self.run(|op| {
                op.enlist(&waker);
                op.describe()
            });
            *self.description.borrow_mut() = description;
        });
    }
}

impl<O: Op> Operation for Waiting<O> {
    fn attempt(&self) -> bool {
        let answer = self.run(O::attempt);
        let done = answer.is_some();
        self.answer.set(answer);
        done
    }

    /// What happens between the attempt and the waker wakes nobody: it is attempted once more after this.
    fn prepare(&self) -> bool {
        self.leave_waker();
        true
    }

    unsafe fn enlist(self: Pin<&Self>, _: &Claim, _: u32) -> bool {
        true
    }

    /// The waker stays until the branch is dropped: to take it back is the user's code.
    fn withdraw(&self) {}

    fn settle(&self) -> bool {
        false
    }

    fn refuse(&self) {
        let answer = self.run(O::refused);
        self.answer.set(Some(answer));
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: self.verb, object: self.description.borrow().clone() });
    }
}

impl<O: Op> Arm for Waiting<O> {
    type Answer = O::Answer;

    fn answer(&self) -> O::Answer {
        self.answer.take().expect("asked for when there is one")
    }
}

impl<O: Op> Drop for Waiting<O> {
    fn drop(&mut self) {
        if self.bell.get() {
            context::with(|context| {
                if let Some(process) = context.and_then(context::Context::process) {
                    process.bell.set(0);
                }
            });
        }
        if self.enlisted.get() {
            self.run(O::withdraw);
        }
    }
}

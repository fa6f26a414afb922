//! The central loop: runs whoever can run, reads what each process yields, parks it accordingly.
//!
//! Who runs first, decided once and pinned by tests:
//!
//! - What `go` makes, and whoever a put or take wakes, goes to the end of the queue; the one who did it
//!   goes on. (Go and core.async keep one "run next" place for the woken; it makes latency better and
//!   order hard to predict, and here the switch costs nothing to save.)
//! - First come, first served: whoever becomes runnable runs once after all who were runnable before. Nobody starves.
//! - `go_now` is the exception, for twisted-csp's order: child first, then its parent, then the others.
//! - Letters and timers are looked at between turns, and a turn ends when nobody can run, when there are letters, or
//!   after 256 steps: to read the clock costs as much as a step, and nobody's timer waits for a crowd. The order of the queue
//!   knows nothing of turns.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::blocks::Key;
use crate::body::Body;
use crate::census::Census;
use crate::context::{self, Config, Context, Entered};
use crate::id::ProcessId;
use crate::letterbox::Letter;
use crate::operation::Instruction;
use crate::poller::Network;
use crate::process::{Doom, Ending, Exit, Record, Spec, State, Step};
use crate::ready::{Kind, Node};
use crate::report::{Deadlock, Parked, ProcessPanic, RunError, say};
use crate::threads;
use crate::time::Time;
use crate::watch::Watch;

/// How many steps of processes a turn may make.
const STEPS_PER_TURN: u32 = 256;

/// What a turn came to.
pub(crate) enum Turn {
    /// Others can run at once.
    Busy,
    /// Nobody can run before `until`, or before somebody outside wakes them.
    Idle { until: Option<Time>, hints: Hints },
    /// Nobody can ever run again.
    Deadlock(Deadlock),
    /// Main has ended, or a panic is to leave `run`.
    Done,
}

/// What else whoever waits for an idle scheduler may want to know.
pub(crate) struct Hints {
    /// When the scheduler has something to tidy up, if it is turned then.
    pub(crate) rest: Option<Time>,
    /// Until when it does not pay to wake up for a timer, because a crowd of them comes.
    pub(crate) crowd: Time,
    /// Another thread may be about to wake somebody.
    pub(crate) abroad: bool,
    /// Calls that were given to other threads will come back.
    pub(crate) away: bool,
    /// Processes wait for the network.
    pub(crate) networking: bool,
}

impl Hints {
    /// When to turn an idle scheduler again at the latest, whose next timer is `until`.
    pub(crate) fn wake_at(&self, until: Option<Time>) -> Option<Time> {
        let until = until.map(|until| until.max(self.crowd));
        until.into_iter().chain(self.rest).min()
    }
}

/// One scheduler. It never blocks: whoever turns it waits.
pub(crate) struct Scheduler {
    context: Rc<Context>,
    main: Key,
    interrupted: bool,
}

impl Scheduler {
    /// A scheduler whose first process is `main`.
    pub(crate) fn new(config: Config, main: Spec, body: Box<dyn FnOnce()>) -> Scheduler {
        let context = Context::new(config);
        context.seen.set(context.clock.now());
        let main = spawn(&context, main, body, Queue::Last).slot;
        Scheduler { context, main, interrupted: false }
    }

    /// Runs whoever can run, until nobody can or for as long as a turn may take.
    pub(crate) fn turn(&mut self) -> Turn {
        let _entered = self.enter();
        self.read_letters();
        self.look_at_timers();
        self.run_ready();
        let context = &*self.context;
        let fatal = context.fatal.take();
        let failed = fatal.is_some();
        context.fatal.set(fatal);
        if failed || context.main_ended.get().is_some() {
            Turn::Done
        } else if self.can_run() {
            // Time must not pass before letters are read.
            Turn::Busy
        } else if let Some(until) = context.timers.next() {
            Turn::Idle { until: Some(until), hints: self.hints() }
        } else if context.awaited() {
            Turn::Idle { until: None, hints: self.hints() }
        } else if context.letter_box.has_letters() {
            // Written by somebody who has gone since: in that order, so nobody is missed.
            Turn::Busy
        } else {
            context.seen.set(context.clock.now());
            Turn::Deadlock(Deadlock { parked: parked(context) })
        }
    }

    /// Whether there are sockets to look at: also such as processes of other schedulers wait for.
    pub(crate) fn has_sockets(&self) -> bool {
        self.networks() || self.context.network.as_ref().is_some_and(Network::is_used)
    }

    /// What the clock says.
    pub(crate) fn now(&self) -> Time {
        self.context.clock.now()
    }

    /// Whether anybody can run now.
    pub(crate) fn can_run(&self) -> bool {
        !self.context.home.ready.is_empty() || self.context.letter_box.has_letters()
    }

    fn hints(&self) -> Hints {
        let (context, now) = (&*self.context, self.context.seen.get());
        let rest =
            [context.stacks.rest(now), context.table.rest(now), context.timers.rest(now)].into_iter().flatten().min();
        Hints {
            rest,
            crowd: now + context.timers.gap(),
            abroad: context.abroad.get() > 0,
            away: context.away.get() > 0,
            networking: self.networks(),
        }
    }

    /// Whether processes wait for the network.
    pub(crate) fn networks(&self) -> bool {
        self.context.networking.get() > 0
    }

    /// Waits a little for other threads: true if one of them has written.
    pub(crate) fn listen(&self) -> bool {
        threads::wait_a_little(|| self.context.letter_box.has_letters())
    }

    fn enter(&self) -> Entered {
        context::enter(&self.context)
    }

    fn read_letters(&mut self) {
        // SAFETY: they are this scheduler's.
        let letters = unsafe { self.context.letter_box.take_all(&self.context.home.ready) };
        for letter in letters {
            match letter {
                Letter::Wake { slot, bell } => {
                    if let Some(record) = self.context.table.get(slot) {
                        record.ring(bell);
                    }
                }
                Letter::Interrupt => {
                    self.interrupted = true;
                    // Its place is nobody else's: nothing is made after main has ended.
                    self.context.table.get(self.main).inspect(|main| main.kill());
                }
            }
        }
    }

    fn look_at_timers(&self) {
        let context = &*self.context;
        context.seen.set(context.clock.now());
        context.timers.run(context.seen.get());
    }

    fn run_ready(&self) {
        for _ in 0..STEPS_PER_TURN {
            if self.context.main_ended.get().is_some() || self.context.letter_box.has_letters() {
                return;
            }
            let Some(node) = self.context.home.ready.pop() else { return };
            self.prefetch_next();
            self.run_node(node);
        }
    }

    /// While one runs, what the next one needs can come.
    #[inline(always)]
    fn prefetch_next(&self) {
        let next = self.context.home.ready.first();
        if !next.is_null() {
            // SAFETY: it is queued, so its owner keeps it.
            let node = unsafe { &*next };
            Record::prefetch(node.behind());
            if matches!(node.kind(), Kind::Process) {
                // SAFETY: it is of that kind, and queued, so that its record is in the table.
                unsafe { Record::of(next) }.prefetch_stack();
            }
        }
    }

    #[inline(always)]
    fn run_node(&self, node: *const Node) {
        // SAFETY: it was popped just now, and its owner keeps a node that is queued.
        match unsafe { (*node).kind() } {
            // SAFETY: it is of that kind, and so begins a record, which is in the table; and was popped just now.
            Kind::Process => unsafe { self.run_process(node.cast()) },
            Kind::Task(key) => run_task(&self.context, key),
        }
    }

    /// Runs the process of this record up to where it waits, or ends; then the record is gone.
    ///
    /// # Safety
    /// The record is in the table and in no queue, and the caller uses no reference to it after this.
    #[inline(always)]
    unsafe fn run_process(&self, record: *const Record) {
        // SAFETY: it is in the table, and the reference ends with the call, before the record goes.
        let (slot, ended) = unsafe { ((*record).slot, self.step(&*record)) };
        if ended {
            // SAFETY: the table has it under this key. It is used no more: its process has ended, so it is in no queue, and
            // a handle looks for it in the table each time. `ended` has taken out whatever is the user's.
            unsafe { self.context.table.remove(slot) };
        }
    }

    /// True if the process has ended.
    #[inline(always)]
    fn step(&self, record: &Record) -> bool {
        let context = &*self.context;
        if record.state.get() == State::New && !start(context, record) {
            return true;
        }
        match &context.watch {
            None => self.step_by(record, Record::resume),
            Some(watch) => self.step_watched(record, watch),
        }
    }

    /// As [`step`](Scheduler::step), under the eyes of a watchdog.
    #[cold]
    #[inline(never)]
    fn step_watched(&self, record: &Record, watch: &Watch) -> bool {
        self.step_by(record, |record| resume_watched(record, watch))
    }

    #[inline(always)]
    fn step_by<'a>(&self, record: &'a Record, resume: impl Fn(&'a Record) -> Step<'a>) -> bool {
        let context = &*self.context;
        context.fill_budget();
        loop {
            context.set_process(Some(record));
            let step = resume(record);
            context.set_process(None);
            match step {
                Step::Yielded(instruction) => {
                    if !park(context, record, instruction) {
                        return false;
                    }
                }
                Step::Ended(exit) => {
                    ended(context, record, Some(exit));
                    return true;
                }
            }
        }
    }

    /// Main has ended, or has to: unwinds all processes, in order of making, and lets go of everything.
    ///
    /// What the user's code panics with is dealt with piece by piece. Should something get through all the same, the
    /// program ends here: half unwound, it would leave waiters behind whose processes are gone.
    pub(crate) fn finish(&mut self) {
        let unfinished = Unfinished;
        let _entered = self.enter();
        let context = &*self.context;
        context.ending.set(true);
        let mut records = Vec::new();
        context.table.for_each(|record| records.push((record.id, record.slot)));
        records.sort_unstable();
        for (id, slot) in records {
            // One that was abandoned is still there.
            if let Some(record) = context.table.get(slot).filter(|record| record.id == id && record.is_alive()) {
                record.kill();
                // Whoever is queued, killed just now or woken by a destructor, must not be when its record goes.
                self.empty_ready();
                // SAFETY: it was found in the table, and the queue is empty.
                unsafe { self.run_process(record) };
            }
        }
        for (_, task) in &*context.tasks.borrow() {
            task.withdraw();
        }
        // Before records and tasks go: the queue may hold their nodes still.
        self.empty_ready();
        let tasks = std::mem::take(&mut *context.tasks.borrow_mut());
        for (_, task) in tasks {
            context.drop_quietly(task);
        }
        context.timers.end();
        context.letter_box.shut();
        std::mem::forget(unfinished);
    }

    /// The processes that are parked now, or have not had a turn yet, but for main.
    pub(crate) fn leaks(&self) -> Vec<Parked> {
        self.context.seen.set(self.context.clock.now());
        let mut leaks = parked(&self.context);
        self.context.table.for_each(|record| leaks.extend(record.unstarted()));
        leaks.retain(|leak| leak.id != MAIN);
        leaks.sort_by_key(|leak| leak.id);
        leaks
    }

    pub(crate) fn census(&self) -> Census {
        self.context.census()
    }

    fn empty_ready(&self) {
        while self.context.home.ready.pop().is_some() {}
    }

    /// What is to be said instead of a value of main.
    pub(crate) fn failure(&self) -> RunError {
        match self.context.main_ended.get() {
            _ if self.interrupted => RunError::Interrupted,
            Some(Some(Doom::Stopped)) => RunError::Stopped,
            _ => RunError::Killed,
        }
    }

    /// The panic that is to leave `run`.
    pub(crate) fn fatal(&self) -> Option<Box<dyn Any + Send>> {
        self.context.fatal.take()
    }
}

/// Something that must not be left half done.
struct Unfinished;

impl Drop for Unfinished {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Where in the queue a new process goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    Last,
    /// The maker yields at once, and the scheduler runs the new one first.
    Next,
}

/// The number of main.
const MAIN: ProcessId = ProcessId(1);

/// Who a process is, for a handle that outlives it.
#[derive(Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) id: ProcessId,
    /// Its place in the table, which is another's once it has ended.
    pub(crate) slot: Key,
}

/// Makes a process.
///
/// Inlined, so that its closure is moved once, and not right after it was written: the processor would wait for that.
#[inline(always)]
pub(crate) fn spawn(context: &Context, spec: Spec, body: impl FnOnce() + 'static, queue: Queue) -> Identity {
    let id = ProcessId(context.made.add());
    if context.ending.get() {
        return stillborn(context, id, spec, Body::new(body));
    }
    let record = enter_in_table(context, id, spec);
    record.room.keep(Body::new(body));
    match queue {
        // SAFETY: the table keeps the record until its process has ended, and `finish` empties the queue.
        Queue::Last => _ = unsafe { context.home.ready.push(record.claim.node()) },
        Queue::Next => context.newborn.set(Some(record)),
    }
    Identity { id, slot: record.slot }
}

/// The record of a new process, without its body: that has to come before anybody else sees it.
fn enter_in_table(context: &Context, id: ProcessId, spec: Spec) -> &Record {
    let vacant = context.table.vacant();
    let slot = vacant.key();
    let record = vacant.fill(Record::new(id, slot, spec));
    // SAFETY: the queue is there as long as the context, which outlives the processes in its table.
    unsafe { record.claim.belong(&context.home) };
    record
}

/// What is made while everything is being unwound has ended before it began.
#[cold]
fn stillborn(context: &Context, id: ProcessId, spec: Spec, body: Body) -> Identity {
    let record = Record::new(id, Key::MAX, spec);
    record.state.set(State::Ended);
    context.ended.add();
    context.refusing(|| drop(body));
    finish_sequel(context, &record, Ending::Killed);
    Identity { id, slot: record.slot }
}

/// Every process that is parked, in order of making.
pub(crate) fn parked(context: &Context) -> Vec<Parked> {
    let mut parked = Vec::new();
    context.table.for_each(|record| parked.extend(record.parked(context.seen.get())));
    parked.sort_by_key(|parked| parked.id);
    parked
}

/// Gives a new process its stack, or drops its body if it was killed before it ran: false then.
fn start(context: &Context, record: &Record) -> bool {
    if record.doom.get().is_some() {
        ended(context, record, None);
        return false;
    }
    match context.stacks.take(record.stack_size) {
        Ok(stack) => {
            record.start(stack);
            true
        }
        Err(error) => {
            context.set_fatal(Box::new(format!(
                "no stack for {}, started at {}: {error}",
                record.title(),
                record.spawned_at
            )));
            record.doom.set(Some(Doom::Killed));
            ended(context, record, None);
            false
        }
    }
}

/// Lets the process run as [`Record::resume`] does, under the eyes of a watchdog.
fn resume_watched<'a>(record: &'a Record, watch: &Watch) -> Step<'a> {
    watch.begin(|| record.title(), record.spawned_at);
    let step = record.resume();
    let Step::Yielded(instruction) = &step else {
        watch.end(None, None);
        return step;
    };
    let gave_way_at = instruction.parking().map(|parking| parking.place);
    if !watch.has_told() || record.doom.get().is_some() {
        watch.end(gave_way_at, None);
        return step;
    }
    // It is suspended, and nobody knows yet: it can show where, and be suspended again.
    let (step, calls) = record.show_calls();
    watch.end(gave_way_at, calls);
    step
}

/// Does what a process has yielded. True if the process is to go on at once.
#[inline(always)]
fn park(context: &Context, record: &Record, instruction: &Instruction) -> bool {
    let Some(parking) = instruction.parking() else {
        if !matches!(instruction, Instruction::Yield) {
            return obey(context, record, instruction);
        }
        // SAFETY: the table keeps the record until its process has ended.
        unsafe { context.home.ready.push(record.claim.node()) };
        return false;
    };
    // SAFETY: the record, and so its claim, stays in the table until the process has ended; its process
    // withdraws its operation before that, and `finish` empties the queue.
    unsafe { record.claim.open() };
    record.set_waiting(instruction, context.seen.get());
    // SAFETY: it has just been yielded. The claim stays where it is, see above.
    let enlisted = unsafe { parking.operation().enlist(&record.claim, 0) };
    if !enlisted {
        // Somebody's code ran after the attempt and changed things: the process looks again.
        record.go_on();
    }
    !enlisted
}

/// Does what needs no operation. True if the process is to go on at once.
#[cold]
fn obey(context: &Context, record: &Record, instruction: &Instruction) -> bool {
    let node = record.claim.node();
    match instruction {
        // SAFETY: the table keeps both records until their processes have ended; neither is queued, the parent having
        // run until now, and the child having been made without.
        Instruction::GoNow => unsafe {
            context.home.ready.push_front(node);
            if let Some(child) = context.newborn.take() {
                context.home.ready.push_front((*child).claim.node());
            }
        },
        Instruction::Stop => {
            record.doom.set(Some(Doom::Stopped));
            return true;
        }
        Instruction::Abandon => abandon(context, record),
        _ => unreachable!("`park` does what is to be waited for, and yields"),
    }
    false
}

/// Gives up a process that does not let itself be unwound. Its stack, and all on it, stays for ever.
fn abandon(context: &Context, record: &Record) {
    say(format_args!(
        "{}, started at {}, has caught its unwinding too often: it is given up, and what is on its stack stays there for ever",
        record.title(),
        record.spawned_at
    ));
    if record.id == MAIN {
        say(format_args!("that process is main, which may borrow from the caller of `run`: cannot go on without it"));
        std::process::abort();
    }
    record.state.set(State::Ended);
    context.ended.add();
    finish_sequel(context, record, Ending::Killed);
    context.drop_quietly(record.take_left());
}

/// A process has ended, or will never start.
fn ended(context: &Context, record: &Record, exit: Option<Exit>) {
    if record.id == MAIN {
        context.main_ended.set(Some(record.doom.get()));
    }
    context.ended.add();
    if let Some(body) = record.end() {
        context.drop_quietly(body);
    }
    let ending = match exit {
        Some(exit) => record.ending(exit),
        None => Ending::Killed,
    };
    if let Some(stack) = record.take_stack() {
        context.stacks.give(stack);
    }
    finish_sequel(context, record, ending);
    if let Some(left) = record.take_left() {
        context.drop_quietly(left);
    }
}

/// Tells whoever waits for the process how it ended, and reports a panic nobody took.
fn finish_sequel(context: &Context, record: &Record, ending: Ending) {
    let is_main = record.id == MAIN;
    let unclaimed = match record.take_sequel() {
        Some(sequel) => match catch_unwind(AssertUnwindSafe(|| context.refusing(|| sequel(ending)))) {
            Ok(unclaimed) => unclaimed,
            Err(payload) => Some(payload),
        },
        None => match ending {
            Ending::Panicked(payload) => Some(payload),
            Ending::Stopped(Some(left)) => {
                context.drop_quietly(left);
                None
            }
            _ => None,
        },
    };
    match unclaimed {
        Some(payload) if is_main => {
            // Main's panic goes before any other.
            let other = context.fatal.replace(Some(payload));
            context.drop_quietly(other);
        }
        Some(payload) => {
            context.report_panic(ProcessPanic { who: record.title(), spawned_at: record.spawned_at, payload })
        }
        None => {}
    }
}

fn run_task(context: &Context, key: u32) {
    let Some(task) = context.tasks.borrow_mut().try_remove(key as usize) else { return };
    let spawned_at = task.place();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task.run())) {
        context.report_panic(ProcessPanic { who: "a callback".to_owned(), spawned_at, payload });
    }
}

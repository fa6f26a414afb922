//! The cases of twisted-csp's own test suite, group by group, in the words of this library: who comes from there finds
//! here what has stayed. Where the two differ, the test says so.

use csp::prelude::*;
use csp::{Buffer, Dropping, Fixed, PollError, Sliding};
use std::cell::Cell;
use std::rc::Rc;

/// A little while, of virtual time.
const SOON: Duration = Duration::from_millis(5);

/// How long the chains of operations are that must not deepen a stack: more than Python's limit of 1,000.
const LONG: u32 = 10_000;

/// A channel that delivers `x`, then closes.
fn identity_channel<T: 'static>(x: T) -> Channel<T> {
    let ch = Channel::buffered(1);
    let end = ch.clone();
    put_then_callback(&ch, x, move |_| close(&end)).unwrap();
    ch
}

/// The deferred form of a put: what comes of it, on a channel.
fn deferred_put<T: 'static>(ch: &Channel<T>, x: T) -> Channel<bool> {
    let answer = Channel::promise();
    let to = answer.clone();
    put_then_callback(ch, x, move |result| offer(&to, result.is_ok()).unwrap()).unwrap();
    answer
}

/// The deferred form of a take.
fn deferred_take<T: Clone + 'static>(ch: &Channel<T>) -> Channel<Option<T>> {
    let answer = Channel::promise();
    let to = answer.clone();
    take_then_callback(ch, move |value| offer(&to, value).unwrap()).unwrap();
    answer
}

/// Does `f` in a while.
fn later<T: 'static>(f: impl FnOnce() -> T + 'static) {
    go(move || {
        sleep(SOON);
        f()
    });
}

// Putting

#[csp::test]
fn putting_immediate_taken() {
    let ch = Channel::new();
    let inside = ch.clone();
    go(move || take(&inside));
    assert_eq!(put(&ch, 42), Ok(()));
}

#[csp::test]
fn putting_immediate_buffered() {
    let ch = Channel::buffered(1);
    assert_eq!(put(&ch, 42), Ok(()));
}

/// The original says False; here the value comes back as well.
#[csp::test]
fn putting_immediate_closed() {
    let ch = Channel::new();
    close(&ch);
    assert_eq!(put(&ch, 42), Err(Closed(42)));
}

#[csp::test]
fn putting_parked_taken() {
    let ch = Channel::new();
    let inside = ch.clone();
    later(move || take(&inside));
    assert_eq!(put(&ch, 42), Ok(()));
}

#[csp::test]
fn putting_parked_closed() {
    let ch = Channel::new();
    let inside = ch.clone();
    later(move || close(&inside));
    assert_eq!(put(&ch, 42), Err(Closed(42)));
}

/// The second put waits for room, and gets it from the take.
#[csp::test]
fn putting_parked_buffered() {
    let ch = Channel::buffered(1);
    let count = Rc::new(Cell::new(0));
    for _ in 0..2 {
        let count = count.clone();
        put_then_callback(&ch, 42, move |_| count.set(count.get() + 1)).unwrap();
    }
    let done = Channel::new();
    let (checked, result) = (count.clone(), done.clone());
    take_then_callback(&ch, move |_| {
        go(move || {
            yield_now();
            put(&result, checked.get())
        });
    })
    .unwrap();
    assert_eq!(take(&done), Some(2));
}

// Taking

#[csp::test]
fn taking_immediate_put() {
    let ch = Channel::new();
    let inside = ch.clone();
    go(move || put(&inside, 42));
    assert_eq!(take(&ch), Some(42));
}

#[csp::test]
fn taking_immediate_buffered() {
    let ch = Channel::buffered(1);
    put(&ch, 42).unwrap();
    assert_eq!(take(&ch), Some(42));
}

#[csp::test]
fn taking_immediate_closed() {
    let ch = Channel::<i32>::new();
    close(&ch);
    assert_eq!(take(&ch), None);
}

#[csp::test]
fn taking_parked_put() {
    let ch = Channel::new();
    let inside = ch.clone();
    later(move || put(&inside, 42));
    assert_eq!(take(&ch), Some(42));
}

#[csp::test]
fn taking_parked_closed() {
    let ch = Channel::<i32>::new();
    let inside = ch.clone();
    later(move || close(&inside));
    assert_eq!(take(&ch), None);
}

// Selecting

#[csp::test]
fn selecting_identity() {
    let ch = identity_channel(42);
    let (value, chan) = alts([&ch]);
    assert_eq!(value, Some(42));
    assert!(chan == ch);
}

#[csp::test]
fn selecting_default_value() {
    let ch = Channel::buffered(1);
    assert!(alts_default([&ch]).is_none());
    put(&ch, 53).unwrap();
    let (value, chan) = alts_default([&ch]).unwrap();
    assert_eq!(value, Some(53));
    assert!(chan == ch);
}

/// The same in the macro, where the default gives a value.
#[csp::test]
fn selecting_default_value_of_the_macro() {
    let ch = Channel::buffered(1);
    let choose = || alts! { value = take(&ch) => value.unwrap(), default => 42 };
    assert_eq!(choose(), 42);
    put(&ch, 53).unwrap();
    assert_eq!(choose(), 53);
    assert_eq!(choose(), 42);
}

/// Fifty channels, each with its number in it.
fn numbered() -> Vec<Channel<usize>> {
    (0..50)
        .map(|number| {
            let ch = Channel::buffered(1);
            put(&ch, number).unwrap();
            ch
        })
        .collect()
}

#[csp::test]
fn selecting_priority() {
    let chs = numbered();
    let values: Vec<usize> = chs.iter().map(|_| alts_priority(&chs).0.unwrap()).collect();
    assert_eq!(values, (0..50).collect::<Vec<_>>());
}

/// The original's test may fail by chance; here the seed decides.
#[csp::test]
fn selecting_no_priority() {
    let chs = numbered();
    let mut values: Vec<usize> = chs.iter().map(|_| alts(&chs).0.unwrap()).collect();
    assert_ne!(values, (0..50).collect::<Vec<_>>());
    values.sort_unstable();
    assert_eq!(values, (0..50).collect::<Vec<_>>(), "each is chosen once");
}

// Goroutine

/// In Python a yielded value that is no instruction comes straight back, after the others had their turn. Here values
/// need no yield to survive one.
#[csp::test]
fn goroutine_yielding_keeps_values() {
    let values = (42, vec![42], (42,), "x", None::<i32>, true, false, || 42);
    yield_now();
    assert_eq!((values.0, &values.1[..], values.2, values.3), (42, &[42][..], (42,), "x"));
    assert_eq!((values.4, values.5, values.6, (values.7)()), (None, true, false, 42));
}

#[csp::test]
fn goroutine_returning_value() {
    let ch = go_channel(|| 42);
    assert_eq!(take(&ch), Some(42), "the value is delivered");
    assert!(ch.is_closed(), "the channel is closed");
}

/// Python of that time cannot `return` from a generator: there, this is what the case above looks like.
#[csp::test]
fn goroutine_stopping_with_value() {
    let ch = go_channel(|| -> i32 { stop_with(42) });
    assert_eq!(take(&ch), Some(42), "the value is delivered");
    assert!(ch.is_closed(), "the channel is closed");
}

/// A result that says nothing is a result: it is not taken for the end of the channel.
#[csp::test]
fn goroutine_returning_closed() {
    let ch = go_channel(|| None::<i32>);
    assert_eq!(take(&ch), Some(None), "nothing is delivered");
    assert_eq!(take(&ch), None);
    assert!(ch.is_closed(), "the channel is closed");
}

// Process runner stack: what is ready at once, again and again, deepens no stack

/// Runs `f` in a process with a small stack.
fn on_a_small_stack(f: impl FnOnce() + 'static) {
    let done = Process::builder().stack_size(64 * 1024).go_deferred(f);
    done.wait().unwrap();
}

#[csp::test]
fn process_runner_stack_taking_from_closed_channel() {
    let ch = Channel::<i32>::new();
    close(&ch);
    on_a_small_stack(move || (0..LONG).for_each(|_| assert_eq!(take(&ch), None)));
}

#[csp::test]
fn process_runner_stack_putting_onto_closed_channel() {
    let ch = Channel::new();
    close(&ch);
    on_a_small_stack(move || (0..LONG).for_each(|i| assert_eq!(put(&ch, i), Err(Closed(i)))));
}

#[csp::test]
fn process_runner_stack_selecting_on_closed_channel() {
    let ch = Channel::new();
    close(&ch);
    on_a_small_stack(move || {
        for _ in 0..LONG {
            let chosen = alts([Branch::Take(&ch), Branch::Put(&ch, 1)]);
            assert!(matches!(chosen.outcome, Outcome::Took(None) | Outcome::Put(Err(Closed(1)))));
        }
    });
}

#[csp::test]
fn process_runner_stack_immediate_puts_and_takes() {
    let ch = Channel::buffered(1);
    on_a_small_stack(move || {
        for i in 0..LONG {
            put(&ch, i).unwrap();
            assert_eq!(take(&ch), Some(i));
        }
    });
}

/// A callback that asks for the next one: the chain is run turn by turn.
#[csp::test]
fn process_runner_stack_callbacks_that_ask_again() {
    fn count_down(ch: Channel<u32>, done: Channel<u32>) {
        let again = ch.clone();
        let next = move |value: Option<u32>| match value {
            Some(0) | None => offer(&done, 0).unwrap(),
            Some(n) => {
                offer(&again, n - 1).unwrap();
                count_down(again, done);
            }
        };
        take_then_callback(&ch, next).unwrap();
    }
    let (ch, done) = (Channel::buffered(1), Channel::promise());
    put(&ch, LONG).unwrap();
    count_down(ch, done.clone());
    assert_eq!(take(&done), Some(0));
}

// Deferred putting

#[csp::test]
fn deferred_putting_immediate_taken() {
    let ch = Channel::new();
    let _taking = deferred_take(&ch);
    assert_eq!(take(&deferred_put(&ch, 42)), Some(true));
}

#[csp::test]
fn deferred_putting_immediate_buffered() {
    let ch = Channel::buffered(1);
    assert_eq!(take(&deferred_put(&ch, 42)), Some(true));
}

#[csp::test]
fn deferred_putting_immediate_closed() {
    let ch = Channel::new();
    close(&ch);
    assert_eq!(take(&deferred_put(&ch, 42)), Some(false));
}

#[csp::test]
fn deferred_putting_parked_taken() {
    let ch = Channel::new();
    let inside = ch.clone();
    later(move || _ = deferred_take(&inside));
    assert_eq!(take(&deferred_put(&ch, 42)), Some(true));
}

#[csp::test]
fn deferred_putting_parked_closed() {
    let ch = Channel::new();
    let inside = ch.clone();
    later(move || close(&inside));
    assert_eq!(take(&deferred_put(&ch, 42)), Some(false));
}

#[csp::test]
fn deferred_putting_parked_buffered() {
    let ch = Channel::buffered(1);
    let puts = [deferred_put(&ch, 42), deferred_put(&ch, 42)];
    assert_eq!(take(&deferred_take(&ch)), Some(Some(42)));
    sleep(SOON);
    assert_eq!(puts.map(|answer| poll(&answer)), [Ok(true), Ok(true)], "the second (buffered) put succeeds");
}

// Deferred taking

#[csp::test]
fn deferred_taking_immediate_put() {
    let ch = Channel::new();
    let _putting = deferred_put(&ch, 42);
    assert_eq!(take(&deferred_take(&ch)), Some(Some(42)));
}

#[csp::test]
fn deferred_taking_immediate_buffered() {
    let ch = Channel::buffered(1);
    assert_eq!(take(&deferred_put(&ch, 42)), Some(true));
    assert_eq!(take(&deferred_take(&ch)), Some(Some(42)));
}

#[csp::test]
fn deferred_taking_immediate_closed() {
    let ch = Channel::<i32>::new();
    close(&ch);
    assert_eq!(take(&deferred_take(&ch)), Some(None));
}

#[csp::test]
fn deferred_taking_parked_put() {
    let ch = Channel::new();
    let inside = ch.clone();
    later(move || _ = deferred_put(&inside, 42));
    let taken = deferred_take(&ch);
    assert_eq!(poll(&taken), Err(PollError::Empty));
    assert_eq!(take(&taken), Some(Some(42)));
}

#[csp::test]
fn deferred_taking_parked_closed() {
    let ch = Channel::<i32>::new();
    let inside = ch.clone();
    later(move || close(&inside));
    assert_eq!(take(&deferred_take(&ch)), Some(None));
}

// Deferred selecting: a choice needs a process, and a process has a deferred

#[csp::test]
fn deferred_selecting_identity() {
    let ch = identity_channel(42);
    let (value, chan) = go_deferred(move || {
        let (value, chan) = alts([&ch]);
        (value, chan == ch)
    })
    .wait()
    .unwrap();
    assert_eq!((value, chan), (Some(42), true));
}

#[csp::test]
fn deferred_selecting_default_value() {
    let ch = Channel::buffered(1);
    let choose = |ch: &Channel<i32>| {
        let ch = ch.clone();
        go_deferred(move || alts_default([&ch]).map_or(Some(42), |(value, _)| value)).wait().unwrap()
    };
    assert_eq!(choose(&ch), Some(42));
    assert_eq!(take(&deferred_put(&ch, 53)), Some(true));
    assert_eq!(choose(&ch), Some(53));
}

#[csp::test]
fn deferred_selecting_priority() {
    let chs = Rc::new(numbered());
    for expected in 0..50 {
        let chs = chs.clone();
        assert_eq!(go_deferred(move || alts_priority(&*chs).0).wait().unwrap(), Some(expected));
    }
}

// Buffers

/// The original refuses to add to a full buffer; here it is the channel that does not add, and a transducer may.
#[test]
fn buffers_fixed() {
    let mut b = Fixed::new(2);
    assert_eq!((b.len(), b.is_empty(), b.is_full()), (0, true, false));
    assert_eq!((b.add(1), b.len(), b.is_full()), (None, 1, false));
    assert_eq!((b.add(2), b.len(), b.is_full()), (None, 2, true));
    assert_eq!((b.remove(), b.len(), b.is_full()), (Some(1), 1, false));
    assert_eq!((b.remove(), b.len()), (Some(2), 0));
    assert_eq!(b.remove(), None, "the original raises IndexError");
}

#[test]
fn buffers_dropping() {
    let mut b = Dropping::new(2);
    assert_eq!((b.len(), b.is_full()), (0, false));
    assert_eq!((b.add(1), b.len()), (None, 1));
    assert_eq!((b.add(2), b.len(), b.is_full()), (None, 2, false));
    assert_eq!((b.add(3), b.len()), (Some(3), 2), "the newest goes");
    assert_eq!((b.remove(), b.len(), b.is_full()), (Some(1), 1, false));
    assert_eq!((b.remove(), b.len()), (Some(2), 0));
    assert_eq!(b.remove(), None);
}

#[test]
fn buffers_sliding() {
    let mut b = Sliding::new(2);
    assert_eq!((b.len(), b.is_full()), (0, false));
    assert_eq!((b.add(1), b.len()), (None, 1));
    assert_eq!((b.add(2), b.len(), b.is_full()), (None, 2, false));
    assert_eq!((b.add(3), b.len()), (Some(1), 2), "the oldest goes");
    assert_eq!((b.remove(), b.len(), b.is_full()), (Some(2), 1, false));
    assert_eq!((b.remove(), b.len()), (Some(3), 0));
    assert_eq!(b.remove(), None);
}

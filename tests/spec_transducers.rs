//! Transducers on channels: section 7 of the rules, and where the others speak of them.

mod log;

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow::Continue;
use std::rc::Rc;

use csp::prelude::*;
use csp::{Flow, OfferError, PanicPolicy, PollError, Transducer, transducer};

/// Says what buffer a channel has.
type Build = fn(csp::ChannelBuilder<u32>) -> csp::ChannelBuilder<u32>;

/// All that can be taken now.
fn now_in<I: 'static, O: 'static>(c: &Channel<I, O>) -> Vec<O> {
    std::iter::from_fn(|| c.poll().ok()).collect()
}

/// Emits each value, and at the end the given one.
#[derive(Clone)]
struct AndLast<T>(T);

impl<T: Clone> Transducer<T> for AndLast<T> {
    type Out = T;

    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        emit(value)
    }

    fn finish(&mut self, emit: &mut impl FnMut(T) -> Flow) {
        _ = emit(self.0.clone());
    }
}

#[test]
#[should_panic(expected = "a channel with a transducer needs a buffer")]
fn spec_7_1_a_transducer_needs_a_buffer() {
    _ = Channel::builder().transducer(transducer::<u32>()).buffered(0).build();
}

#[test]
fn spec_7_1_what_is_put_and_what_is_taken_are_two_types() {
    let c: Channel<&str, usize> = Channel::builder().transducer(transducer().map(str::len)).buffered(1).build();
    c.offer("four").unwrap();
    assert_eq!(c.offer("no room"), Err(OfferError::Full("no room")));
    assert_eq!(c.poll(), Ok(4));
    let (out, into) = Channel::builder().transducer(transducer().map(str::len)).buffered(1).build_ends();
    offer(&out, "seven").unwrap();
    drop(out);
    assert_eq!((poll(&into), poll(&into)), (Ok(5), Err(PollError::Closed)));
}

#[test]
fn spec_7_1_the_size_may_be_named_before() {
    let sizes = [
        Channel::builder().buffered(2).transducer(transducer().map(i64::from)).build(),
        Channel::builder().dropping(2).transducer(transducer().map(i64::from)).build(),
        Channel::builder().sliding(2).transducer(transducer().map(i64::from)).build(),
    ];
    for c in &sizes {
        (1..=3).for_each(|n: i32| _ = c.offer(n));
    }
    assert_eq!(sizes.each_ref().map(now_in), [[1, 2], [1, 2], [2, 3]]);
}

#[test]
#[should_panic(expected = "say `transducer` before `promise` or `buffer`")]
fn spec_7_1_a_promise_is_named_after() {
    _ = Channel::<u32>::builder().promise().transducer(transducer());
}

#[test]
#[should_panic(expected = "say `transducer` before `on_drop`")]
fn spec_7_1_a_drop_hook_is_named_after() {
    _ = Channel::<u32>::builder().on_drop(drop).transducer(transducer());
}

#[test]
#[should_panic(expected = "one transducer")]
fn spec_7_1_there_is_one() {
    _ = Channel::<u32>::builder().transducer(transducer()).transducer(transducer());
}

#[test]
fn spec_7_2_values_go_through_in_order_of_acceptance_and_each_channel_has_its_own_state() {
    csp::run(|| {
        let sums = transducer().scan(0, |sum, n: i32| {
            *sum += n;
            *sum
        });
        let [a, b] = [(); 2].map(|()| Channel::builder().transducer(sums.clone()).buffered(1).build());
        for n in 1..=3 {
            let out = a.clone();
            go(move || put(&out, n).unwrap());
        }
        put(&b, 10).unwrap();
        yield_now();
        assert_eq!([take(&a), take(&a), take(&a)], [Some(1), Some(3), Some(6)]);
        assert_eq!(take(&b), Some(10));
    });
}

#[test]
fn spec_2_2_one_put_serves_as_many_takers_as_it_expands_to() {
    let builds: [Build; 3] = [|b| b.buffered(1), |b| b.dropping(1), |b| b.sliding(1)];
    for build in builds {
        csp::run(|| {
            let c = build(Channel::builder().transducer(transducer().flat_map(|n: u32| 0..n))).build();
            let log = log::Log::new();
            for taker in 0..3 {
                let (c, log) = (c.clone(), log.clone());
                go(move || log.add(format!("{taker}: {:?}", take(&c))));
            }
            yield_now();
            put(&c, 0).unwrap();
            yield_now();
            assert_eq!(log.seen(), [""; 0], "what is filtered out serves nobody, and is accepted");
            put(&c, 3).unwrap();
            yield_now();
            assert_eq!(log.seen(), ["0: Some(0)", "1: Some(1)", "2: Some(2)"]);
        });
    }
}

#[test]
fn spec_2_4_whether_it_is_full_is_asked_before_the_transducer() {
    csp::run(|| {
        let c = Channel::builder().transducer(transducer().filter(|n| n % 2 == 1)).buffered(1).build();
        put(&c, 1).unwrap();
        assert_eq!(c.offer(2), Err(OfferError::Full(2)));
        let out = c.clone();
        let putter = go(move || put(&out, 2).unwrap());
        yield_now();
        assert!(putter.is_alive(), "it waits, though its value would be filtered out");
        assert_eq!(take(&c), Some(1));
        yield_now();
        assert!(!putter.is_alive() && c.is_empty());
    });
}

#[test]
fn spec_3_1_several_putters_move_in_when_their_values_are_filtered_out() {
    csp::run(|| {
        let c = Channel::builder().transducer(transducer().filter(|n| n % 3 == 0)).buffered(1).build();
        for n in 0..=6 {
            let out = c.clone();
            go(move || put(&out, n).unwrap());
        }
        yield_now();
        let before = csp::stats().processes;
        assert_eq!(take(&c), Some(0));
        yield_now();
        assert_eq!(before - csp::stats().processes, 3, "1 and 2 were filtered out, 3 is in the buffer");
        assert_eq!((take(&c), take(&c)), (Some(3), Some(6)));
    });
}

#[test]
fn spec_6_2_an_overfilled_buffer_is_full_until_it_is_below_its_size() {
    let c = Channel::builder().transducer(transducer().flat_map(|n: u32| 0..n)).buffered(2).build();
    c.offer(4).unwrap();
    assert_eq!(c.len(), 4);
    for left in [3, 2] {
        c.poll().unwrap();
        assert_eq!((c.len(), c.offer(1)), (left, Err(OfferError::Full(1))));
    }
    c.poll().unwrap();
    c.offer(1).unwrap();
}

#[test]
fn spec_6_3_what_is_filtered_out_does_not_fulfil_a_promise() {
    csp::run(|| {
        let c = Channel::builder().transducer(transducer().filter(|n| n % 2 == 1)).promise().build();
        put(&c, 2).unwrap();
        assert_eq!(c.poll(), Err(PollError::Empty));
        put(&c, 3).unwrap();
        put(&c, 5).unwrap();
        assert_eq!((take(&c), take(&c)), (Some(3), Some(3)));
    });
}

#[test]
fn spec_7_3_a_transducer_that_wants_no_more_closes_its_channel() {
    csp::run(|| {
        let c = Channel::builder().transducer(transducer().take(2)).buffered(1).build();
        put(&c, 1).unwrap();
        let log = log::Log::new();
        for n in [2, 3, 4] {
            let (out, log) = (c.clone(), log.clone());
            go(move || log.add(put(&out, n).map_err(|closed| closed.0)));
        }
        yield_now();
        let closes = csp::census().closes;
        assert_eq!(take(&c), Some(1));
        yield_now();
        assert_eq!(log.seen(), [Ok(()), Err(3), Err(4)]);
        assert!(c.is_closed() && csp::census().closes == closes + 1);
        assert_eq!((take(&c), take(&c)), (Some(2), None), "the value of that step is kept");
    });
}

#[test]
fn spec_7_3_what_came_before_is_flushed() {
    let c = Channel::builder().transducer(transducer().take(3).partition_all(2)).buffered(9).build();
    for n in 1..=3 {
        c.offer(n).unwrap();
    }
    assert_eq!(c.offer(4), Err(OfferError::Closed(4)));
    assert_eq!(now_in(&c), [vec![1, 2], vec![3]]);
}

#[test]
fn spec_4_1_parked_takers_get_what_completion_emits_in_order_and_then_none() {
    csp::run(|| {
        let tail = transducer().partition_all(10).flat_map(|group: Vec<u32>| group);
        let c = Channel::builder().transducer(tail).buffered(1).build();
        let log = log::Log::new();
        for taker in 0..3 {
            let (c, log) = (c.clone(), log.clone());
            go(move || log.add(format!("{taker}: {:?}", take(&c))));
        }
        yield_now();
        put(&c, 7).unwrap();
        put(&c, 8).unwrap();
        yield_now();
        assert_eq!(log.seen(), [""; 0]);
        close(&c);
        yield_now();
        assert_eq!(log.seen(), ["0: Some(7)", "1: Some(8)", "2: None"]);
    });
}

#[test]
fn spec_4_2_completion_comes_after_the_puts_that_waited_when_it_was_drained() {
    csp::run(|| {
        let c = Channel::builder().transducer(AndLast(99)).buffered(1).build();
        put(&c, 1).unwrap();
        let out = c.clone();
        go_now(move || put(&out, 2).unwrap());
        drain(&c);
        assert_eq!(put(&c, 3), Err(Closed(3)));
        assert_eq!(c.iter().collect::<Vec<_>>(), [1, 2, 99]);
    });
}

#[test]
fn spec_4_2_completion_comes_though_the_last_put_was_withdrawn() {
    csp::run(|| {
        let c = Channel::builder().transducer(AndLast(99)).buffered(1).build();
        put(&c, 1).unwrap();
        let out = c.clone();
        let putter = go_now(move || put(&out, 2).unwrap());
        drain(&c);
        putter.kill();
        yield_now();
        let t = timeout::<i32>(Duration::ZERO);
        assert_eq!(take(&c), Some(1));
        assert_eq!(alts_priority([&c, &t]).0, Some(99));
        assert_eq!(take(&c), None);
    });
}

#[test]
fn spec_4_3_completion_runs_once_and_always_goes_in_and_the_transducer_is_dropped() {
    let builds: [Build; 3] = [|b| b.buffered(2), |b| b.dropping(2), |b| b.sliding(2)];
    for build in builds {
        let (drops, lost) = (Rc::new(()), Rc::new(Cell::new(0)));
        let (held, count) = (drops.clone(), lost.clone());
        let tail = transducer().inspect(move |_| _ = &held).then(AndLast(98)).then(AndLast(99));
        let c = build(Channel::builder().transducer(tail)).on_drop(move |_| count.set(count.get() + 1)).build();
        (1..=2).for_each(|n| c.offer(n).unwrap());
        assert_eq!(Rc::strong_count(&drops), 2);
        close(&c);
        assert_eq!(Rc::strong_count(&drops), 1, "it is dropped at once");
        close(&c);
        drain(&c);
        assert_eq!((now_in(&c), lost.get()), (vec![1, 2, 98, 99], 0));
    }
}

/// Emits a value, and then panics if it is odd.
#[derive(Clone)]
struct OddPanics;

impl Transducer<u32> for OddPanics {
    type Out = u32;

    fn step(&mut self, value: u32, emit: &mut impl FnMut(u32) -> Flow) -> Flow {
        emit(value)?;
        assert!(value.is_multiple_of(2), "{value} is odd");
        emit(value)
    }

    fn finish(&mut self, emit: &mut impl FnMut(u32) -> Flow) {
        _ = emit(100);
        panic!("at the end");
    }
}

#[test]
fn spec_7_4_the_handler_may_substitute_a_value_and_what_was_emitted_before_stays() {
    let c = Channel::builder()
        .transducer(OddPanics)
        .on_panic(|payload| match payload.downcast_ref::<String>() {
            Some(text) => text.ends_with("is odd").then_some(77),
            None => None,
        })
        .buffered(9)
        .build();
    [1, 2].into_iter().for_each(|n| c.offer(n).unwrap());
    c.close();
    assert_eq!(now_in(&c), [1, 77, 2, 2, 100]);
}

#[test]
fn spec_7_4_without_a_handler_the_policy_is_told_and_the_channel_lives() {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let list = told.clone();
    let policy = PanicPolicy::handler(move |panic| {
        list.lock().unwrap().push(format!("{}: {}", panic.who, panic.message()));
    });
    csp::Builder::new().panic_policy(policy).run(|| {
        let c = Channel::builder().transducer(OddPanics).name("pairs").buffered(9).build();
        [1, 2].into_iter().for_each(|n| put(&c, n).unwrap());
        close(&c);
        assert_eq!(c.iter().collect::<Vec<_>>(), [1, 2, 2, 100]);
    });
    assert_eq!(
        *told.lock().unwrap(),
        ["the transducer of channel `pairs`: 1 is odd", "the transducer of channel `pairs`: at the end"]
    );
}

#[test]
fn spec_7_4_a_panic_of_the_handler_is_reported_as_well() {
    let c = Channel::builder().transducer(OddPanics).on_panic(|_| panic!("of the handler")).buffered(9).build();
    csp::Builder::new().panic_policy(PanicPolicy::Propagate).try_run(|| ()).unwrap();
    c.offer(1).unwrap();
    assert_eq!(now_in(&c), [1]);
}

#[test]
fn spec_7_4_a_transducer_that_uses_its_own_channel_or_waits_panics_in_words() {
    let what = Rc::new(RefCell::new(Vec::new()));
    csp::run(|| {
        let own: Rc<RefCell<Option<Channel<u32>>>> = Rc::default();
        let (inner, list) = (own.clone(), what.clone());
        let uses = transducer().inspect(move |n| {
            let c = inner.borrow().clone().unwrap();
            match n {
                0 => _ = c.offer(7),
                1 => _ = c.poll(),
                2 => c.close(),
                3 => sleep(Duration::from_secs(1)),
                _ => stop(),
            }
        });
        let c = Channel::builder()
            .transducer(uses)
            .on_panic(move |payload| {
                list.borrow_mut().push(csp_message(&*payload));
                None
            })
            .buffered(9)
            .build();
        *own.borrow_mut() = Some(c.clone());
        (0..5).for_each(|n| put(&c, n).unwrap());
        assert!(c.is_empty() && !c.is_closed());
        own.borrow_mut().take();
    });
    let what = what.borrow();
    assert_eq!(what.len(), 5);
    assert!(what[..3].iter().all(|text| text.contains("a transducer has used the channel it belongs to")), "{what:?}");
    assert!(what[3..].iter().all(|text| text.contains("a transducer")), "{what:?}");
}

fn csp_message(payload: &(dyn std::any::Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "not text".to_owned(),
    }
}

#[test]
fn spec_2_5_other_channels_may_be_used_from_inside() {
    let seen = Channel::buffered(3);
    let copy = seen.clone();
    let c = Channel::builder().transducer(transducer().inspect(move |n| copy.offer(*n).unwrap())).buffered(3).build();
    (1..=3).for_each(|n| c.offer(n).unwrap());
    assert_eq!(now_in(&seen), [1, 2, 3]);
}

#[test]
fn spec_6_2_what_a_buffer_drops_goes_to_the_hook_when_all_is_done() {
    let lost = Rc::new(RefCell::new(Vec::new()));
    let list = lost.clone();
    let c = Channel::builder()
        .transducer(transducer().flat_map(|n: u32| 0..n))
        .sliding(2)
        .on_drop(move |n| list.borrow_mut().push(n))
        .build();
    c.offer(5).unwrap();
    assert_eq!((now_in(&c), &*lost.borrow()), (vec![3, 4], &vec![0, 1, 2]));
}

#[test]
fn spec_8_a_choice_puts_through_a_transducer_and_takes_from_one() {
    csp::run(|| {
        let c = Channel::builder().transducer(transducer().map(|n: u32| n * 10)).buffered(1).build();
        csp::alts! {
            answer = put(&c, 4) => assert!(answer.is_ok()),
        }
        csp::alts! {
            value = take(&c) => assert_eq!(value, Some(40)),
        }
    });
}

#[test]
fn spec_7_a_step_may_emit_nothing_and_the_rest_at_the_end() {
    /// Sorts.
    struct Sorted(Vec<u32>);
    impl Transducer<u32> for Sorted {
        type Out = u32;
        fn step(&mut self, value: u32, _: &mut impl FnMut(u32) -> Flow) -> Flow {
            self.0.push(value);
            Continue(())
        }
        fn finish(&mut self, emit: &mut impl FnMut(u32) -> Flow) {
            self.0.sort_unstable();
            _ = self.0.drain(..).try_for_each(emit);
        }
    }
    let c = Channel::builder().transducer(Sorted(Vec::new())).buffered(1).build();
    [3, 1, 2].into_iter().for_each(|n| c.offer(n).unwrap());
    c.close();
    assert_eq!(now_in(&c), [1, 2, 3]);
}

//! Operations over channels: section 12 of the rules. Each test counts the processes that are left.

mod log;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use csp::ops::{self, AtEnd, Input, Pipeline, Publisher, to_chan};
use csp::prelude::*;
use csp::{Transducer, transducer};
use log::Log;

/// Runs in virtual time; in the end no process is left but main.
fn run(main: impl FnOnce()) {
    csp::Builder::new().virtual_time().panic_policy(csp::PanicPolicy::handler(drop)).run(|| {
        main();
        // A chain ends link by link.
        sleep(Duration::from_secs(1));
        let parked = csp::parked();
        assert_eq!(csp::stats().processes, 1, "left behind: {parked:?}");
    });
}

fn all<P: ReadPort>(c: &P) -> Vec<P::Item> {
    std::iter::from_fn(|| take(c)).collect()
}

#[test]
fn spec_closed_waits_until_puts_fail_alone_and_in_a_choice() {
    let ends: [fn(&Channel<u32>); 2] = [Channel::close, Channel::drain];
    for end in ends {
        run(|| {
            let (c, log) = (Channel::new(), Log::new());
            for n in 0..2 {
                let (c, log) = (c.clone(), log.clone());
                go(move || {
                    closed(&c);
                    log.add(n);
                });
            }
            let (other, list) = (c.clone(), log.clone());
            go(move || {
                alts! {
                    () = closed(&other) => list.add(2),
                    _ = take(&other) => list.add(99),
                    _ = sleep(Duration::from_secs(60)) => list.add(98),
                }
            });
            yield_now();
            assert_eq!(log.seen(), []);
            end(&c);
            yield_now();
            let mut seen = log.seen();
            seen.retain(|&n| n != 99);
            assert!(seen == [0, 1, 2] || seen == [0, 1], "{seen:?}");
            closed(&c);
        });
    }
}

#[test]
fn spec_closed_is_told_when_the_last_receiver_goes() {
    run(|| {
        let (out, into) = channel::<u32>(0);
        go(move || drop(into));
        closed(&out);
        assert!(out.is_closed());
    });
}

#[test]
fn spec_closed_leaves_no_trace_when_it_loses() {
    run(|| {
        let c = Channel::<u32>::buffered(1);
        for _ in 0..3 {
            alts! {
                () = closed(&c) => unreachable!(),
                _ = sleep(Duration::from_secs(1)) => {}
            }
        }
        close(&c);
    });
}

#[test]
fn spec_12_1_pipe_carries_all_and_ends_its_output() {
    run(|| {
        let to = Channel::new();
        ops::pipe(to_chan(1..=3), to.clone(), AtEnd::Close);
        assert_eq!(all(&to), [1, 2, 3]);
        let to = Channel::buffered(9);
        ops::pipe(to_chan(1..=3), to.clone(), AtEnd::Leave);
        sleep(Duration::from_secs(1));
        assert_eq!((to.len(), to.is_closed()), (3, false));
    });
}

#[test]
fn spec_12_pipe_stops_when_its_output_is_closed_and_gives_the_value_back() {
    run(|| {
        let (from, to) = (Channel::buffered(2), Channel::new());
        let pipe = ops::pipe(from.clone(), to.clone(), AtEnd::Close);
        yield_now();
        close(&to);
        yield_now();
        assert!(!pipe.is_alive(), "while it waited for its input");
        put(&from, 1).unwrap();
        put(&from, 2).unwrap();
        let to = Channel::new();
        let pipe = ops::pipe(from.clone(), to.clone(), AtEnd::Close);
        yield_now();
        assert_eq!(from.len(), 1, "one is on its way");
        close(&to);
        yield_now();
        assert!(!pipe.is_alive());
        assert_eq!((take(&from), take(&from)), (Some(1), Some(2)), "nothing is lost");
    });
}

#[test]
fn spec_12_pipe_takes_nothing_for_an_output_that_is_closed_already() {
    run(|| {
        let (from, to) = (to_chan([1]), Channel::new());
        close(&to);
        ops::pipe(from.clone(), to, AtEnd::Leave);
        yield_now();
        assert_eq!(take(&from), Some(1));
    });
}

#[test]
fn spec_12_pipe_ends_its_output_when_it_is_killed() {
    run(|| {
        let (from, to) = (Channel::<u32>::new(), Channel::new());
        let pipe = ops::pipe(from, to.clone(), AtEnd::Close);
        yield_now();
        pipe.kill();
        assert_eq!(take(&to), None);
    });
}

#[test]
fn spec_12_2_split_sends_each_to_its_side_and_ends_both() {
    run(|| {
        let (odd, even) = ops::split(to_chan(1..=5), |n| n % 2 == 1);
        let even = ops::collect::<Vec<_>, _>(even);
        assert_eq!(all(&odd), [1, 3, 5]);
        assert_eq!(take(&even), Some(vec![2, 4]));
    });
}

#[test]
fn spec_12_2_split_stops_when_either_output_is_closed() {
    for side in 0..2 {
        for parked in [false, true] {
            run(|| {
                let from = Channel::buffered(1);
                if parked {
                    put(&from, 1).unwrap();
                }
                let (yes, no) = ops::split(from.clone(), |_| true);
                yield_now();
                yield_now();
                let (gone, left) = if side == 0 { (yes, no) } else { (no, yes) };
                drop(gone);
                assert_eq!(take(&left), None, "both end");
                if parked {
                    assert_eq!(take(&from), Some(1), "and the value has gone back");
                }
            });
        }
    }
}

#[test]
fn spec_12_2_split_ends_both_when_its_function_panics() {
    run(|| {
        let (yes, no) = ops::split(to_chan([1]), |_| panic!("of the user"));
        assert_eq!((take(&yes), take(&no)), (None::<i32>, None));
    });
}

#[test]
fn spec_12_3_map_takes_one_of_each_and_ends_with_the_first() {
    run(|| {
        let (a, b, c) = (to_chan(1..), to_chan(vec![10, 20]), to_chan(100..));
        let sums = ops::map([a.clone(), b, c.clone()], |row| row.into_iter().sum::<i32>());
        assert_eq!(all(&sums), [111, 123]);
        assert_eq!((take(&a), take(&c)), (Some(3), Some(102)), "what was taken for a row that did not come goes back");
        drop((a, c));
        assert_eq!(take(&ops::map(Vec::<Channel<u32>>::new(), |row| row.len())), None);
    });
}

#[test]
fn spec_12_3_map_ends_its_output_when_its_function_panics() {
    run(|| {
        let numbers = to_chan(1..);
        let out = ops::map([numbers.clone()], |_| -> u32 { panic!("of the user") });
        assert_eq!(take(&out), None);
        drop(numbers);
    });
}

#[test]
fn spec_12_4_merge_ends_with_the_last_of_its_inputs() {
    run(|| {
        let (a, b) = (Channel::new(), Channel::new());
        let both = ops::merge([a.clone(), b.clone()]);
        go(move || {
            put(&a, 1).unwrap();
            close(&a);
            put(&b, 2).unwrap();
            close(&b);
        });
        assert_eq!(all(&both), [1, 2]);
        assert_eq!(take(&ops::merge(Vec::<Channel<u32>>::new())), None);
    });
}

#[test]
fn spec_12_4_merge_lets_go_of_all_its_inputs_when_its_output_is_closed() {
    run(|| {
        let (full, (out, empty)) = (to_chan(1..), channel(0));
        let both = ops::merge([full.clone(), empty]);
        assert_eq!(take(&both), Some(1));
        yield_now();
        drop(both);
        yield_now();
        assert_eq!(take(&full), Some(2), "the one that was on its way has gone back");
        drop(full);
        assert!(out.is_closed(), "and the other was let go of");
    });
}

#[test]
fn spec_12_5_reduce_and_collect_deliver_once_when_the_input_has_ended() {
    run(|| {
        let sum = ops::reduce(to_chan(1..=10), 0, |sum, n| sum + n);
        assert_eq!((take(&sum), take(&sum)), (Some(55), None));
        assert_eq!(take(&ops::collect::<Vec<u32>, _>(to_chan(0..0))), Some(vec![]));
    });
}

#[test]
fn spec_12_5_transduce_honours_early_termination_completes_once_and_leaves_its_input() {
    run(|| {
        let numbers = to_chan(1..);
        let groups = transducer().take(5).partition_all(2);
        let all = ops::transduce(numbers.clone(), groups, Vec::new(), |mut all, group: Vec<i32>| {
            all.push(group);
            all
        });
        assert_eq!(take(&all), Some(vec![vec![1, 2], vec![3, 4], vec![5]]));
        assert_eq!(take(&numbers), Some(6));
        drop(numbers);
    });
}

#[test]
fn spec_12_5_a_function_that_panics_ends_the_result() {
    run(|| assert_eq!(take(&ops::reduce(to_chan([1]), 0, |_, _| panic!("of the user"))), None));
}

#[test]
fn spec_12_6_take_n_reads_exactly_n() {
    run(|| {
        let numbers = to_chan(1..);
        assert_eq!(all(&ops::take_n(2, numbers.clone())), [1, 2]);
        assert_eq!(all(&ops::take_n(0, numbers.clone())), []);
        assert_eq!(take(&numbers), Some(3));
        drop(numbers);
        assert_eq!(all(&ops::take_n(2, to_chan([7]))), [7]);
    });
}

#[test]
fn spec_12_7_items_are_asked_for_one_by_one_and_not_when_nobody_wants_them() {
    run(|| {
        let asked = Rc::new(Cell::new(0));
        let count = asked.clone();
        let items = to_chan((1..).inspect(move |_| count.set(count.get() + 1)));
        assert_eq!((take(&items), take(&items)), (Some(1), Some(2)));
        yield_now();
        assert_eq!(asked.get(), 3);
        drop(items);
        let c = Channel::buffered(3);
        ops::onto_chan(c.clone(), [1, 2], AtEnd::Leave);
        yield_now();
        assert!(c.len() == 2 && !c.is_closed());
    });
}

#[test]
fn spec_12_through_stops_with_its_output_and_with_its_transducer() {
    run(|| {
        let numbers = to_chan(1..);
        let some = ops::through(numbers.clone(), transducer().filter(|n| n % 2 == 0).take(2));
        assert_eq!(all(&some), [2, 4]);
        assert_eq!(take(&numbers), Some(5));
        let never = ops::through(Channel::<u32>::new(), transducer());
        yield_now();
        drop((never, numbers));
        assert_eq!(all(&ops::unique(to_chan([1, 1, 2]))), [1, 2]);
    });
}

#[test]
fn spec_12_zip_and_interleave_end_with_the_first_and_give_back() {
    run(|| {
        let a = to_chan(1..);
        assert_eq!(all(&ops::zip(a.clone(), to_chan(["x"]))), [(1, "x")]);
        assert_eq!(take(&a), Some(2));
        drop(a);
        assert_eq!(all(&ops::interleave([to_chan(vec![1, 2]), to_chan(vec![10])])), [1, 10, 2]);
        assert_eq!(all(&ops::interleave(Vec::<Channel<u32>>::new())), []);
    });
}

/// Takes so many seconds for each number, and counts how many are at work, and how many were at most.
fn counted_work(
    busy: &Rc<Cell<u32>>,
    most: &Rc<Cell<u32>>,
    seconds: fn(u64) -> u64,
) -> impl FnMut(u64) -> u64 + Clone + use<> {
    let (busy, most) = (busy.clone(), most.clone());
    move |n| {
        busy.set(busy.get() + 1);
        most.set(most.get().max(busy.get()));
        sleep(Duration::from_secs(seconds(n)));
        busy.set(busy.get() - 1);
        n
    }
}

#[test]
fn spec_12_8_pipeline_keeps_the_order_with_at_most_n_at_work() {
    run(|| {
        let (busy, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let work = transducer().map(counted_work(&busy, &most, |n| n * 7919 % 10));
        let to = Channel::new();
        ops::pipeline(3, to.clone(), work, to_chan(1..=20), AtEnd::Close);
        assert_eq!(all(&to), (1..=20).collect::<Vec<_>>());
        assert_eq!((busy.get(), most.get()), (0, 3));
    });
}

#[test]
fn spec_12_8_pipeline_has_a_fresh_transducer_for_each_value() {
    run(|| {
        let to = Channel::new();
        let twice_once = transducer().flat_map(|n: u32| [n, n, n]).take(2).partition_all(9);
        ops::pipeline(2, to.clone(), twice_once, to_chan(1..=3), AtEnd::Leave);
        assert_eq!([take(&to), take(&to), take(&to)], [1, 2, 3].map(|n| Some(vec![n, n])));
        yield_now();
        assert!(!to.is_closed());
    });
}

#[test]
fn spec_12_8_pipeline_takes_at_most_twice_n_and_one_ahead() {
    for n in 1..=4 {
        run(|| {
            let asked = Rc::new(Cell::new(0));
            let count = asked.clone();
            let (numbers, to) = (Channel::new(), Channel::new());
            let source = numbers.clone();
            go(move || {
                for i in 0.. {
                    put(&source, i).or_stop();
                    count.set(i + 1);
                }
            });
            ops::pipeline(n, to.clone(), transducer::<usize>(), numbers.clone(), AtEnd::Close);
            sleep(Duration::from_secs(1));
            assert!((n..=2 * n + 1).contains(&asked.get()), "{} for {n}", asked.get());
            close(&to);
            sleep(Duration::from_secs(1));
            close(&numbers);
        });
    }
}

#[test]
fn spec_12_8_pipeline_stops_with_its_output_while_it_waits_for_its_input() {
    run(|| {
        let (from, to) = (Channel::<u32>::new(), Channel::new());
        ops::pipeline(3, to.clone(), transducer(), from.clone(), AtEnd::Close);
        yield_now();
        close(&to);
        yield_now();
        assert!(offer(&from, 1).is_err(), "nobody waits for it");
    });
}

#[test]
fn spec_12_8_a_value_whose_function_panics_gives_nothing_and_the_others_go_on() {
    run(|| {
        let to = Channel::new();
        let picky = transducer().map(|n: u32| if n == 2 { panic!("of the user") } else { n });
        ops::pipeline(2, to.clone(), picky, to_chan(1..=4), AtEnd::Close);
        assert_eq!(all(&to), [1, 3, 4]);
    });
}

#[test]
fn spec_12_8_pipeline_async_waits_for_outputs_that_are_kept_and_counts_dropped_ones_as_closed() {
    run(|| {
        let to = Channel::new();
        let later = |n: u64, out: Sender<u64>| {
            if n == 2 {
                return;
            }
            go(move || {
                sleep(Duration::from_secs(10 - n));
                (0..n).for_each(|_| put(&out, n).or_stop());
            });
        };
        ops::pipeline_async(4, to.clone(), later, to_chan(1..=3), AtEnd::Close);
        assert_eq!(all(&to), [1, 3, 3, 3]);
    });
}

#[test]
fn spec_12_8_those_who_have_done_do_not_wait_for_the_slowest() {
    run(|| {
        let (start, to) = (now(), Channel::new());
        // While the first takes 10 seconds, the other one of two can do as many as there is room for.
        let work = transducer().map(|n: u64| sleep(Duration::from_secs(if n == 0 { 10 } else { 2 })));
        ops::pipeline(2, to.clone(), work, to_chan(0..4), AtEnd::Close);
        assert_eq!((all(&to).len(), (now() - start).as_secs()), (4, 10));
    });
}

#[test]
fn spec_12_8_an_unordered_pipeline_puts_what_is_done_first() {
    run(|| {
        let (busy, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let work = transducer().map(counted_work(&busy, &most, |n| 10 - n));
        let to = Channel::new();
        Pipeline::new(3).unordered().run(to.clone(), work, to_chan(1..=6), AtEnd::Close);
        // 1, 2 and 3 end after 9, 8 and 7 seconds; then 4, 5 and 6 take 6, 5 and 4.
        assert_eq!(all(&to), [3, 2, 1, 4, 5, 6]);
        assert_eq!((busy.get(), most.get()), (0, 3));
    });
}

#[test]
fn spec_12_8_an_unordered_pipeline_takes_no_more_than_n_until_somebody_takes_and_stops_with_its_output() {
    run(|| {
        let asked = Rc::new(Cell::new(0));
        let count = asked.clone();
        let (from, to) = (ops::to_chan((0..).inspect(move |_| count.set(count.get() + 1))), Channel::new());
        Pipeline::new(2).unordered().run(to.clone(), transducer::<u32>(), from, AtEnd::Close);
        sleep(Duration::from_secs(1));
        assert!(asked.get() <= 3, "two, and the one that the input is putting: {}", asked.get());
        close(&to);
    });
}

#[test]
fn spec_12_8_the_value_of_a_panic_handler_takes_the_place_of_what_panicked() {
    for ordered in [true, false] {
        run(|| {
            let to = Channel::new();
            let picky = transducer().flat_map(|n: u32| [n, 10 * n]).inspect(|&n| assert_ne!(n, 20, "of the user"));
            let told = |payload: Box<dyn std::any::Any + Send>| {
                assert!(payload.downcast_ref::<String>().is_some_and(|text| text.contains("of the user")));
                Some(0)
            };
            let pipeline = Pipeline::new(2).on_panic(told);
            let pipeline = if ordered { pipeline } else { pipeline.unordered() };
            pipeline.run(to.clone(), picky, to_chan(1..=3), AtEnd::Close);
            let mut seen = all(&to);
            if !ordered {
                seen.sort();
                assert_eq!(seen, [0, 1, 2, 3, 10, 30]);
            } else {
                assert_eq!(seen, [1, 10, 2, 0, 3, 30], "what it had put before counts");
            }
        });
    }
}

#[test]
fn spec_12_8_a_panic_handler_may_skip_the_value_and_is_not_told_of_a_stop() {
    run(|| {
        let to = Channel::new();
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        let work = |n: u32, out: Sender<u32>| match n {
            1 => panic!("of the user"),
            2 => stop(),
            n => put(&out, n).or_stop(),
        };
        let pipeline = Pipeline::new(2).on_panic(move |_| {
            count.set(count.get() + 1);
            None
        });
        pipeline.run_async(to.clone(), work, to_chan(1..=3), AtEnd::Close);
        assert_eq!((all(&to), told.get()), (vec![3], 1));
    });
}

#[test]
fn spec_12_8_a_pipeline_of_blocking_calls_holds_up_nobody_and_keeps_the_order() {
    // In real time: the clock does not wait for other threads.
    csp::run(|| {
        let (unlock, locked) = std::sync::mpsc::channel::<u32>();
        let locked = std::sync::Arc::new(std::sync::Mutex::new(locked));
        let wait = transducer().flat_map(move |n: u32| match n {
            1 => vec![locked.lock().unwrap().recv().unwrap(), 1],
            n => vec![n],
        });
        let to = Channel::new();
        ops::pipeline_blocking(3, to.clone(), wait, to_chan(1..=3), AtEnd::Close);
        go(move || unlock.send(100).unwrap());
        assert_eq!(all(&to), [100, 1, 2, 3]);
    });
}

#[test]
#[should_panic(expected = "the least is 1")]
fn spec_12_8_a_pipeline_of_nobody_is_refused() {
    _ = Pipeline::<u32>::new(0);
}

#[test]
fn spec_12_9_every_tap_gets_every_value_and_the_slowest_sets_the_pace() {
    run(|| {
        let (source, log) = (Channel::new(), Log::new());
        let all = ops::mult(source.clone());
        for (name, pause) in [("fast", 0), ("slow", 10)] {
            let (tap, log) = (Channel::new(), log.clone());
            all.tap(&tap, AtEnd::Close);
            all.tap(&tap, AtEnd::Close);
            go(move || {
                for n in &tap {
                    log.add((name, n));
                    sleep(Duration::from_secs(pause));
                }
                log.add((name, 0));
            });
        }
        let start = now();
        (1..=3).for_each(|n| put(&source, n).unwrap());
        put(&source, 4).unwrap();
        assert_eq!((now() - start).as_secs(), 20, "4 is accepted when all have accepted 3");
        close(&source);
        sleep(Duration::from_secs(60));
        for name in ["fast", "slow"] {
            let seen: Vec<i32> = log.seen().into_iter().filter(|entry| entry.0 == name).map(|entry| entry.1).collect();
            assert_eq!(seen, [1, 2, 3, 4, 0], "{name}");
        }
    });
}

#[test]
fn spec_12_9_without_taps_values_are_dropped_and_a_tap_after_the_end_is_ended_at_once() {
    run(|| {
        let source = Channel::new();
        let all = ops::mult(source.clone());
        (1..=3).for_each(|n| put(&source, n).unwrap());
        close(&source);
        yield_now();
        let (late, kept) = (Channel::new(), Channel::new());
        all.tap(&late, AtEnd::Close);
        all.tap(&kept, AtEnd::Leave);
        assert_eq!(take(&late), None::<i32>);
        assert!(!kept.is_closed());
    });
}

#[test]
fn spec_12_9_a_tap_that_goes_while_the_mult_waits_for_it_releases_it_at_once() {
    type Go = fn(&ops::Mult<u32>, &Channel<u32>);
    let ways: [Go; 3] = [|_, tap| close(tap), |all, tap| all.untap(tap), |all, _| all.untap_all()];
    for (number, go_away) in ways.into_iter().enumerate() {
        run(|| {
            let (source, tap, other) = (Channel::buffered(4), Channel::new(), Channel::buffered(4));
            let all = ops::mult(source.clone());
            all.tap(&tap, AtEnd::Close);
            all.tap(&other, AtEnd::Close);
            (1..=2).for_each(|n| put(&source, n).unwrap());
            yield_now();
            assert_eq!((source.len(), other.len()), (1, 1), "it waits for the one");
            go_away(&all, &tap);
            yield_now();
            assert_eq!(source.len(), 0);
            assert_eq!(other.len(), if number == 2 { 1 } else { 2 });
            assert_eq!(tap.is_closed(), number == 0, "untapped, it is left as it is");
            close(&source);
        });
    }
}

#[test]
fn spec_12_9_a_tap_may_drop_or_slide_for_itself() {
    run(|| {
        let source = Channel::new();
        let all = ops::mult(source.clone());
        let taps = [Channel::buffered(9), Channel::dropping(2), Channel::sliding(2)];
        taps.iter().for_each(|tap| all.tap(tap, AtEnd::Close));
        (1..=4).for_each(|n| put(&source, n).unwrap());
        close(&source);
        yield_now();
        assert_eq!(
            taps.each_ref().map(|tap| tap.iter().collect::<Vec<_>>()),
            [vec![1, 2, 3, 4], vec![1, 2], vec![3, 4]]
        );
    });
}

#[test]
fn spec_12_9_a_clone_that_panics_ends_the_taps() {
    #[derive(Debug, PartialEq)]
    struct Bad;
    impl Clone for Bad {
        fn clone(&self) -> Self {
            panic!("of the user")
        }
    }
    run(|| {
        let (source, tap) = (Channel::new(), Channel::new());
        ops::mult(source.clone()).tap(&tap, AtEnd::Close);
        put(&source, Bad).unwrap();
        assert_eq!(take(&tap), None);
    });
}

#[test]
fn spec_12_9_a_receiver_of_a_mult_is_untapped_when_it_is_dropped_and_ends_with_the_source() {
    run(|| {
        let source = Channel::new();
        let news = ops::mult(source.clone());
        let (a, b) = (news.receiver(0), news.receiver(1));
        let other = source.clone();
        go(move || {
            (1..=3).for_each(|n| put(&other, n).or_stop());
            close(&other);
        });
        assert_eq!((take(&a), take(&b)), (Some(1), Some(1)));
        yield_now();
        drop(a); // the mult waits for it
        assert_eq!(all(&b), [2, 3]);
        assert_eq!(take(&news.receiver(0)), None, "tapped after the end");
    });
}

#[test]
fn spec_12_9_to_untap_all_ends_receivers() {
    run(|| {
        let source = Channel::<u32>::new();
        let news = ops::mult(source.clone());
        let a = news.receiver(0);
        news.untap_all();
        assert_eq!(take(&a), None);
        close(&source);
    });
}

/// Endless numbers, from `first` on; and how many were taken.
fn counting(first: u32) -> (Channel<u32>, Rc<Cell<u32>>) {
    let (c, count) = (Channel::new(), Rc::new(Cell::new(0)));
    let (out, taken) = (c.clone(), count.clone());
    go(move || {
        for n in first.. {
            put(&out, n).or_stop();
            taken.set(taken.get() + 1);
        }
    });
    (c, count)
}

/// The hundreds of thousands of the next two hundred values: of twenty, one time in a hundred an input is not among them by chance.
fn heard(out: &Channel<u32>) -> Vec<u32> {
    // One may be on its way from before.
    take(out).unwrap();
    let mut hundreds: Vec<u32> = out.iter().take(200).map(|n| n / 100_000).collect();
    hundreds.sort_unstable();
    hundreds.dedup();
    hundreds
}

#[test]
fn spec_12_10_soloed_beats_muted_and_paused_in_both_modes() {
    use csp::ops::SoloMode::{Mute, Pause};
    for mode in [Mute, Pause] {
        run(|| {
            let out = Channel::new();
            let desk = ops::mix(out.clone());
            desk.solo_mode(mode);
            let inputs = [0, 100_000, 200_000, 300_000].map(counting);
            let [a, b, c, d] = inputs.each_ref().map(|input| &input.0);
            inputs.iter().for_each(|input| desk.admix(&input.0));
            assert_eq!(heard(&out), [0, 1, 2, 3]);
            desk.toggle(a, |a| a.mute = true);
            desk.toggle(b, |b| b.pause = true);
            assert_eq!(heard(&out), [2, 3]);
            let before = inputs.each_ref().map(|input| input.1.get());
            heard(&out);
            let after = inputs.each_ref().map(|input| input.1.get());
            assert!(after[0] > before[0], "muted ones are read");
            assert_eq!(after[1], before[1], "paused ones are not");
            desk.toggle(a, |a| a.solo = true);
            desk.toggle(b, |b| b.solo = true);
            assert_eq!(heard(&out), [0, 1], "soloed ones are heard, muted or paused");
            let before = inputs.each_ref().map(|input| input.1.get());
            heard(&out);
            let after = inputs.each_ref().map(|input| input.1.get());
            assert_eq!(after[2] > before[2], mode == Mute, "the others are read only where they are muted");
            desk.toggle(a, |a| *a = ops::Attributes::default());
            desk.toggle(b, |b| b.solo = false);
            desk.admix(b);
            assert_eq!(heard(&out), [0, 2, 3], "to add one that is there changes nothing: it is still paused");
            desk.unmix(c);
            assert_eq!(heard(&out), [0, 3]);
            close(a);
            assert_eq!(heard(&out), [3], "those that end are removed");
            desk.unmix_all();
            desk.admix(b);
            desk.toggle(b, |b| b.pause = false);
            assert_eq!(heard(&out), [1]);
            close(&out);
            [b, c, d].into_iter().for_each(close);
        });
    }
}

#[test]
fn spec_12_10_a_mix_ends_with_its_output_and_gives_back_what_it_holds() {
    run(|| {
        let (out, input) = (Channel::new(), Channel::buffered(2));
        let desk = ops::mix(out.clone());
        desk.admix(&input);
        put(&input, 1).unwrap();
        put(&input, 2).unwrap();
        yield_now();
        yield_now();
        close(&out);
        yield_now();
        yield_now();
        assert_eq!((take(&input), take(&input)), (Some(1), Some(2)));
        let idle = Channel::<u32>::new();
        _ = ops::mix(idle.clone());
        yield_now();
        close(&idle);
    });
}

#[test]
fn spec_12_10_the_inputs_of_a_mix_may_be_receivers_which_it_lets_go_of() {
    run(|| {
        let (out, heard) = channel(0);
        let (one, other) = (Channel::new(), to_chan(1..));
        let desk = ops::mix(out);
        desk.admix(&one);
        desk.admix(&other);
        desk.unmix(&one);
        drop(other);
        assert_eq!([take(&heard), take(&heard)], [Some(1), Some(2)]);
        assert!(offer(&one, 99).is_err());
        drop(heard);
        yield_now();
        let late = to_chan(1..);
        desk.admix(late); // nobody hears it: it is let go of
        assert_eq!(format!("{desk:?}"), "[]");
    });
}

#[test]
fn spec_12_10_a_mix_without_handles_ends_with_its_last_input() {
    run(|| {
        let (out, heard) = channel(0);
        let desk = ops::mix(out);
        desk.admix(to_chan([1, 2]));
        drop(desk);
        assert_eq!(all(&heard), [1, 2]);
        let heard = Channel::new();
        let desk = ops::mix(heard.clone());
        desk.admix(to_chan([3]));
        drop(desk);
        assert_eq!(all(&heard), [3], "also what is no sender is ended");
        let (out, heard) = channel::<u32>(0);
        let desk = ops::mix(out);
        yield_now(); // it waits for an input
        drop(desk);
        assert_eq!(all(&heard), []);
    });
}

#[test]
fn spec_12_4_channels_and_receivers_can_be_merged() {
    run(|| {
        let c = Channel::new();
        let both = ops::merge([Input::from(&c), to_chan([1]).into()]);
        assert!(put(&c, 2).is_ok());
        close(&c);
        let mut seen = all(&both);
        seen.sort();
        assert_eq!(seen, [1, 2]);
    });
}

#[test]
fn spec_12_11_values_go_to_those_who_subscribed_to_their_topic_and_others_are_dropped() {
    run(|| {
        let source = Channel::new();
        let all = ops::publish(source.clone(), 1, |n: &u32| n % 3);
        let [zero, one, again] = [(); 3].map(|()| Channel::buffered(9));
        all.sub(0, &zero, AtEnd::Close);
        all.sub(1, &one, AtEnd::Close);
        all.sub(1, &again, AtEnd::Leave);
        (0..9).for_each(|n| put(&source, n).unwrap());
        close(&source);
        assert_eq!(zero.iter().collect::<Vec<_>>(), [0, 3, 6]);
        assert_eq!(one.iter().collect::<Vec<_>>(), [1, 4, 7]);
        assert_eq!((again.len(), again.is_closed()), (3, false));
        let late = Channel::new();
        all.sub(0, &late, AtEnd::Close);
        assert_eq!(take(&late), None);
    });
}

#[test]
fn spec_12_11_each_topic_has_its_own_buffer_and_a_hook_sees_what_nobody_subscribed_to() {
    run(|| {
        let (source, log) = (Channel::new(), Log::new());
        let unmatched = log.clone();
        let asked = Log::new();
        let topics = asked.clone();
        let publisher = Publisher::by(|n: &u32| n % 3).on_unmatched(move |n| unmatched.add(n)).buffers(move |topic| {
            topics.add(*topic);
            *topic as usize
        });
        let by_rest = publisher.run(source.clone());
        let (ones, twos) = (by_rest.receiver(1, 0), by_rest.receiver(2, 0));
        let more = by_rest.receiver(2, 0);
        assert_eq!(asked.seen(), [1, 2], "once for each topic");
        drop(more);
        // A topic's buffer, and one that its taps wait with.
        for n in [0, 2, 5, 8, 1, 4] {
            let put_at_once = Rc::new(Cell::new(false));
            let (done, to) = (put_at_once.clone(), source.clone());
            go(move || {
                put(&to, n).or_stop();
                done.set(true);
            });
            sleep(Duration::from_secs(1));
            assert!(put_at_once.get(), "{n}");
        }
        assert_eq!(log.seen(), [0]);
        drop(ones);
        assert_eq!([take(&twos), take(&twos), take(&twos)], [Some(2), Some(5), Some(8)]);
        close(&source);
        assert_eq!(take(&twos), None);
        assert_eq!(take(&by_rest.receiver(1, 0)), None, "subscribed after the end");
    });
}

#[test]
fn spec_12_11_who_has_subscribed_to_two_topics_is_ended_with_the_last_of_them() {
    run(|| {
        let source = Channel::new();
        let topics = ops::publish(source.clone(), 2, |n: &u32| n % 2);
        let both = Channel::new();
        topics.sub(0, &both, AtEnd::Close);
        topics.sub(1, &both, AtEnd::Close);
        go(move || {
            [1, 3, 5, 7, 2].into_iter().for_each(|n| put(&source, n).unwrap());
            close(&source);
        });
        let mut seen = Vec::new();
        for n in &both {
            sleep(Duration::from_secs(1));
            seen.push(n);
        }
        seen.sort();
        assert_eq!(seen, [1, 2, 3, 5, 7], "nothing is lost");
    });
}

#[test]
fn spec_12_11_to_leave_one_of_two_topics_ends_nothing() {
    run(|| {
        let source = Channel::new();
        let topics = ops::publish(source.clone(), 0, |n: &u32| n % 2);
        let both = Channel::buffered(9);
        topics.sub(0, &both, AtEnd::Close);
        topics.sub(1, &both, AtEnd::Close);
        topics.unsub(&0, &both);
        put(&source, 1).unwrap();
        yield_now();
        assert!(!both.is_closed());
        close(&source);
        assert_eq!(all(&both), [1]);
    });
}

#[test]
fn spec_12_9_to_tap_again_changes_only_how_it_ends() {
    run(|| {
        for (first, then) in [(AtEnd::Close, AtEnd::Leave), (AtEnd::Leave, AtEnd::Close)] {
            let source = Channel::<u32>::new();
            let (all, tap) = (ops::mult(source.clone()), Channel::new());
            all.tap(&tap, first);
            all.tap(&tap, then);
            close(&source);
            yield_now();
            assert_eq!(tap.is_closed(), then == AtEnd::Close);
        }
    });
}

#[test]
fn spec_12_11_topics_without_subscribers_are_forgotten() {
    type Leave = fn(&ops::Publication<u32, u32>, &Channel<u32>);
    let ways: [Leave; 4] =
        [|all, c| all.unsub(&1, c), |all, _| all.unsub_topic(&1), |all, _| all.unsub_all(), |_, c| close(c)];
    for (number, leave) in ways.into_iter().enumerate() {
        run(|| {
            let source = Channel::new();
            let all = ops::publish(source.clone(), 1, |n: &u32| *n);
            let c = Channel::new();
            all.sub(1, &c, AtEnd::Close);
            put(&source, 1).unwrap();
            yield_now();
            leave(&all, &c);
            (0..9).for_each(|_| {
                put(&source, 1).unwrap();
                sleep(Duration::from_secs(1));
            });
            assert_eq!(c.is_closed(), number == 3, "who leaves is left as it was");
            assert_eq!(format!("{all:?}"), "Publication(0 topics)");
            let again = Channel::buffered(9);
            all.sub(1, &again, AtEnd::Close);
            put(&source, 1).unwrap();
            close(&source);
            assert_eq!(again.iter().count(), 1, "one may come back");
        });
    }
}

#[test]
fn spec_12_11_a_topic_function_that_panics_ends_the_subscribers() {
    run(|| {
        let source = Channel::new();
        let all = ops::publish(source.clone(), 1, |n: &u32| if *n == 0 { panic!("of the user") } else { *n });
        let c = Channel::buffered(9);
        all.sub(1, &c, AtEnd::Close);
        put(&source, 1).unwrap();
        put(&source, 0).unwrap();
        assert_eq!(c.iter().count(), 1);
    });
}

#[test]
fn spec_12_a_chain_ends_when_what_comes_out_of_it_is_let_go_of() {
    run(|| {
        let numbers = ops::through(to_chan(1..), transducer().map(|n: u64| n * n));
        let (even, odd) = ops::split(numbers, |n| n % 2 == 0);
        let merged = ops::merge([ops::unique(even), odd]);
        let pairs = ops::zip(merged, ops::interleave([to_chan(1..), to_chan(1..)]));
        assert_eq!(take(&pairs), Some((1, 1)));
        drop(pairs);
    });
}

#[test]
fn spec_12_operations_read_as_a_chain_as_well() {
    use csp::ops::Operations;
    run(|| {
        let numbers = to_chan(1..).map(|n: u64| n / 2).unique().filter(|n| n % 2 == 0).take_n(4);
        let (small, large) = numbers.split(|n| *n < 4);
        let large = large.collect::<Vec<_>>();
        let labelled = small.zip(to_chan(["a", "b"])).through(transducer().map(|(n, label)| format!("{label}{n}")));
        assert_eq!(all(&labelled), ["a0", "b2"]);
        assert_eq!(take(&large), Some(vec![4, 6]));
        let (start, to) = (now(), Channel::new());
        to_chan(1..=4)
            .rate_limit(1, Duration::from_secs(1))
            .batch(2, Duration::from_secs(9))
            .pipe(to.clone(), AtEnd::Close);
        assert_eq!((all(&to), (now() - start).as_secs()), (vec![vec![1, 2], vec![3, 4]], 3));
    });
}

#[test]
fn spec_12_what_an_operation_gives_can_be_looped_over_and_goes_with_the_loop() {
    run(|| {
        let (out, numbers) = channel(0);
        go(move || {
            for n in 1.. {
                put(&out, n).or_stop();
            }
        });
        let mut sum = 0;
        for n in ops::take_n(3, numbers) {
            sum += n;
        }
        assert_eq!(sum, 6, "and whoever puts has ended");
    });
}

#[test]
fn spec_12_12_results_in_a_chain() {
    use csp::ops::{Operations, Rest};
    run(|| {
        let texts = || to_chan(["1", "x", "3"]).map(Ok::<&str, String>);
        let parse = |text: &str| text.parse::<u32>().map_err(|_| format!("{text} is no number"));
        let (numbers, errors) = texts().try_map(parse).split_results();
        let numbers = numbers.collect::<Vec<_>>();
        assert_eq!((all(&errors), take(&numbers)), (vec!["x is no number".to_owned()], Some(vec![1, 3])));
        let all = texts().try_map(parse).try_collect::<Vec<_>, _, _>(Rest::Leave);
        assert_eq!(take(&all), Some(Err("x is no number".to_owned())));
    });
}

#[test]
fn spec_12_partition_and_buffered_are_operations_too() {
    run(|| {
        assert_eq!(all(&ops::partition(2, to_chan(1..=5))), [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(all(&ops::partition_by(|n| n % 2, to_chan([1, 3, 2]))), [vec![1, 3], vec![2]]);
        let asked = Rc::new(Cell::new(0));
        let count = asked.clone();
        let ahead = ops::buffered(3, to_chan((1..).inspect(move |_| count.set(count.get() + 1))));
        sleep(Duration::from_secs(1));
        assert_eq!(asked.get(), 5, "three in the buffer, one that is being put there, one that is next");
        assert_eq!(take(&ahead), Some(1));
    });
}

#[test]
fn spec_12_operations_are_traced_to_where_they_were_called() {
    let list = Rc::new(RefCell::new(Vec::new()));
    let places = list.clone();
    csp::Builder::new().virtual_time().run(|| {
        let _merged = ops::merge([Channel::<u32>::new()]);
        ops::pipe(Channel::<u32>::new(), Channel::new(), AtEnd::Close);
        yield_now();
        places.borrow_mut().extend(csp::parked().into_iter().map(|parked| parked.spawned_at.to_string()));
    });
    let places = list.borrow();
    assert!(places.len() == 2 && places.iter().all(|place| place.contains("spec_operations.rs")), "{places:?}");
}

//! Operations that have to do with time, and with results. Each test counts the processes that are left.

use csp::ops::{self, Rest, TimedOut, to_chan};
use csp::prelude::*;

/// Runs in virtual time; in the end no process is left but main.
fn run(main: impl FnOnce()) {
    csp::Builder::new().virtual_time().run(|| {
        main();
        sleep(Duration::from_secs(100));
        assert_eq!(csp::stats().processes, 1, "left behind: {:?}", csp::parked());
    });
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Puts each number after so many seconds, and closes.
fn timed(plan: impl IntoIterator<Item = (u64, u32)> + 'static) -> Channel<u32> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        for (pause, n) in plan {
            sleep(seconds(pause));
            put(&out, n).or_stop();
        }
        close(&out);
    });
    c
}

/// What comes, and after how many seconds.
fn with_times<T: 'static>(c: Receiver<T>) -> Vec<(u64, T)> {
    let start = now();
    c.iter().map(|value| ((now() - start).as_secs(), value)).collect()
}

#[test]
fn throttle_drops_what_comes_too_soon_after_another() {
    run(|| {
        let c = ops::throttle(timed([(0, 1), (1, 2), (1, 3), (9, 4), (3, 5)]), seconds(5));
        assert_eq!(with_times(c), [(0, 1), (11, 4)]);
    });
}

#[test]
fn debounce_passes_on_the_last_before_a_silence_and_at_the_end() {
    run(|| {
        let c = ops::debounce(timed([(0, 1), (1, 2), (9, 3), (1, 4)]), seconds(5));
        assert_eq!(with_times(c), [(6, 2), (11, 4)]);
    });
}

#[test]
fn sample_gives_the_latest_each_period_once() {
    run(|| {
        let c = ops::sample(timed([(1, 1), (1, 2), (1, 3), (8, 4), (2, 5)]), seconds(4));
        assert_eq!(with_times(c), [(4, 3), (12, 4), (13, 5)]);
    });
}

#[test]
fn rate_limit_lets_all_through_within_any_period_no_more_than_so_many() {
    run(|| {
        let c = ops::rate_limit(timed([(0, 1), (0, 2), (0, 3), (9, 4), (0, 5), (0, 6)]), 2, seconds(10));
        assert_eq!(with_times(c), [(0, 1), (0, 2), (10, 3), (10, 4), (20, 5), (20, 6)]);
    });
}

#[test]
fn batch_goes_when_it_is_full_or_old() {
    run(|| {
        let c = ops::batch(timed([(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (9, 6)]), 3, seconds(5));
        assert_eq!(with_times(c), [(0, vec![1, 2, 3]), (5, vec![4, 5]), (10, vec![6])]);
    });
}

#[test]
fn timeout_each_tells_each_time_that_nothing_has_come() {
    run(|| {
        let late = Err(TimedOut { after: seconds(4) });
        let c = ops::timeout_each(timed([(1, 1), (10, 2)]), seconds(4));
        assert_eq!(with_times(c), [(1, Ok(1)), (5, late), (9, late), (11, Ok(2))]);
    });
}

#[test]
fn retry_takes_a_pause_only_when_it_needs_one() {
    run(|| {
        let (mut pauses, mut tries) = (0, 0);
        let counted = ops::backoff(seconds(1), seconds(9)).inspect(|_| pauses += 1);
        let answer = ops::retry(counted, || {
            tries += 1;
            if tries < 3 { Err(()) } else { Ok(tries) }
        });
        assert_eq!((answer, pauses), (Ok(3), 2));
    });
}

#[test]
fn retry_gives_the_last_error_when_there_are_no_more_pauses() {
    run(|| {
        let (start, mut tries) = (now(), 0);
        let answer: Result<(), u32> = ops::retry([seconds(1), seconds(2)], || {
            tries += 1;
            Err(tries)
        });
        assert_eq!((answer, now() - start), (Err(3), seconds(3)));
    });
}

/// Starts an operation, and gives what lets go of its output.
type Start = fn(Channel<u32>) -> Box<dyn FnOnce()>;

fn all() -> [Start; 7] {
    fn letting_go<T: 'static>(c: Receiver<T>) -> Box<dyn FnOnce()> {
        Box::new(move || drop(c))
    }
    [
        |c| letting_go(ops::throttle(c, seconds(5))),
        |c| letting_go(ops::debounce(c, seconds(5))),
        |c| letting_go(ops::sample(c, seconds(5))),
        |c| letting_go(ops::rate_limit(c, 1, seconds(5))),
        |c| letting_go(ops::batch(c, 3, seconds(5))),
        |c| letting_go(ops::timeout_each(c, seconds(5))),
        |c| {
            letting_go(ops::try_map(
                ops::through(c, csp::Transducer::map(csp::transducer(), Ok::<u32, ()>)),
                Ok::<u32, ()>,
            ))
        },
    ]
}

#[test]
fn all_of_them_stop_when_their_output_is_closed_whatever_they_wait_for() {
    for (number, start) in all().into_iter().enumerate() {
        for after in [0, 2, 7] {
            for values in [0, 1, 2] {
                run(|| {
                    let (c, left) = (Channel::buffered(9), Channel::buffered(9));
                    (0..values).for_each(|n| put(&c, n).unwrap());
                    let let_go = start(c.clone());
                    sleep(seconds(after));
                    let_go();
                    sleep(seconds(20));
                    // Nobody takes any more.
                    put(&c, 99).unwrap();
                    sleep(seconds(20));
                    std::iter::from_fn(|| poll(&c).ok()).for_each(|n| offer(&left, n).unwrap());
                    close(&left);
                    let left: Vec<u32> = left.iter().collect();
                    assert_eq!(left.last(), Some(&99), "number {number}, after {after} seconds, with {values} values");
                    assert!(left.is_sorted(), "what came back is in its order: {left:?}");
                });
            }
        }
    }
}

#[test]
fn split_results_stops_when_either_output_is_closed_and_gives_back() {
    for side in 0..2 {
        for answer in [Ok(1), Err("no")] {
            run(|| {
                let c = Channel::buffered(9);
                put(&c, answer).unwrap();
                let (values, errors) = ops::split_results(c.clone());
                yield_now();
                if side == 0 {
                    drop(values);
                    assert_eq!(take(&errors), None, "both end");
                } else {
                    drop(errors);
                    assert_eq!(take(&values), None, "both end");
                }
                assert_eq!(poll(&c), Ok(answer), "nothing is lost");
            });
        }
    }
}

#[test]
fn try_collect_stops_at_the_first_error_and_leaves_or_drains_the_rest() {
    for rest in [Rest::Leave, Rest::Drain] {
        run(|| {
            let c = Channel::buffered(9);
            [Ok(1), Err("no"), Ok(2), Err("never")].into_iter().for_each(|answer| put(&c, answer).unwrap());
            let all = ops::try_collect::<Vec<i32>, _, _, _>(c.clone(), rest);
            assert_eq!(take(&all), Some(Err("no")));
            yield_now();
            assert_eq!(c.len(), if rest == Rest::Leave { 2 } else { 0 });
            close(&c);
        });
    }
    run(|| {
        let all = ops::try_collect::<Vec<i32>, _, _, &str>(to_chan([Ok(1), Ok(2)]), Rest::Leave);
        assert_eq!(take(&all), Some(Ok(vec![1, 2])));
    });
}

//! The watchdog tells of processes that hold their scheduler, and of nobody else.

use csp::prelude::*;
use csp::sync;

fn told() -> (sync::Channel<String>, impl Fn(&csp::Hog) + Send + Sync + 'static) {
    let told = sync::Channel::buffered(99);
    let out = told.clone();
    // Where a machine is busy, anybody's turn may last.
    (told, move |hog| {
        if hog.who().contains('`') && !hog.who().contains("main") {
            offer(&out, hog.to_string()).unwrap()
        }
    })
}

#[test]
fn a_process_that_holds_its_scheduler_is_told_of_twice() {
    let (told, tell) = told();
    let seen = told.clone();
    csp::Builder::new().watchdog_with(Duration::from_millis(5), tell).run(|| {
        let hog = Process::builder().name("greedy").go(move || {
            while seen.is_empty() {
                std::hint::spin_loop();
            }
            yield_now();
            take(&Channel::<()>::new());
        });
        while told_twice(&told).is_none() {
            yield_now();
        }
        kill(&hog);
    });
}

/// Both texts, when they are there.
fn told_twice(told: &sync::Channel<String>) -> Option<()> {
    if told.len() < 2 {
        return None;
    }
    let (first, second) = (take(told).unwrap(), take(told).unwrap());
    assert!(first.contains("process #2 `greedy`, started at tests/spec_watchdog.rs:"), "{first}");
    assert!(first.contains("has held its scheduler for 5ms"), "{first}");
    assert!(second.contains("gave way at tests/spec_watchdog.rs:"), "{second}");
    assert!(second.contains("in these calls:") && second.contains("spec_watchdog::a_process_that_holds"), "{second}");
    Some(())
}

#[test]
fn nobody_is_told_of_who_waits() {
    let (told, tell) = told();
    let seen = told.clone();
    csp::Builder::new().watchdog_with(Duration::from_millis(100), tell).run(|| {
        let waits = Process::builder().name("patient").go(|| take(&Channel::<()>::new()));
        yield_now();
        let hog = Process::builder().name("greedy").go(move || {
            while seen.is_empty() {
                std::hint::spin_loop();
            }
        });
        while hog.is_alive() {
            yield_now();
        }
        kill(&waits);
    });
    let told: Vec<String> = std::iter::from_fn(|| poll(&told).ok()).collect();
    assert!(told.iter().all(|hog| hog.contains("`greedy`")), "{told:?}");
}

#[test]
#[should_panic(expected = "longer than zero")]
fn a_watchdog_without_patience_is_refused() {
    _ = csp::Builder::new().watchdog(Duration::ZERO);
}

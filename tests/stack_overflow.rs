//! Running off a stack: a report that names the process, its stack and the remedy, then an abort. Each runs as a child.

mod child;

use csp::Builder;
use csp::prelude::*;

/// Uses a little more of the stack with each call, for ever.
#[allow(unconditional_recursion, reason = "that is the point")]
fn endless(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 16]);
    endless(depth + 1) + here[7]
}

#[test]
fn design_3_a_named_process_that_overflows_is_reported_with_size_and_remedy() {
    let name = "design_3_a_named_process_that_overflows_is_reported_with_size_and_remedy";
    let line = line!() + 3;
    let ended = child::run(name, || {
        run(|| {
            Process::builder().name("deep thought").stack_size(64 << 10).go(|| endless(0));
            yield_now();
            println!("went on");
        });
    });
    ended.assert_aborted();
    let place = format!("started at {}:{line}", file!());
    ended.assert_says(&["stack overflow", "process #2 `deep thought`", &place, "stack of 64 KiB"]);
    ended.assert_says(&["Process::builder().stack_size(bytes)", "Builder::stack_size(bytes)"]);
    assert!(!ended.stdout.contains("went on"));
}

#[test]
fn design_3_main_that_overflows_is_reported_with_its_own_remedy() {
    let name = "design_3_main_that_overflows_is_reported_with_its_own_remedy";
    let ended = child::run(name, || _ = run(|| endless(0)));
    ended.assert_aborted();
    ended.assert_says(&["stack overflow", "process #1 `main`", "stack of 1024 KiB", "Builder::main_stack_size(bytes)"]);
}

#[test]
fn design_3_a_process_without_a_name_on_the_builders_stack_size() {
    let name = "design_3_a_process_without_a_name_on_the_builders_stack_size";
    let ended = child::run(name, || {
        Builder::new().stack_size(100 << 10).run(|| {
            // Others have used their stacks before, and this one is not the first on its thread.
            run_others();
            go(|| endless(0));
            yield_now();
        });
    });
    ended.assert_aborted();
    ended.assert_says(&["stack overflow", "process #12", "stack of 100 KiB"]);
}

fn run_others() {
    for _ in 0..10 {
        go(|| sleep(Duration::from_millis(1)));
    }
    sleep(Duration::from_millis(5));
}

#[test]
fn design_3_an_overflow_in_a_destructor_and_on_another_thread() {
    let name = "design_3_an_overflow_in_a_destructor_and_on_another_thread";
    struct Deep;
    impl Drop for Deep {
        fn drop(&mut self) {
            endless(0);
        }
    }
    let ended = child::run(name, || {
        run(|| ());
        let thread = std::thread::spawn(|| {
            run(|| {
                let p = Process::builder().name("second").go(|| {
                    let _deep = Deep;
                    take(&Channel::<()>::new())
                });
                yield_now();
                kill(&p);
                yield_now();
            });
        });
        _ = thread.join();
    });
    ended.assert_aborted();
    ended.assert_says(&["stack overflow", "process #2 `second`"]);
}

#[test]
fn design_3_an_overflow_outside_any_process_is_not_ours() {
    let name = "design_3_an_overflow_outside_any_process_is_not_ours";
    let ended = child::run(name, || {
        run(yield_now);
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(|| endless(0)).unwrap();
        _ = thread.join();
    });
    ended.assert_aborted();
    assert!(!ended.stderr.contains("csp: stack overflow"), "{ended:#?}");
    ended.assert_says(&["has overflowed its stack"]);
}

#[test]
fn design_3_the_stack_asked_for_is_there_to_be_used() {
    /// Goes so deep, with more than 1 KiB and, unoptimized, less than 3 for each call.
    fn use_up(depth: u64) -> u64 {
        let here = std::hint::black_box([0_u8; 1024]);
        if depth == 0 { u64::from(here[5]) } else { 1 + use_up(depth - 1) }
    }
    let used = run(|| {
        let d = Process::builder().stack_size(16 << 20).go_deferred(|| use_up(4 << 10));
        d.wait().unwrap()
    });
    assert_eq!(used, 4 << 10);
    let main = Builder::new().main_stack_size(8 << 20).run(|| use_up(2 << 10));
    assert_eq!(main, 2 << 10);
}

#[test]
fn design_4_6_a_stack_larger_than_there_can_be_is_an_error_in_words() {
    let panic = std::panic::catch_unwind(|| {
        run(|| {
            Process::builder().name("greedy").stack_size(usize::MAX / 2).go(|| ());
            yield_now();
        })
    });
    let panic = panic.unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("no stack for process #2 `greedy`") && message.contains(file!()), "{message}");
}

//! The attributes: `#[process]`, `#[process_channel]`, `#[process_deferred]`, `#[csp::main]`, `#[csp::test]`.

mod child;

use std::cell::Cell;
use std::process::exit;
use std::rc::Rc;

use csp::prelude::*;
use csp::{ProcessError, Stats};

#[process]
fn count(from: u32, (out, done): (Channel<u32>, Rc<Cell<bool>>)) {
    for n in from.. {
        put(&out, n).or_stop();
    }
    done.set(true);
}

#[process_channel]
fn sum(numbers: Vec<u64>, mut start: u64) -> u64 {
    for n in numbers {
        start += n;
    }
    start
}

#[process_deferred]
fn divide(a: u32, b: u32) -> u32 {
    a / b
}

#[process_deferred]
fn parse(text: &'static str) -> Result<i32, std::num::ParseIntError> {
    let n: i32 = text.parse()?;
    if n < 0 {
        return Ok(0);
    }
    Ok(n)
}

/// A generic one, with options.
#[process(name = "carrier", stack_size = 64 * 1024)]
fn carry<T>(what: T, _unused: Rc<()>, to: Channel<T>)
where
    T: Clone + 'static,
{
    put(&to, what.clone()).or_stop();
    take(&Channel::<()>::new());
}

#[csp::test]
fn section_2_process_spawns_and_is_named_after_its_function() {
    let c = Channel::new();
    let line = line!() + 1;
    let p = count(5, (c.clone(), Rc::default()));
    assert_eq!((p.name(), p.spawned_at().line(), p.spawned_at().file()), (Some("count"), line, file!()));
    assert!(p.is_alive());
    assert_eq!((take(&c), take(&c)), (Some(5), Some(6)));
    close(&c);
    yield_now();
    assert!(!p.is_alive());
}

#[csp::test]
fn section_2_process_is_queued_as_by_go() {
    let c = Channel::new();
    let p = count(0, (c.clone(), Rc::default()));
    assert!(poll(&c).is_err(), "the parent goes on");
    yield_now();
    assert_eq!(poll(&c), Ok(0));
    kill(&p);
}

#[csp::test]
fn section_2_process_channel_delivers_and_closes() {
    let (small, large) = (sum(vec![1, 2], 0), sum(vec![100, 200], 5));
    assert_eq!((take(&small), take(&small)), (Some(3), None));
    assert_eq!((take(&large), take(&large)), (Some(305), None));
}

#[csp::test]
fn section_2_process_deferred_gives_the_result_or_the_reason() {
    assert_eq!(divide(6, 2).wait().unwrap(), 3);
    let Err(ProcessError::Panicked { spawned_at, .. }) = divide(6, 0).wait() else { panic!("divided by zero") };
    assert_eq!(spawned_at.line(), line!() - 1);
    assert_eq!(parse("12").wait().unwrap(), Ok(12));
    assert_eq!(parse("-12").wait().unwrap(), Ok(0));
    assert!(parse("twelve").wait().unwrap().is_err());
}

#[csp::test]
fn section_2_options_generics_and_arguments_that_are_never_mentioned() {
    let (c, unused) = (Channel::new(), Rc::new(()));
    let p = carry("text", unused.clone(), c.clone());
    assert_eq!((p.name(), take(&c)), (Some("carrier"), Some("text")));
    assert_eq!(Rc::strong_count(&unused), 2, "it moved into the process");
    kill(&p);
    yield_now();
    assert_eq!(Rc::strong_count(&unused), 1, "and went with it");
}

struct Owner(u32);

impl Owner {
    #[process_channel]
    fn give(self, more: u32) -> u32 {
        self.0 + more
    }
}

#[csp::test]
fn section_2_methods_take_self_by_value() {
    assert_eq!(take(&Owner(1).give(2)), Some(3));
}

#[csp::test]
fn section_2_csp_test_runs_under_virtual_time() {
    let start = now();
    sleep(Duration::from_secs(1_000_000));
    assert_eq!(now() - start, Duration::from_secs(1_000_000));
}

fn draw() -> Vec<u32> {
    (0..4).map(|_| random_range(0..1_000_000)).collect()
}

#[csp::test]
fn section_2_csp_test_has_a_fixed_seed() {
    let drawn = draw();
    let again = std::thread::spawn(|| csp::Builder::new().seed(1).run(draw)).join().unwrap();
    assert_eq!(drawn, again);
}

#[csp::test]
fn section_2_csp_test_may_return_a_result() -> Result<(), std::num::ParseIntError> {
    assert_eq!("5".parse::<i32>()?, 5);
    Ok(())
}

#[csp::test]
#[should_panic(expected = "deadlock: the only process waits")]
fn section_2_csp_test_fails_with_the_report_of_a_deadlock() {
    take(&Channel::<()>::new());
}

#[csp::test]
#[should_panic(expected = "main stopped")]
fn section_2_csp_test_that_stops_has_failed() {
    stop()
}

#[csp::test(seed = 7, virtual_time, stack_size = 4 << 20)]
fn section_2_csp_test_takes_options() {
    let large = std::hint::black_box([0_u8; 2 << 20]);
    assert_eq!(large[1 << 20], 0);
    let Stats { processes, .. } = csp::stats();
    assert_eq!(processes, 1);
}

#[csp::main]
fn returns() -> u32 {
    go(|| take(&Channel::<()>::new()));
    yield_now();
    random_range(0..1_000_000)
}

#[csp::main(virtual_time)]
fn deadlocks() {
    sleep(Duration::from_secs(3600));
    take(&Channel::<i32>::builder().name("empty").build());
}

#[csp::main]
fn panics() {
    yield_now();
    panic!("on purpose");
}

#[csp::main]
fn stops() {
    stop()
}

#[csp::main]
fn is_interrupted() {
    struct Lamp;
    impl Drop for Lamp {
        fn drop(&mut self) {
            println!("the lamp is put out");
        }
    }
    let _lamp = Lamp;
    std::thread::spawn(csp::interrupt);
    sleep(Duration::from_secs(3600));
}

#[csp::main]
fn another_panics() -> i32 {
    go(|| panic!("on purpose"));
    yield_now();
    7
}

#[test]
fn section_2_csp_main_returns_its_value() {
    let ended = child::run("section_2_csp_main_returns_its_value", || {
        returns();
        exit(another_panics());
    });
    ended.assert_code(7);
    ended.assert_says(&["csp: process #2", "panicked: on purpose"]);
    assert!(!ended.stderr.contains("leak"), "{ended:#?}");
}

#[test]
fn section_2_csp_main_is_status_2_after_a_deadlock_with_its_report() {
    let ended = child::run("section_2_csp_main_is_status_2_after_a_deadlock_with_its_report", deadlocks);
    ended.assert_code(2);
    ended.assert_says(&["csp: deadlock", "`empty`", file!()]);
}

#[test]
fn section_2_csp_mains_panic_is_the_programs() {
    // It leaves the function, where the runtime of a true `main` makes status 101 of it.
    child::run("section_2_csp_mains_panic_is_the_programs", panics).assert_code(child::PANICKED);
}

#[test]
fn section_2_csp_main_is_status_101_when_it_stops() {
    let ended = child::run("section_2_csp_main_is_status_101_when_it_stops", stops);
    ended.assert_code(101);
    ended.assert_says(&["csp: main stopped"]);
}

#[test]
fn section_2_csp_main_is_status_130_after_an_interrupt() {
    let ended = child::run("section_2_csp_main_is_status_130_after_an_interrupt", is_interrupted);
    ended.assert_code(130);
    assert!(ended.stdout.contains("the lamp is put out"), "{ended:#?}");
}

#[test]
fn section_2_csp_main_obeys_the_environment() {
    let name = "section_2_csp_main_obeys_the_environment";
    let draw = |seed| child::run_with(name, &[("CSP_SEED", seed)], || println!("drew {}", returns())).stdout;
    // In the child the first of these ends the program.
    assert_eq!(draw("7"), draw("7"));
    assert_ne!(draw("7"), draw("8"));
    let leaks = child::run_with(name, &[("CSP_LEAKS", "1"), ("CSP_VIRTUAL", "1")], || unreachable!());
    leaks.assert_says(&["leak: 1 process was left waiting when main ended:", "process #2, started at", file!()]);
    let wrong = child::run_with(name, &[("CSP_SEED", "seven")], || unreachable!());
    wrong.assert_code(child::PANICKED);
    wrong.assert_says(&["CSP_SEED must be a whole number"]);
}

//! What holds of arenas, whatever the kernel offers.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use corosensei::stack::Stack as _;

use super::*;
use crate::stack::tests::{in_child, touch};
use crate::stack::{DEFAULT_SIZE, MAIN_SIZE};

/// The ways to guard that can be walked on this machine, best first.
fn ways() -> Vec<(&'static str, Kernel)> {
    let best = Kernel::probe();
    let mut ways = vec![("mprotect", Kernel { markers: false, batches: false, ..best })];
    if best.markers {
        ways.insert(0, ("markers", Kernel { batches: false, ..best }));
    }
    if best.batches {
        ways.insert(0, ("batches", best));
    }
    ways
}

/// Takes `count` stacks of the default class, and touches one page of each as a process would.
fn take_and_touch(stacks: &Stacks, count: usize) -> Vec<Stack> {
    let take = |_| {
        let stack = stacks.take(DEFAULT_SIZE).unwrap();
        // SAFETY: within the stack, which is ours.
        unsafe { touch(stack.base().get() - 1) };
        stack
    };
    (0..count).map(take).collect()
}

/// The memory this operating system process has, in KiB. (`statm` has it too, but counts late.)
fn resident() -> usize {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find(|line| line.starts_with("Rss:"));
    line.unwrap().split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How many memory mappings this operating system process has.
fn mappings() -> usize {
    fs::read_to_string("/proc/self/maps").unwrap().lines().count()
}

/// Is anything mapped at the address?
fn is_mapped(address: usize) -> bool {
    let (mut resident, page) = (0, Kernel::probe().page);
    // SAFETY: asks about one page, writes one byte.
    unsafe { libc::mincore((address & !(page - 1)) as *mut _, page, &mut resident) == 0 }
}

/// Lets a scheduler do nothing until it has nothing to tidy up.
fn rest(stacks: &Stacks) {
    let mut now = Some(Time::from_start(Duration::from_secs(1)));
    while let Some(time) = now {
        now = stacks.rest(time);
    }
}

#[test]
fn a_guard_is_there_whatever_the_way() {
    for (way, kernel) in ways() {
        in_child(module_path!(), "a_guard_is_there_whatever_the_way", way, || {
            let stacks = Stacks::with(kernel, 0);
            let taken = take_and_touch(&stacks, 100);
            // SAFETY: nobody has the guard.
            unsafe { touch(taken[77].guard().end - 1) };
        })
        .died_of(libc::SIGSEGV);
    }
}

#[test]
fn a_guard_outlives_the_memory_given_back() {
    for (way, kernel) in ways() {
        in_child(module_path!(), "a_guard_outlives_the_memory_given_back", way, || {
            let stacks = Stacks::with(kernel, 0);
            let mut taken = take_and_touch(&stacks, 3000);
            let kept = taken.remove(500);
            taken.into_iter().for_each(|stack| stacks.give(stack));
            rest(&stacks);
            assert!(stacks.stats().cold > 0);
            // Whatever comes out again first, one that was cold is among these.
            let again = take_and_touch(&stacks, 2999);
            let cold = again.iter().find(|one| one.limit().get() > kept.limit().get()).unwrap();
            // SAFETY: nobody has the guard.
            unsafe { touch(cold.guard().end - 1) };
        })
        .died_of(libc::SIGSEGV);
    }
}

#[test]
fn memory_is_given_back_after_a_peak() {
    for (way, kernel) in ways() {
        in_child(module_path!(), "memory_is_given_back_after_a_peak", way, || {
            let stacks = Stacks::with(kernel, 0);
            let before = resident();
            // Every fiftieth process lives on, so that no arena empties.
            let taken = take_and_touch(&stacks, 20_000);
            assert!(resident() - before > 20_000 * 4, "{} KiB", resident() - before);
            let mut kept = Vec::new();
            for (number, stack) in taken.into_iter().enumerate() {
                if number % 50 == 0 { kept.push(stack) } else { stacks.give(stack) }
            }
            assert_eq!(stacks.stats().warm, 19_600, "they may be needed at once");
            rest(&stacks);
            let stats = stacks.stats();
            assert_eq!((stats.in_use, stats.warm), (400, 1024));
            assert!(stats.cold > 18_000, "{stats:?}");
            assert!(resident() - before < 8 << 10, "{} KiB", resident() - before);
            // And what is cold is as good as new.
            take_and_touch(&stacks, 19_600);
            assert_eq!(stacks.stats().in_use, 20_000);
        })
        .exited_with(0);
    }
}

#[test]
fn what_is_needed_again_and_again_stays_warm_and_what_is_not_goes() {
    let stacks = Stacks::new(0);
    let peak = |count| take_and_touch(&stacks, count).into_iter().for_each(|stack| stacks.give(stack));
    for _ in 0..5 {
        peak(5000);
        assert_eq!(stacks.stats().warm, 5000);
    }
    // Smaller ones now: as many must be given back as there are before the rest is known not to be needed.
    (0..9).for_each(|_| peak(500));
    assert_eq!(stacks.stats().warm, 5000);
    peak(500);
    assert_eq!(stacks.stats().warm, 1024);
}

#[test]
fn as_many_stay_warm_as_were_asked_for() {
    let stacks = Stacks::new(3000);
    take_and_touch(&stacks, 5000).into_iter().for_each(|stack| stacks.give(stack));
    rest(&stacks);
    assert_eq!(stacks.stats().warm, 3000);
}

#[test]
fn a_rest_is_taken_after_a_while_and_bit_by_bit() {
    let stacks = Stacks::new(0);
    let at = |ms| Time::from_start(Duration::from_millis(ms));
    assert_eq!(stacks.rest(at(10000)), None, "nothing to give up");
    let count = 2 * 16_384 + 2000;
    take_and_touch(&stacks, count).into_iter().for_each(|stack| stacks.give(stack));
    assert_eq!(stacks.rest(at(10500)), Some(at(11000)));
    assert_eq!(stacks.rest(at(11000)), Some(at(12000)), "all of them were needed a moment ago");
    assert_eq!(stacks.stats().warm, count);
    assert_eq!(stacks.rest(at(12000)), Some(at(12000)));
    assert_eq!(stacks.stats().warm, count - 16_384);
    assert_eq!(stacks.rest(at(12010)), Some(at(12010)));
    assert_eq!(stacks.rest(at(12020)), None);
    assert_eq!(stacks.stats().warm, 1024);
}

#[test]
fn an_arena_that_empties_is_unmapped() {
    in_child(module_path!(), "an_arena_that_empties_is_unmapped", "", || {
        let stacks = Stacks::new(0);
        let taken = take_and_touch(&stacks, 20_000);
        let peak = stacks.stats().mapped;
        let early = taken[10_000].limit().get();
        taken.into_iter().for_each(|stack| stacks.give(stack));
        rest(&stacks);
        assert!(stacks.stats().mapped < peak / 2, "{:?} of {peak}", stacks.stats());
        assert!(!is_mapped(early));
        assert_eq!(take_and_touch(&stacks, 20_000).len(), 20_000);
    })
    .exited_with(0);
}

#[test]
fn the_lowest_cold_stacks_are_taken_first() {
    let stacks = Stacks::new(0);
    // One in each arena stays, so that none is unmapped.
    let (kept, taken): (Vec<Stack>, Vec<Stack>) =
        take_and_touch(&stacks, 4000).into_iter().partition(|stack| stack.place.index == 0);
    taken.into_iter().for_each(|stack| stacks.give(stack));
    rest(&stacks);
    let warm = take_and_touch(&stacks, stacks.stats().warm);
    let cold = take_and_touch(&stacks, 20);
    assert!(cold.iter().is_sorted_by_key(|stack| stack.place));
    let after = |stack: &Stack, count| stack.limit().get() + count * (DEFAULT_SIZE + stacks.kernel.page);
    assert_eq!(cold[0].limit().get(), after(&kept[0], 1));
    assert_eq!(cold[19].limit().get(), after(&kept[1], 5));
    let out = kept.into_iter().chain(warm).chain(cold);
    out.for_each(|stack| stacks.give(stack));
}

#[test]
fn an_arena_is_marked_for_what_it_is() {
    let stacks = Stacks::new(0);
    let stack = stacks.take(DEFAULT_SIZE).unwrap();
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let bounds = |line: &str| {
        let (start, end) = line.split_once(' ')?.0.split_once('-')?;
        let address = |text| usize::from_str_radix(text, 16).ok();
        Some(address(start)?..address(end)?)
    };
    let mut lines =
        smaps.lines().skip_while(|line| bounds(line).is_none_or(|bounds| !bounds.contains(&stack.guard().end)));
    let flags = lines.find(|line| line.starts_with("VmFlags:")).unwrap();
    assert!(flags.contains(" nh"), "huge pages are not forbidden: {flags}");
    assert!(flags.contains(" nr"), "memory is reserved: {flags}");
    stacks.give(stack);
}

#[test]
fn a_number_that_swings_a_little_costs_nothing() {
    let stacks = Stacks::new(0);
    let mut taken = take_and_touch(&stacks, 8_000);
    for _ in 0..3 {
        taken.drain(..3_900).for_each(|stack| stacks.give(stack));
        taken.extend(take_and_touch(&stacks, 3_900));
        assert_eq!(stacks.stats().warm, 0, "took others than the warm ones");
    }
    assert!(stacks.stats().cold < 64, "gave memory back: {:?}", stacks.stats());
    taken.into_iter().for_each(|stack| stacks.give(stack));
}

#[test]
fn only_arenas_nobody_is_in_are_unmapped() {
    in_child(module_path!(), "only_arenas_nobody_is_in_are_unmapped", "", || {
        let stacks = Stacks::new(0);
        let mut taken = take_and_touch(&stacks, 16 + 16 + 1);
        let (lost, second, third) = (taken.remove(3), &taken[20], &taken[31]);
        let [second, third] = [second, third].map(|stack| stack.limit().get());
        let addresses = [lost.guard().end, lost.base().get() - 1];
        taken.into_iter().for_each(|stack| stacks.give(stack));
        drop(stacks);
        assert!(!is_mapped(second) && !is_mapped(third));
        assert!(is_mapped(addresses[0]) && is_mapped(addresses[1]));
        assert_eq!(lost.base().get() - 1, addresses[1]);
    })
    .exited_with(0);
}

#[test]
fn a_small_program_pays_little() {
    let stacks = Stacks::new(0);
    assert_eq!(stacks.stats(), StackStats::default());
    let taken = take_and_touch(&stacks, 3);
    let stats = stacks.stats();
    assert_eq!((stats.in_use, stats.cold, stats.mapped), (3, 1, 16 * (DEFAULT_SIZE + stacks.kernel.page)));
    // Three pages of the mapping have memory, those that were touched.
    let mut pages = vec![0; stats.mapped / stacks.kernel.page];
    let start = taken[0].limit().get() as *mut _;
    // SAFETY: asks about the mapping, writes one byte for each page of it.
    let answer = unsafe { libc::mincore(start, stats.mapped, pages.as_mut_ptr()) };
    assert_eq!(answer, 0);
    assert_eq!(pages.iter().filter(|&&page| page & 1 != 0).count(), 3);
    taken.into_iter().for_each(|stack| stacks.give(stack));
}

#[test]
fn without_markers_the_limit_on_mappings_is_met_in_words() {
    in_child(module_path!(), "without_markers_the_limit_on_mappings_is_met_in_words", "", || {
        let (_, mprotect) = ways().pop().unwrap();
        let stacks = Stacks::with(mprotect, 0);
        let mut taken = Vec::new();
        let error = loop {
            match stacks.take(DEFAULT_SIZE) {
                Ok(stack) => taken.push(stack),
                Err(error) => break error.to_string(),
            }
            if taken.len() > 200_000 {
                return; // Somebody has raised the limit.
            }
        };
        assert!(error.contains("the limit `vm.max_map_count` ("), "{error}");
        assert!(error.contains(&format!("({} of them are in use)", taken.len())), "{error}");
        // The rest of the program still has a mapping for a large allocation or a thread.
        std::thread::spawn(|| vec![1_u8; 64 << 20]).join().unwrap();
        // And when one is given back, one can be had.
        assert!(stacks.take(DEFAULT_SIZE).is_err());
        stacks.give(taken.pop().unwrap());
        stacks.take(DEFAULT_SIZE).unwrap();
        taken.into_iter().for_each(|stack| stacks.give(stack));
        // Another class is limited by the same mappings, and they are free again.
        take_and_touch(&stacks, 1000);
        stacks.take(MAIN_SIZE).unwrap();
    })
    .exited_with(0);
}

#[test]
fn where_no_address_is_left_it_is_said_in_words() {
    in_child(module_path!(), "where_no_address_is_left_it_is_said_in_words", "", || {
        // SAFETY: only limits this child.
        unsafe {
            let limit = libc::rlimit { rlim_cur: 1 << 30, rlim_max: 1 << 30 };
            libc::setrlimit(libc::RLIMIT_AS, &limit);
        }
        let stacks = Stacks::new(0);
        let mut taken = Vec::new();
        let error = loop {
            match stacks.take(8 << 20) {
                Ok(stack) => taken.push(stack),
                Err(error) => break error.to_string(),
            }
        };
        // Not only the sizes that come by doubling were tried.
        assert!(taken.len() > 100, "{}", taken.len());
        assert!(error.contains("no room for another stack of 8 MiB"), "{error}");
        assert!(error.contains("ulimit -v"), "{error}");
    })
    .exited_with(0);
}

#[test]
fn locked_memory_is_guarded_by_mprotect() {
    in_child(module_path!(), "locked_memory_is_guarded_by_mprotect", "", || {
        // SAFETY: only changes how this child's memory is kept.
        let locked = unsafe { libc::mlockall(libc::MCL_FUTURE | libc::MCL_ONFAULT) };
        if locked != 0 {
            // Not allowed here; end as the others do.
            // SAFETY: ends this child.
            unsafe { libc::raise(libc::SIGSEGV) };
        }
        let taken = take_and_touch(&Stacks::new(0), 3);
        // SAFETY: nobody has the guard.
        unsafe { touch(taken[1].guard().end - 1) };
    })
    .died_of(libc::SIGSEGV);
}

#[test]
#[should_panic(expected = "given back to another scheduler")]
fn a_stack_cannot_be_given_to_others() {
    let (ours, theirs) = (Stacks::new(0), Stacks::new(0));
    // The same class, arena and place.
    let (own, other) = (ours.take(DEFAULT_SIZE).unwrap(), theirs.take(DEFAULT_SIZE).unwrap());
    assert_eq!(own.place, other.place);
    ours.give(other);
}

#[test]
fn neighbours_have_different_colours() {
    let stacks = Stacks::new(0);
    let taken: Vec<Stack> = (0..128).map(|_| stacks.take(DEFAULT_SIZE).unwrap()).collect();
    let colours: BTreeSet<_> = taken.iter().map(|stack| stack.base().get() % 4096).collect();
    assert_eq!(colours.len(), 32);
    // All begin in the upper half of a page: two KiB of frames touch one page.
    assert!(colours.iter().all(|&colour| colour == 0 || colour > 2048), "{colours:?}");
}

#[test]
fn abandoned_stacks_are_told_apart_from_free_ones() {
    let stacks = Stacks::new(0);
    let _abandoned = stacks.take(DEFAULT_SIZE).unwrap();
    let StackStats { in_use, warm, .. } = stacks.stats();
    assert_eq!((in_use, warm), (1, 0));
    assert_eq!(format!("{stacks:?}"), format!("{:?}", stacks.stats()));
}

#[test]
#[ignore = "takes 4 GiB of memory and some ten seconds"]
fn a_million_stacks() {
    in_child(module_path!(), "a_million_stacks", "", || {
        const COUNT: usize = 1_000_000;
        let stacks = Stacks::new(0);
        let before = resident();
        let start = Instant::now();
        let taken = take_and_touch(&stacks, COUNT);
        let (took, peak, maps) = (start.elapsed(), resident() - before, mappings());
        let start = Instant::now();
        taken.into_iter().for_each(|stack| stacks.give(stack));
        let (gave, after) = (start.elapsed(), resident() - before);
        eprintln!(
            "take and touch {:?} each, give {:?} each; {} MiB at the peak in {maps} mappings, \
             {} MiB after; {:?}",
            took / COUNT as u32,
            gave / COUNT as u32,
            peak >> 10,
            after >> 10,
            stacks.stats(),
        );
        assert!(maps < 1000);
        assert!(after < 64 << 10, "{after} KiB");
    })
    .exited_with(0)
    .show();
}

#[test]
#[ignore = "measures; run it with --release and --nocapture"]
fn what_it_costs() {
    let per = |count: usize, start: Instant| start.elapsed().as_nanos() as f64 / count as f64;
    let stacks = Stacks::new(0);
    drop(take_and_touch(&stacks, 5));
    const WARM: usize = 10_000_000;
    let start = Instant::now();
    for _ in 0..WARM {
        let stack = stacks.take(DEFAULT_SIZE).unwrap();
        std::hint::black_box(&stack);
        stacks.give(stack);
    }
    eprintln!("take and give, warm: {:.1} ns", per(WARM, start));
    for (way, kernel) in ways() {
        const COLD: usize = 30_000;
        let stacks = Stacks::with(kernel, 0);
        let start = Instant::now();
        let taken: Vec<Stack> = (0..COLD).map(|_| stacks.take(DEFAULT_SIZE).unwrap()).collect();
        eprintln!("{way}: take, never used: {:.0} ns", per(COLD, start));
        let start = Instant::now();
        for stack in &taken {
            // SAFETY: within the stack, which is ours.
            unsafe { touch(stack.base().get() - 1) };
        }
        eprintln!("{way}: first touch: {:.0} ns", per(COLD, start));
        let start = Instant::now();
        taken.into_iter().for_each(|stack| stacks.give(stack));
        eprintln!("{way}: give, memory given back: {:.0} ns", per(COLD, start));
        let start = Instant::now();
        let taken = take_and_touch(&stacks, COLD);
        eprintln!("{way}: take and touch, cold and new: {:.0} ns", per(COLD, start));
        taken.into_iter().for_each(|stack| stacks.give(stack));
    }
    const RUNS: usize = 10_000;
    let start = Instant::now();
    for _ in 0..RUNS {
        let stacks = Stacks::new(0);
        take_and_touch(&stacks, 1).into_iter().for_each(|stack| stacks.give(stack));
    }
    eprintln!("new Stacks, one stack, gone: {:.0} ns", per(RUNS, start));
    let start = Instant::now();
    for _ in 0..RUNS {
        drop(crate::stack::overflow::install(|_, _| false));
    }
    eprintln!("alternate signal stack, made and gone: {:.0} ns", per(RUNS, start));
    let start = Instant::now();
    for _ in 0..RUNS {
        let stacks = crate::stack::fallback::Stacks::new(0);
        let stack = stacks.take(DEFAULT_SIZE).unwrap();
        // SAFETY: within the stack, which is ours.
        unsafe { touch(stack.base().get() - 1) };
        stacks.give(stack);
    }
    eprintln!("fallback: a stack made, touched, unmapped: {:.0} ns", per(RUNS, start));
}

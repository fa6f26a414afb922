//! Instructions for each operation of csp, counted by Valgrind: `./run.sh bench count`.
//!
//! What counts is time, but a machine tells time only to within a tenth, and slowness comes in smaller steps. The number
//! of instructions is the same every time: it is kept in `benches/instructions.txt`, and a change has to be meant.
//!
//! A workload is run once in one program and twice in another. What the second has executed beyond the first is one run
//! in a runtime that has its stacks and its tables already; the start of the program drops out, and the end.

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io, thread};

/// What is counted, and with how many operations: enough that what a run does once, such as starting its processes,
/// hardly shows. Of primes there are as many as the table has: each costs more than the one before.
const COUNTED: &[(&str, u64)] = &[
    ("ping_pong", 20_000),
    ("large_value", 20_000),
    ("commstime", 20_000),
    ("sieve", 2_000),
    ("daisy_chain", 10_000),
    ("skynet", 1_000),
    ("alts_4", 20_000),
    ("alts_16", 20_000),
    ("alts_64", 20_000),
    ("alts_ready_4", 20_000),
    ("alts_ready_16", 20_000),
    ("alts_ready_64", 20_000),
    ("buffered_128", 100_000),
    ("transducer", 100_000),
    ("transducer_by_hand", 100_000),
    ("pipe", 100_000),
    ("pipe_by_hand", 100_000),
    ("fan_in_16", 20_000),
    ("spawn_and_receive", 20_000),
    ("yield", 100_000),
    ("timeouts", 20_000),
];

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

const HEAD: &str = "\
# How many instructions csp executes for each operation of a workload. `./run.sh bench count` counts them again, and
# fails when one has changed by more than 3 %, upward or downward. If that is meant, `./run.sh bench count --update`
# writes this file. Figures compare only if the same compiler made them, for the same architecture.
";

/// What the line begins with that says who counted.
const COUNTED_WITH: &str = "# Counted with ";

/// By how much a figure may change before somebody has to look, as a part of the kept one.
const TOLERANCE: f64 = 0.03;

const MISSING: &str = "Valgrind counts the instructions, and is missing: apt-get install valgrind";

const USAGE: &str = "usage: csp-bench count [--update | --strict] [WORKLOAD]...";

/// Instructions an operation, by workload.
type Figures = BTreeMap<String, f64>;

/// What the file says.
#[derive(Debug, PartialEq)]
struct Kept {
    /// The compiler and the architecture.
    counted_with: String,
    figures: Figures,
}

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Small,
    More,
    Fewer,
    /// None is kept.
    New,
}

/// What to do when there is such a change.
const ADVICE: [(Change, &str); 3] = [
    (Change::More, "What executes MORE instructions has become slower. If it has to be, keep the new figure:"),
    (Change::Fewer, "What executes FEWER instructions should stay so. Keep the new figure:"),
    (Change::New, "What is NEW has nothing to compare with. Keep the first figure:"),
];

/// Counts the workloads that are named, or all. Compares with the kept figures, or replaces them.
pub fn run(args: &[String]) -> ExitCode {
    match count(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is as it was.
fn count(args: &[String]) -> Result<bool, String> {
    let (flags, names): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| arg.starts_with('-'));
    let (update, strict) = match flags.iter().map(|flag| flag.as_str()).collect::<Vec<_>>()[..] {
        [] => (false, false),
        ["--update"] => (true, false),
        ["--strict"] => (false, true),
        _ => return Err(USAGE.into()),
    };
    if let Some(name) = names.iter().find(|name| COUNTED.iter().all(|(counted, _)| counted != *name)) {
        let all: Vec<_> = COUNTED.iter().map(|(name, _)| *name).collect();
        return Err(format!("{name} is not counted; what is: {}\n{USAGE}", all.join(", ")));
    }
    let chosen: Vec<_> =
        COUNTED.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|chosen| chosen == name)).collect();

    let counted_with = compiler()?;
    // Whoever replaces all the figures needs none of the old ones.
    let mut kept = if update && names.is_empty() {
        Kept { counted_with: counted_with.clone(), figures: Figures::new() }
    } else {
        parse(&fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?)?
    };
    let same_compiler = kept.counted_with == counted_with;
    if update && !same_compiler {
        return Err(format!(
            "The other figures were counted with {}, these would be with {counted_with}. Update all of them: \
             ./run.sh bench count --update",
            kept.counted_with
        ));
    }

    let figures = measure(&chosen)?;
    if update {
        kept.figures.extend(figures);
        fs::write(FILE, write(&kept)).map_err(|error| format!("{FILE}: {error}"))?;
        println!("kept in {FILE}");
        return Ok(true);
    }
    let (report, same) = compare(&kept.figures, &figures);
    print!("{report}");
    if !same_compiler {
        println!(
            "\nATTENTION: THE KEPT FIGURES ARE ANOTHER COMPILER'S. They were counted with {},\nand now it is \
             {counted_with}: a difference says nothing about csp.\nTo compare, count what was before the change with \
             this compiler, or let the new figures be kept.",
            kept.counted_with
        );
    }
    Ok(same || !same_compiler && !strict)
}

/// The compiler that built this program, which was a moment ago, and for what.
fn compiler() -> Result<String, String> {
    let output = Command::new("rustc")
        .arg("--version")
        .output()
        .map_err(|error| format!("`rustc --version`, to tell which compiler the figures belong to: {error}"))?;
    Ok(format!("{}, {}", String::from_utf8_lossy(&output.stdout).trim(), env::consts::ARCH))
}

/// Counts these workloads, as many at once as there are processors: nothing that is counted depends on what else runs.
fn measure(workloads: &[&(&str, u64)]) -> Result<Figures, String> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Figures, String> {
        let mut figures = Figures::new();
        while let Some((name, n)) = workloads.get(next.fetch_add(1, Ordering::Relaxed)) {
            let beyond = instructions(name, *n, 2)?.saturating_sub(instructions(name, *n, 1)?);
            figures.insert((*name).into(), beyond as f64 / *n as f64);
        }
        Ok(figures)
    };
    thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(worker)).collect();
        let mut all = Figures::new();
        for worker in workers {
            all.extend(worker.join().expect("a worker returns its errors")?);
        }
        Ok(all)
    })
}

/// How many instructions a program executes that runs a workload so many times.
fn instructions(workload: &str, n: u64, times: u32) -> Result<u64, String> {
    let program = env::current_exe().map_err(|error| format!("the path of this program: {error}"))?;
    // Nobody's options for Valgrind, the allocator or the library change what is counted. Cachegrind without a cache is
    // the tool that does nothing but count.
    let output = Command::new("valgrind")
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(program)
        .args(["child", "csp", workload, &n.to_string(), &times.to_string()])
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => MISSING.into(),
            _ => format!("valgrind: {error}"),
        })?;
    let said = String::from_utf8_lossy(&output.stderr);
    match total(&said) {
        Some(total) if output.status.success() => Ok(total),
        _ => Err(format!("{workload} was not counted ({}). What was said:\n{said}", output.status)),
    }
}

/// What Cachegrind has counted, from what it says in the end.
fn total(said: &str) -> Option<u64> {
    let mut totals = said.lines().filter_map(|line| line.split_once("refs:"));
    let (_, instructions) = totals.find(|(of_what, _)| of_what.trim().ends_with('I'))?;
    instructions.trim().replace(',', "").parse().ok()
}

fn parse(text: &str) -> Result<Kept, String> {
    let mut counted_with = None;
    let mut figures = Figures::new();
    for (line, number) in text.lines().zip(1..) {
        if let Some(with) = line.strip_prefix(COUNTED_WITH) {
            counted_with = Some(with.trim_end_matches('.').to_owned());
        } else if !line.is_empty() && !line.starts_with('#') {
            let (name, figure) = line
                .split_once(' ')
                .and_then(|(name, figure)| Some((name, figure.trim().parse::<f64>().ok()?)))
                .filter(|(_, figure)| figure.is_finite() && *figure > 0.0)
                .ok_or_else(|| format!("{FILE}:{number}: not `workload  instructions`: {line}"))?;
            if figures.insert(name.into(), figure).is_some() {
                return Err(format!("{FILE}:{number}: {name} is there twice"));
            }
        }
    }
    let counted_with = counted_with.ok_or_else(|| format!("{FILE}: no line begins with `{COUNTED_WITH}`"))?;
    Ok(Kept { counted_with, figures })
}

/// The text of the file, in the order in which the workloads are counted.
fn write(kept: &Kept) -> String {
    let mut text = format!("{HEAD}{COUNTED_WITH}{}.\n\n", kept.counted_with);
    for (name, _) in COUNTED {
        if let Some(figure) = kept.figures.get(*name) {
            text += &format!("{name:<18} {figure:>10.1}\n");
        }
    }
    text
}

/// A table with what to do about it, and whether there is nothing to do.
fn compare(kept: &Figures, now: &Figures) -> (String, bool) {
    let mut report = format!("{:<18} {:>10} {:>10} {:>10}\n", "workload", "kept", "now", "change");
    let mut seen = Vec::new();
    for (name, now) in COUNTED.iter().filter_map(|(name, _)| Some((name, *now.get(*name)?))) {
        let (before, percent) = match kept.get(*name) {
            Some(kept) => (format!("{kept:.1}"), format!("{:+.1} %", (now / kept - 1.0) * 100.0)),
            None => ("-".into(), "-".into()),
        };
        let change = Change::between(kept.get(*name).copied(), now);
        let mark = change.mark();
        report += &format!("{name:<18} {before:>10} {now:>10.1} {percent:>10}{mark}\n");
        seen.push(change);
    }
    for (change, advice) in ADVICE {
        if seen.contains(&change) {
            report += &format!("\n{advice}\n    ./run.sh bench count --update\n");
        }
    }
    (report, seen.iter().all(|change| *change == Change::Small))
}

impl Change {
    fn between(kept: Option<f64>, now: f64) -> Change {
        match kept {
            None => Change::New,
            Some(kept) if now > kept * (1.0 + TOLERANCE) => Change::More,
            Some(kept) if now < kept * (1.0 - TOLERANCE) => Change::Fewer,
            Some(_) => Change::Small,
        }
    }

    /// What stands behind a line of the table.
    fn mark(self) -> &'static str {
        match self {
            Change::Small => "",
            Change::More => "  MORE",
            Change::Fewer => "  FEWER",
            Change::New => "  NEW",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures<const N: usize>(figures: [(&str, f64); N]) -> Figures {
        figures.map(|(name, figure)| (name.into(), figure)).into()
    }

    #[test]
    fn what_is_written_is_read() {
        let kept = Kept {
            counted_with: "rustc 1.89.0 (29483883e 2025-08-04), x86_64".into(),
            figures: figures([("yield", 123.7), ("ping_pong", 469.4), ("sieve", 275_243.6)]),
        };
        assert_eq!(parse(&write(&kept)), Ok(kept));
    }

    #[test]
    fn it_is_written_in_the_order_of_the_table() {
        let figures = figures([("alts_4", 1.0), ("sieve", 2.0), ("yield", 3.0)]);
        let text = write(&Kept { counted_with: "it".into(), figures });
        let names: Vec<_> = text.lines().filter(|line| line.ends_with(".0")).map(|line| &line[..5]).collect();
        assert_eq!(names, ["sieve", "alts_", "yield"]);
    }

    #[test]
    fn a_line_that_is_not_a_figure_is_named() {
        for line in ["yield", "yield many", "yield 1 2", "yield 0", "yield -3", "yield NaN", "yield 1\nyield 1"] {
            let error = parse(&format!("{COUNTED_WITH}it.\n\nping_pong 469.4\n{line}\n")).unwrap_err();
            assert!(error.contains("instructions.txt:4: ") || error.contains("instructions.txt:5: "), "{error}");
        }
    }

    #[test]
    fn figures_without_a_compiler_are_of_no_use() {
        assert!(parse("ping_pong 469.4\n").unwrap_err().contains(COUNTED_WITH));
    }

    #[test]
    fn the_kept_file_has_a_figure_for_all_that_is_counted() {
        let kept = parse(include_str!("../instructions.txt")).unwrap();
        let mut names: Vec<_> = COUNTED.iter().map(|(name, _)| *name).collect();
        names.sort();
        assert_eq!(kept.figures.keys().collect::<Vec<_>>(), names);
    }

    #[test]
    fn all_that_is_counted_is_a_workload() {
        for (name, _) in COUNTED {
            assert!(crate::workloads::find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn three_percent_are_let_pass_in_both_directions() {
        assert_eq!(Change::between(Some(1000.0), 1029.9), Change::Small);
        assert_eq!(Change::between(Some(1000.0), 1030.1), Change::More);
        assert_eq!(Change::between(Some(1000.0), 970.1), Change::Small);
        assert_eq!(Change::between(Some(1000.0), 969.9), Change::Fewer);
        assert_eq!(Change::between(None, 1000.0), Change::New);
    }

    #[test]
    fn nothing_to_say_is_success() {
        let (report, same) = compare(&figures([("yield", 100.0), ("sieve", 5.0)]), &figures([("yield", 101.0)]));
        assert!(same);
        assert_eq!(report.lines().count(), 2);
        assert_eq!(report.lines().last(), Some("yield                   100.0      101.0     +1.0 %"));
    }

    #[test]
    fn every_kind_of_change_fails_and_says_what_to_do() {
        for (kept, now, percent, word) in [
            (figures([("yield", 100.0)]), 110.0, "+10.0 %", "MORE"),
            (figures([("yield", 100.0)]), 90.0, "-10.0 %", "FEWER"),
            (figures([]), 90.0, "-", "NEW"),
        ] {
            let (report, same) = compare(&kept, &figures([("yield", now), ("timeouts", 1.0)]));
            assert!(!same);
            let line = report.lines().find(|line| line.starts_with("yield")).unwrap();
            assert!(line.ends_with(&format!("{percent}  {word}")), "{line}");
            assert!(report.lines().any(|line| line.starts_with("What ") && line.contains(word)), "{report}");
            assert!(report.ends_with("    ./run.sh bench count --update\n"), "{report}");
        }
    }

    #[test]
    fn the_total_is_read_from_what_valgrind_says() {
        assert_eq!(total("==1== Cachegrind\n==1== \n==1== I   refs:      23,802,150\n"), Some(23_802_150));
        assert_eq!(total("==1== I refs:  7\n==1== D refs:  9\n"), Some(7));
        assert_eq!(total("==1== D refs:  9\n"), None);
        assert_eq!(total("valgrind: failed to start tool\n"), None);
    }
}

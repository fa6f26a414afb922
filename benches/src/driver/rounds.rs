//! Runs everything in turns: what disturbs the machine for a while disturbs all alike.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use super::build::{Column, Program};
use super::progress::Progress;
use super::serving::{self, beside};
use super::table::{Row, Table, medians};
use crate::child::NOT_THERE;
use crate::command_line::Settings;
use crate::workloads::{Measure, Workload};

/// How long a program may take for one workload.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a program has needed for an operation, by each measure, in each round or in each turn of all rounds; nothing if it
/// does not have the workload.
type Samples = Option<Vec<Vec<f64>>>;

pub fn run(columns: &[Column], settings: &Settings) -> Result<Table, String> {
    let programs: Vec<(&Column, &Program)> =
        columns.iter().flat_map(|column| column.programs.iter().map(move |program| (column, program))).collect();
    let mut samples: Vec<Vec<Samples>> = vec![vec![Some(vec![]); programs.len()]; settings.workloads.len()];
    let mut progress = Progress::new(settings.rounds * settings.workloads.len() * programs.len());
    for round in 1..=settings.rounds {
        for (workload, samples) in settings.workloads.iter().zip(&mut samples) {
            let n = if settings.quick { workload.n / 10 } else { workload.n };
            let mut starts = |name: &str| progress.next(round, settings.rounds, workload.name, name);
            if let Some(traffic) = workload.traffic.filter(|_| workload.is_asked_in_turns()) {
                let now = serving::in_turns(&programs, workload, &traffic, n, starts)?;
                samples.iter_mut().zip(now).for_each(|(samples, turns)| add(samples, turns));
                continue;
            }
            for ((column, program), samples) in programs.iter().zip(samples) {
                starts(column.name);
                if samples.is_some() {
                    let now = match &workload.traffic {
                        Some(traffic) => serving::sample(column.name, program, workload, traffic, n)?,
                        None => sample(column.name, program, workload, n)?.map(|figure| vec![figure]),
                    };
                    add(samples, now.map(|now| vec![now]));
                }
            }
        }
    }
    drop(progress);
    let rows = settings.workloads.iter().zip(&samples).flat_map(|(workload, samples)| {
        let first = samples.iter().flatten().next().filter(|_| workload.is_asked_in_turns());
        let typical =
            move |samples: &Vec<Vec<f64>>| first.map_or_else(|| medians(samples), |first| beside(first, samples));
        workload.measures.iter().enumerate().map(move |(number, measure)| {
            let mut figures = samples.iter().map(|samples| samples.as_ref().map(|samples| typical(samples)[number]));
            // Of several programs in one column, the best counts: `flatten` drops those that do not have the workload.
            let best = |column: &Column| figures.by_ref().take(column.programs.len()).flatten().reduce(f64::min);
            Row { workload, measure: *measure, figures: columns.iter().map(best).collect() }
        })
    });
    Ok(Table { columns: columns.iter().map(|column| column.name).collect(), rows: rows.collect() })
}

/// Notes what came of a round.
fn add(samples: &mut Samples, now: Samples) {
    match (samples.as_mut(), now) {
        (Some(before), Some(now)) => before.extend(now),
        _ => *samples = None,
    }
}

/// What one operation takes, the better of two runs after one that does not count; `None` if it does not have this
/// workload. Where being cold is the point, there is one run, in the second of two programs: whoever is the first in a while
/// to need much memory has the machine find it, which is nobody's cost in particular.
fn sample(name: &str, program: &Program, workload: &Workload, n: u64) -> Result<Option<f64>, String> {
    let (runs, uncounted) = if workload.cold { (1, 0) } else { (3, 1) };
    let run = || output(program.command(workload, n, runs)).map_err(|error| format!("{name}: {error}"));
    if workload.cold && workload.measures != [Measure::Bytes] {
        run()?;
    }
    let Some(output) = run()? else {
        eprintln!("\ncsp-bench: {name} still ran {} after {PATIENCE:?}: left out", workload.name);
        return Ok(None);
    };
    if output.status.code() == Some(NOT_THERE.into()) {
        return Ok(None);
    }
    let figures = figures(&output, name, workload, n)?;
    match figures.get(uncounted..) {
        Some(counted) if figures.len() == runs as usize => Ok(counted.iter().copied().reduce(f64::min)),
        _ => Err(format!("{name} printed {} lines about {}, not {runs}", figures.len(), workload.name)),
    }
}

/// What a program has said; nothing if it did not come to its end.
fn output(mut command: Command) -> io::Result<Option<Output>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().map(Some)
}

fn figures(output: &Output, name: &str, workload: &Workload, n: u64) -> Result<Vec<f64>, String> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name} fails in {}: {}\n{said}", workload.name, output.status));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let figure = |line: &str| {
        let numbers = line.split(' ').map(str::parse).collect::<Result<Vec<u64>, _>>();
        let Ok([answer, wall_ns, processor_ns, bytes]) = numbers.as_deref() else {
            return Err(format!("{name} printed about {}, and not four numbers: {line}", workload.name));
        };
        workload.check(name, n, *answer)?;
        let sum = match workload.measures {
            [Measure::Wall] => wall_ns,
            [Measure::Processor] => processor_ns,
            [Measure::Bytes] => bytes,
            other => return Err(format!("{} has no figures for {other:?}", workload.name)),
        };
        Ok(*sum as f64 / n as f64)
    };
    printed.lines().map(figure).collect()
}

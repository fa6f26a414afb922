//! Measures servers: each is a program of its own, and its clients are here.

use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::build::{Column, Program};
use super::table::medians;
use crate::clients::echo::Clients;
use crate::clients::places::Places;
use crate::clients::server::Server;
use crate::clients::{Served, http};
use crate::workloads::{Measure, Traffic, Workload};

/// How often the same server is asked; the first does not count.
const TIMES: usize = 3;

/// In how many turns servers are asked that run at the same time.
const TURNS: usize = 20;

/// What a request takes by each measure, in the better of two runs after one that does not count; `None` if that cannot be
/// measured here.
pub fn sample(
    name: &str,
    program: &Program,
    workload: &Workload,
    traffic: &Traffic,
    n: u64,
) -> Result<Option<Vec<f64>>, String> {
    let measured = || {
        allow_descriptors(traffic.connections)?;
        let places = Places::with(traffic.cores);
        let command = program.command(workload, n, 1);
        let Some(server) = places.of_server(|| Server::start(command))? else { return Ok(None) };
        places.of_clients(|| match workload.measures {
            [Measure::Bytes] => idle_connections(&server, n).map(|figure| Some(vec![figure])),
            _ => http(&server, workload, traffic),
        })
    };
    measured().map_err(|error| of(name, workload, error))
}

/// Starts the servers of all programs and asks them in turns, for a fraction of `n` echoes each: what disturbs the machine
/// for a second disturbs all alike. What a request takes in each turn by each measure, to be compared
/// [turn by turn](beside); `None` for whoever does not have the workload.
///
/// As many echoes before that do not count: what the others have displaced from the caches comes back, as it would be there
/// on a machine that runs this server alone.
pub fn in_turns(
    programs: &[(&Column, &Program)],
    workload: &Workload,
    traffic: &Traffic,
    n: u64,
    mut starts: impl FnMut(&str),
) -> Result<Vec<Option<Vec<Vec<f64>>>>, String> {
    allow_descriptors(traffic.connections * programs.len())?;
    let places = Places::with(traffic.cores);
    let start = |(column, program): &(&Column, &Program)| {
        starts(column.name);
        let started = Asked::start(&places, program.command(workload, n, 1), traffic.connections);
        started.map_err(|error| of(column.name, workload, error))
    };
    let mut all: Vec<Option<Asked>> = programs.iter().map(start).collect::<Result<_, _>>()?;
    let echoes = (n / TURNS as u64).max(traffic.connections as u64);
    for turn in 0..TURNS {
        for number in 0..all.len() {
            // Who begins, changes.
            let number = (turn + number) % all.len();
            let Some(asked) = &mut all[number] else { continue };
            let figures = places.of_clients(|| asked.ask(workload, echoes, places.are_shared()));
            let figures = figures.map_err(|error| of(programs[number].0.name, workload, error))?;
            asked.turns.push(figures);
        }
    }
    Ok(all.into_iter().map(|asked| asked.map(|asked| asked.turns)).collect())
}

/// By each measure what `turns` came to, in the median, as so many times the `first` of the same turn: the machine may be
/// half as fast in another.
pub fn beside(first: &[Vec<f64>], turns: &[Vec<f64>]) -> Vec<f64> {
    let ratio = |(first, own): (&Vec<f64>, &Vec<f64>)| own.iter().zip(first).map(|(own, first)| own / first).collect();
    let ratios: Vec<Vec<f64>> = first.iter().zip(turns).map(ratio).collect();
    medians(first).iter().zip(medians(&ratios)).map(|(first, ratio)| first * ratio).collect()
}

/// A server, those who ask it, and what came of it.
struct Asked {
    server: Server,
    clients: Clients,
    turns: Vec<Vec<f64>>,
}

impl Asked {
    fn start(places: &Places, command: Command, connections: usize) -> Result<Option<Asked>, String> {
        let Some(server) = places.of_server(|| Server::start(command))? else { return Ok(None) };
        let clients = places.of_clients(|| Clients::connect(server.address(), connections))?;
        Ok(Some(Asked { server, clients, turns: Vec::new() }))
    }

    fn ask(&mut self, workload: &Workload, n: u64, sleep: bool) -> Result<Vec<f64>, String> {
        self.clients.ask(n, sleep)?;
        let before = self.server.processor_ns();
        let served = self.clients.ask(n, sleep)?;
        Ok(figures(workload, &served, self.server.processor_ns() - before))
    }
}

fn of(name: &str, workload: &Workload, error: String) -> String {
    format!("{name} in {}: {error}", workload.name)
}

/// The memory of a connection that has been used, and waits.
fn idle_connections(server: &Server, n: u64) -> Result<f64, String> {
    let _first = Clients::connect(server.address(), 1)?;
    let before = server.memory();
    let _all = Clients::connect(server.address(), n as usize)?;
    Ok(server.memory().saturating_sub(before) as f64 / n as f64)
}

fn http(server: &Server, workload: &Workload, traffic: &Traffic) -> Result<Option<Vec<f64>>, String> {
    http::ask(server.address(), 3)?;
    best(server, workload, || http::wrk(server.address(), traffic.connections))
}

/// Of several runs, the first apart, that with the most requests a second.
fn best(
    server: &Server,
    workload: &Workload,
    mut run: impl FnMut() -> Result<Option<Served>, String>,
) -> Result<Option<Vec<f64>>, String> {
    let mut best: Option<Vec<f64>> = None;
    for time in 0..TIMES {
        let before = server.processor_ns();
        let Some(served) = run()? else { return Ok(None) };
        let processor_ns = server.processor_ns() - before;
        let figures = figures(workload, &served, processor_ns);
        if time > 0 && best.as_ref().is_none_or(|best| figures[0] < best[0]) {
            best = Some(figures);
        }
    }
    Ok(best)
}

/// By each measure.
fn figures(workload: &Workload, served: &Served, processor_ns: u64) -> Vec<f64> {
    workload.measures.iter().map(|measure| figure(*measure, served, processor_ns)).collect()
}

fn figure(measure: Measure, served: &Served, processor_ns: u64) -> f64 {
    match measure {
        Measure::Wall => served.wall_ns as f64 / served.requests as f64,
        Measure::Processor => processor_ns as f64 / served.requests as f64,
        Measure::Within(thousandths) => {
            let within = served.within.iter().find(|(part, _)| *part == thousandths);
            within.expect("clients tell it").1 as f64
        }
        Measure::Bytes => unreachable!("it is measured while nobody asks"),
    }
}

/// Lets this program, and the servers that it starts, have so many connections.
fn allow_descriptors(connections: usize) -> Result<(), String> {
    // Beside them there are files, pipes, libraries.
    let (wanted, limit) = (connections as u64 + 200, getrlimit(Resource::Nofile));
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let maximum = limit.maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).map_err(|_| {
        format!("{wanted} descriptors are wanted, and the limit is {maximum:?}: raise it with `ulimit -Hn`")
    })
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn turns_are_compared_with_those_beside_them() {
        let first = [10.0, 20.0, 30.0].map(|figure| vec![figure]);
        assert_eq!(beside(&first, &first), [20.0]);
        assert_eq!(beside(&first, &[11.0, 22.0, 90.0].map(|figure| vec![figure])), [22.0]);
    }
}

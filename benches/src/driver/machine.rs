//! What everything was measured on, and with.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use super::benches;

/// What to tell, and what it is here.
pub fn facts() -> Vec<(&'static str, String)> {
    vec![
        ("processor", field("/proc/cpuinfo", "model name")),
        ("cores", available_parallelism().map_or(String::from("?"), |cores| cores.to_string())),
        ("memory", memory()),
        ("kernel", said_by("uname", &["-sr"])),
        ("Rust", said_by("rustc", &["--version"])),
        ("Go", said_by("go", &["version"])),
        ("date", said_by("date", &["-u", "+%F"])),
    ]
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let values = text.lines().filter_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    values.map(|value| value.trim().to_string()).next().unwrap_or_else(|| String::from("?"))
}

fn memory() -> String {
    let total = field("/proc/meminfo", "MemTotal");
    let kib = total.trim_end_matches(" kB").parse::<f64>();
    kib.map_or(total, |kib| format!("{:.1} GiB", kib / f64::from(1 << 20)))
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success());
    output.map_or(String::from("none"), |output| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// The version of a crate that is used here.
pub fn version_of(name: &str) -> String {
    let lock = fs::read_to_string(benches().join("Cargo.lock")).unwrap_or_default();
    version_in(&lock, name).unwrap_or("?").to_string()
}

fn version_in<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    after.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_lock_file() {
        let lock = "name = \"async-io\"\nversion = \"2.6.0\"\n\nname = \"io\"\nversion = \"3.0.1\"\n";
        assert_eq!(version_in(lock, "io"), Some("3.0.1"));
        assert_eq!(version_in(lock, "async-io"), Some("2.6.0"));
        assert_eq!(version_in(lock, "async"), None);
    }

    #[test]
    fn every_crate_of_a_peer_is_there() {
        for name in crate::groups::ALL.iter().flat_map(|group| group.peers).flat_map(|peer| peer.crates) {
            assert_ne!(version_of(name), "?", "{name}");
        }
    }
}

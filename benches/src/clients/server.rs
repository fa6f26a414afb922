//! A server in a program of its own.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

use crate::child::NOT_THERE;
use crate::watch;

/// Runs until it is dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Returns when it listens; `None` if it does not have what it is to serve.
    pub fn start(mut command: Command) -> Result<Option<Server>, String> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let mut line = String::new();
        _ = BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line);
        if let Ok(port) = line.trim().parse() {
            return Ok(Some(Server { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) }));
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        match status.code() {
            Some(code) if code == i32::from(NOT_THERE) => Ok(None),
            _ => Err(format!("the server has told no port, but {line:?}: {status}")),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The memory that it holds: resident, and page tables.
    pub fn memory(&self) -> u64 {
        watch::memory_of(self.child.id())
    }

    /// The processor's time that it has used.
    pub fn processor_ns(&self) -> u64 {
        watch::processor_ns_of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself has nothing to be killed.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

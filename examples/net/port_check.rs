// Source: csp
// Which ports are open? A process for each, all at once, and nobody waits longer than a second.
//
// Look for: the answers come as they like, so they are put in order before they are printed.
// Try: ./run.sh net.port_check example.com 22 80 443 8080

use csp::net::{TcpListener, TcpStream, ToSocketAddrs};
use csp::prelude::*;
use std::io::ErrorKind;

const LIMIT: Duration = Duration::from_secs(1);

#[process_channel] // starts a process, and gives a channel that brings its result
fn check(host: String, port: u16) -> &'static str {
    let Ok(addresses) = (host, port).to_socket_addrs() else { return "no such host" };
    match TcpStream::connect_timeout(&addresses[0], LIMIT).map_err(|error| error.kind()) {
        Ok(_) => "open",
        Err(ErrorKind::ConnectionRefused) => "closed",
        Err(ErrorKind::TimedOut) => "does not answer",
        Err(_) => "cannot be reached",
    }
}

#[csp::main]
pub fn main() {
    let mut arguments = std::env::args().skip(1);
    if let Some(host) = arguments.next() {
        let ports: Vec<u16> = arguments.map(|port| port.parse().expect("a port is a number")).collect();
        let checks: Vec<_> = ports.iter().map(|&port| check(host.clone(), port)).collect();
        for (port, state) in ports.iter().zip(&checks) {
            println!("{port:5} {}", take(state).unwrap());
        }
        return;
    }
    // Two that are open, and one that was a moment ago.
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
    let [_first, _second, third] = listeners;
    drop(third);
    let checks = ports.map(|port| check("127.0.0.1".to_owned(), port));
    for (name, state) in ["first", "second", "third"].iter().zip(&checks) {
        println!("the {name} is {}", take(state).unwrap());
    }
}

//! Servers, each as the users of its library would write it. A server prints its port, and serves until it is killed:
//! it has no runs to tell of.

pub mod csp;
pub mod may;
pub mod tokio;

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use crate::workloads::{Service, Traffic, find};

/// Where servers listen: the system chooses the port.
const ANYWHERE: (&str, u16) = ("127.0.0.1", 0);

/// How much a server reads at a time.
const BUFFER: usize = 512;

/// What is sent for a request without anything special.
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

/// What a server of this workload does; nothing if that is none.
fn traffic(workload: &str) -> Option<&'static Traffic> {
    find(workload)?.traffic.as_ref()
}

/// Tells whoever has started this program where it can be reached.
fn tell(address: io::Result<SocketAddr>) {
    println!("{}", address.expect("it is bound").port());
}

/// Serves a connection to its end, by calls that wait.
fn serve(service: Service, stream: impl Read + Write) {
    // A client that has gone is no news.
    _ = match service {
        Service::Echo => echo(stream),
        Service::Http => http(stream),
    };
}

// Not inlined: the stack of the one is not to have room for what the other reads.
#[inline(never)]
fn echo(mut stream: impl Read + Write) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => stream.write_all(&buffer[..read])?,
        }
    }
}

/// Each request has an answer of its own, in a write of its own; none has a body.
#[inline(never)]
fn http(mut stream: impl Read + Write) -> io::Result<()> {
    let (mut buffer, mut filled) = ([0; 2 * BUFFER], 0);
    loop {
        match stream.read(&mut buffer[filled..])? {
            0 => return Ok(()),
            read => filled += read,
        }
        while let Some(length) = request(&buffer[..filled])? {
            stream.write_all(RESPONSE)?;
            buffer.copy_within(length..filled, 0);
            filled -= length;
        }
    }
}

/// The length of the request that this begins with, if it is whole.
fn request(text: &[u8]) -> io::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    match httparse::Request::new(&mut headers).parse(text) {
        Ok(httparse::Status::Complete(length)) => Ok(Some(length)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(error) => Err(io::Error::other(error)),
    }
}

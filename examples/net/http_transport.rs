// Source: ureq
// What a client of HTTP that was made for threads wants of a connection; here it is one of ours, and parks the process.
//
// Look for: four functions and two buffers. main calls them as the client does, and net.http_client is that client.
// Try: |_| { sleep(Duration::from_secs(6)); None } for the server: main returns an error, and that is the client's own.

use super::http_server::serve;
use csp::{net::TcpStream, prelude::*};
use std::io::{ErrorKind, Read, Write};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

#[derive(Debug)]
pub struct Parking(pub TcpStream, pub LazyBuffers);

impl Transport for Parking {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.1
    }

    fn transmit_output(&mut self, amount: usize, limit: NextTimeout) -> Result<(), Error> {
        self.0.set_write_timeout(limit.not_zero().as_deref().copied())?;
        Ok(self.0.write_all(&self.1.output()[..amount])?)
    }

    fn await_input(&mut self, limit: NextTimeout) -> Result<bool, Error> {
        self.0.set_read_timeout(limit.not_zero().as_deref().copied())?;
        let read = self.0.read(self.1.input_append_buf()).map_err(|error| match error.kind() {
            ErrorKind::TimedOut => Error::Timeout(limit.reason),
            _ => error.into(),
        })?;
        self.1.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        false // not to be used again: a connection for each request
    }
}

#[csp::main]
pub fn main() -> Result<(), Error> {
    let request = b"GET / HTTP/1.0\r\n\r\n";
    let limit = NextTimeout { after: Duration::from_secs(5).into(), ..NextTimeout::default() };
    let server = serve("127.0.0.1:0", |_| Some("Hello, World!".to_owned()))?;
    let mut connection = Parking(TcpStream::connect(server)?, LazyBuffers::new(4096, 4096));
    connection.buffers().output()[..request.len()].copy_from_slice(request);
    connection.transmit_output(request.len(), limit)?;
    while connection.await_input(limit)? {}
    println!("{}", String::from_utf8_lossy(connection.buffers().input()).lines().last().unwrap());
    Ok(())
}

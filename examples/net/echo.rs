// Source: csp
// A server with a process for each connection: whatever it reads it writes back.
//
// Look for: nothing here looks like a loop over events: who has nothing to read is parked, and the others go on.
// Try: ./run.sh net.echo 127.0.0.1:7000, and then `telnet 127.0.0.1 7000` in as many terminals as you like.

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use std::io::{self, BufRead, BufReader, Write};

#[process]
fn serve(listener: TcpListener) {
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        // The type implements Read and Write, and so does a reference to it, as with the standard library's.
        go(move || io::copy(&mut &stream, &mut &stream));
    }
}

#[process_channel] // starts a process, and gives a channel that brings its result
fn client(number: u32, server: std::net::SocketAddr) -> Vec<String> {
    let mut stream = TcpStream::connect(server).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut echo = |word| {
        writeln!(stream, "{word} from client {number}").unwrap();
        lines.next().unwrap().unwrap()
    };
    ["hello", "goodbye"].map(&mut echo).to_vec()
}

#[csp::main]
pub fn main() -> io::Result<()> {
    let here = std::env::args().nth(1);
    let listener = TcpListener::bind(here.as_deref().unwrap_or("127.0.0.1:0"))?; // 0: any port that is free
    let address = listener.local_addr()?;
    serve(listener);
    if here.is_some() {
        take(&csp::signal::ctrl_c()?);
        return Ok(());
    }
    let clients: Vec<_> = (1..=3).map(|number| client(number, address)).collect();
    for heard in &clients {
        println!("{}", take(heard).unwrap().join(", "));
    }
    Ok(())
}

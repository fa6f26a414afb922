// Source: csp
// A proxy: two processes for each connection, one for each direction; each ends its direction when it has read the end.
//
// Look for: the client ends what it writes, and the end arrives behind the proxy; what comes back still comes back.
// Try: ./run.sh net.tcp_proxy 127.0.0.1:8080 example.com:80, then `curl -H 'Host: example.com' 127.0.0.1:8080`.

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use std::io::{self, Write};
use std::net::Shutdown;

#[process]
fn proxy(listener: TcpListener, target: String) {
    for client in listener.incoming().map(Result::unwrap) {
        let target = target.clone();
        go(move || {
            let (mut from_server, mut to_server) = TcpStream::connect(&target).ok().or_stop().into_split();
            let (mut from_client, mut to_client) = client.into_split();
            go(move || io::copy(&mut from_client, &mut to_server)); // dropped at its end, the half ends its direction
            _ = io::copy(&mut from_server, &mut to_client);
        });
    }
}

#[process]
fn shout(listener: TcpListener) {
    for client in listener.incoming().map(Result::unwrap) {
        go(move || (&client).write_all(io::read_to_string(&client)?.to_uppercase().as_bytes()));
    }
}

#[csp::main]
pub fn main() -> io::Result<()> {
    if let [here, target] = &std::env::args().skip(1).collect::<Vec<_>>()[..] {
        proxy(TcpListener::bind(here)?, target.clone());
        take(&csp::signal::ctrl_c()?);
        return Ok(());
    }
    let [shouts, passes] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let (target, here) = (shouts.local_addr().unwrap(), passes.local_addr().unwrap());
    shout(shouts);
    proxy(passes, target.to_string());
    let mut stream = TcpStream::connect(here).unwrap();
    stream.write_all(b"what is said here is heard there").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    println!("{}", io::read_to_string(stream).unwrap());
    Ok(())
}

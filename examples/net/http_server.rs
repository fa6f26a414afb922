// Source: csp
// A server of pages: a process for each connection reads what is asked, and a function has the answer, if there is one.
//
// Look for: the count of visitors is a Cell that all connections share: they take turns on one thread.
// Try: ./run.sh net.http_server 127.0.0.1:8000, and a browser at http://127.0.0.1:8000/. Does it count two at a time?
// Browsers ask for /favicon.ico, too: let the function answer "/" alone.

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use std::io::{self, BufRead, BufReader, Write};
use std::{cell::Cell, net::SocketAddr, rc::Rc};

/// Starts a server, and gives the address where it listens.
pub fn serve(at: &str, page: impl Fn(&str) -> Option<String> + 'static) -> io::Result<SocketAddr> {
    let (listener, page) = (TcpListener::bind(at)?, Rc::new(page));
    let address = listener.local_addr();
    go(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let page = page.clone();
            go(move || answer(&stream, &*page)); // an error ends this process, and nobody else
        }
    });
    address
}

fn answer(mut stream: &TcpStream, page: &dyn Fn(&str) -> Option<String>) -> io::Result<()> {
    let head: Vec<String> =
        BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let path = head.first().and_then(|first| first.split(' ').nth(1)).unwrap_or("/");
    let (status, text) = page(path).map_or(("404 Not Found", "not here".to_owned()), |text| ("200 OK", text));
    write!(stream, "HTTP/1.0 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

#[csp::main]
pub fn main() -> io::Result<()> {
    let (here, visits) = (std::env::args().nth(1), Cell::new(0));
    let address = serve(here.as_deref().unwrap_or("127.0.0.1:0"), move |_| {
        Some(format!("You are visitor number {}.", visits.replace(visits.get() + 1) + 1))
    })?;
    if here.is_some() {
        take(&csp::signal::ctrl_c()?);
        return Ok(());
    }
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET / HTTP/1.0\r\n\r\n")?;
        println!("{}", io::read_to_string(stream)?.lines().last().unwrap());
    }
    Ok(())
}

// Source: csp
// A server of files: files are read on other threads, and a client that is slow holds up nobody.
//
// Look for: what is no file, or outside of the folder, is not found; the server goes on.
// Try: ./run.sh net.http_file_server 127.0.0.1:8000, and a browser at http://127.0.0.1:8000/README.md

use csp::net::{TcpListener, TcpStream};
use csp::{prelude::*, sync};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Component, Path};

const SLOWEST: Option<Duration> = Some(Duration::from_secs(10));

fn serve(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(SLOWEST)?;
    stream.set_write_timeout(SLOWEST)?;
    let lines: io::Result<Vec<_>> =
        BufReader::new(stream).lines().take_while(|l| !matches!(l, Ok(l) if l.is_empty())).collect();
    let lines = lines?;
    let path = lines.first().and_then(|first| first.split(' ').nth(1)).unwrap_or_default();
    let path = Path::new(path.trim_start_matches('/')).to_owned();
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let file = if inside { sync::blocking(|| std::fs::read(path)) } else { Err(io::ErrorKind::NotFound.into()) };
    let (status, body) = file.map_or(("404 Not Found", b"not here".to_vec()), |body| ("200 OK", body));
    write!(&*stream, "HTTP/1.0 {status}\r\nContent-Length: {}\r\n\r\n", body.len())?;
    (&*stream).write_all(&body)
}

#[csp::main]
pub fn main() -> io::Result<()> {
    let here = std::env::args().nth(1);
    let listener = TcpListener::bind(here.as_deref().unwrap_or("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    go(move || listener.incoming().map(Result::unwrap).for_each(|stream| _ = go(move || serve(&stream))));
    if here.is_some() {
        take(&csp::signal::ctrl_c()?);
        return Ok(());
    }
    for path in ["Cargo.toml", "nothing", "../secret"] {
        let stream = TcpStream::connect(address).unwrap();
        write!(&stream, "GET /{path} HTTP/1.0\r\n\r\n").unwrap();
        println!("{path}: {}", BufReader::new(&stream).lines().next().unwrap().unwrap());
    }
    Ok(())
}

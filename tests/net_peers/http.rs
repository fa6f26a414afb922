//! As much of an HTTP server as the peers ask for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;

/// What is asked for.
pub struct Request {
    pub path: String,
    pub body: Vec<u8>,
}

/// What is answered: a body, or that there is nothing.
pub type Answer = Option<Vec<u8>>;

/// A server: every connection has a process of its own, which begins with `open`. Gives the address, and how each of
/// them ended: after how many requests.
pub fn server<S: Read + Write>(
    open: impl Fn(TcpStream) -> S + 'static,
    answer: impl Fn(Request) -> Answer + 'static,
) -> (SocketAddr, Channel<io::Result<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (ended, way) = (Channel::new(), Rc::new((open, answer)));
    let out = ended.clone();
    go(move || {
        for stream in listener.incoming() {
            let (stream, way, out) = (stream.unwrap(), way.clone(), out.clone());
            go(move || {
                let end = converse(&mut way.0(stream), &way.1);
                put(&out, end)
            });
        }
    });
    (address, ended)
}

/// Answers one request after the other, until the client has no more. Gives how many there were.
pub fn converse(stream: &mut (impl Read + Write), answer: impl Fn(Request) -> Answer) -> io::Result<usize> {
    let (mut ahead, mut served) = (Vec::new(), 0);
    while let Some(request) = read(stream, &mut ahead)? {
        let (status, body) = answer(request).map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(&body)?;
        stream.flush()?;
        served += 1;
    }
    Ok(served)
}

/// The next request; `ahead` is what has been read of it, and later of the one after it.
fn read(stream: &mut (impl Read + Write), ahead: &mut Vec<u8>) -> io::Result<Option<Request>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(begin) = head.parse(ahead).map_err(io::Error::other)? {
            let value = |name| head.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value);
            let length = value("Content-Length").map_or("0", |value| std::str::from_utf8(value).unwrap());
            let end = begin + length.parse::<usize>().map_err(io::Error::other)?;
            let path = head.path.unwrap().to_owned();
            if value("Expect") == Some(b"100-continue") {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            stream.take(end.saturating_sub(ahead.len()) as u64).read_to_end(ahead)?;
            if ahead.len() < end {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let rest = ahead.split_off(end);
            let body = std::mem::replace(ahead, rest).split_off(begin);
            return Ok(Some(Request { path, body }));
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece)? {
            0 if ahead.is_empty() => return Ok(None),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            length => ahead.extend_from_slice(&piece[..length]),
        }
    }
}

//! Bytes and their ends, with netcat on the other side: what it reads from its input goes to the socket, and what comes
//! from there to its output.

use std::io::{self, ErrorKind, Read, Write};

use csp::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use csp::prelude::*;

use crate::http::converse;
use crate::peer::{Folder, Peer, everywhere, line, rest};

/// More than a pipe and a socket take at once.
const LENGTH: usize = 3_000_000;

/// Gives it much to say, closes its input, and hears the same again.
fn is_echoed(mut nc: Peer) {
    let (mut to, mut from) = (nc.stdin(), nc.stdout());
    let said: Vec<u8> = (0..LENGTH).map(|n| (n / 3) as u8).collect();
    let saying = said.clone();
    go(move || to.write_all(&saying).unwrap());
    let mut heard = Vec::new();
    from.read_to_end(&mut heard).unwrap();
    assert!(heard == said, "{} bytes came back", heard.len());
    nc.succeeds();
}

/// It says "hello", and ends its direction; the answer comes by the other.
fn is_answered(mut nc: Peer, mut stream: impl Read + Write) {
    nc.stdin().write_all(b"hello").unwrap();
    assert_eq!(io::read_to_string(&mut stream).unwrap(), "hello");
    stream.write_all(b"goodbye").unwrap();
    drop(stream);
    assert_eq!(io::read_to_string(nc.stdout()).unwrap(), "goodbye");
    nc.succeeds();
}

#[test]
fn a_client_that_ends_one_direction_hears_the_rest() {
    everywhere(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        go(move || {
            let (stream, _) = listener.accept().unwrap();
            io::copy(&mut &stream, &mut &stream).unwrap();
        });
        is_echoed(Peer::start("nc", &["-N", "127.0.0.1", &port]));
    });
}

#[test]
fn a_client_of_a_path() {
    everywhere(|| {
        let folder = Folder::new("nc-client");
        let path = folder.join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        go(move || {
            let (stream, _) = listener.accept().unwrap();
            io::copy(&mut &stream, &mut &stream).unwrap();
        });
        is_echoed(Peer::start("nc", &["-N", "-U", path.to_str().unwrap()]));
    });
}

#[test]
fn a_client_that_goes_away_within_a_request() {
    everywhere(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let mut nc = Peer::start("nc", &["127.0.0.1", &port]);
        let mut to = nc.stdin();
        to.write_all(b"POST / HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\nhalf").unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let served = go_channel(move || converse(&mut stream, |_| None));
        assert_eq!(line(&mut nc.stdout()), "HTTP/1.1 100 Continue");
        drop(nc);
        assert_eq!(take(&served).unwrap().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    });
}

/// Where a netcat listens: it says so among its errors.
fn place(nc: &mut Peer, begin: &str) -> String {
    let mut errors = nc.stderr();
    let place = rest(&mut errors, begin);
    // What else it says finds a reader.
    go(move || io::copy(&mut errors, &mut io::sink()).unwrap());
    place
}

#[test]
fn a_server() {
    everywhere(|| {
        let mut nc = Peer::start("nc", &["-v", "-N", "-n", "-l", "127.0.0.1", "0"]);
        let port = place(&mut nc, "Listening on 127.0.0.1 ");
        is_answered(nc, TcpStream::connect(format!("127.0.0.1:{port}")).unwrap());
    });
}

#[test]
fn a_server_at_a_path() {
    everywhere(|| {
        let folder = Folder::new("nc-server");
        let path = folder.join("socket");
        let mut nc = Peer::start("nc", &["-v", "-N", "-l", "-U", path.to_str().unwrap()]);
        place(&mut nc, "Listening on ");
        is_answered(nc, UnixStream::connect(&path).unwrap());
    });
}

#[test]
fn messages_from_a_client_and_back() {
    everywhere(|| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port().to_string();
        let mut nc = Peer::start("nc", &["-u", "127.0.0.1", &port]);
        let (mut to, mut from) = (nc.stdin(), nc.stdout());
        for said in ["one\n", "two\n", "three\n"] {
            to.write_all(said.as_bytes()).unwrap();
            let mut heard = [0; 100];
            let (length, sender) = socket.recv_from(&mut heard).unwrap();
            assert_eq!(&heard[..length], said.as_bytes());
            socket.send_to(format!("{length} bytes\n").as_bytes(), sender).unwrap();
            assert_eq!(line(&mut from), format!("{} bytes", said.len()));
        }
    });
}

#[test]
fn messages_to_a_server_and_back() {
    everywhere(|| {
        let mut nc = Peer::start("nc", &["-v", "-n", "-u", "-l", "127.0.0.1", "0"]);
        let port = place(&mut nc, "Bound on 127.0.0.1 ");
        let (mut to, mut from) = (nc.stdin(), nc.stdout());
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(format!("127.0.0.1:{port}")).unwrap();
        for said in ["one\n", "two\n", "three\n"] {
            socket.send(said.as_bytes()).unwrap();
            assert_eq!(line(&mut from), said.trim_end());
            to.write_all(said.to_uppercase().as_bytes()).unwrap();
            let mut heard = [0; 100];
            let length = socket.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], said.to_uppercase().as_bytes());
        }
    });
}

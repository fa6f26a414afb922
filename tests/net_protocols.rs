//! Libraries that were written for blocking sockets, over ours.
#![cfg(unix)]

mod tls;

use std::io::{BufRead, BufReader, Read, Write};

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use tls::Identity;

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn everywhere(f: fn()) {
    csp::run(f);
    csp::Builder::new().virtual_time().run(f);
}

#[test]
fn tls_by_rustls() {
    everywhere(|| {
        let identity = Identity::new();
        let server = identity.server();
        let (near, far) = pair();
        let served = go_channel(move || {
            let mut stream = server(far);
            let mut line = String::new();
            BufReader::new(&mut stream).read_line(&mut line).unwrap();
            // More than one record, and more than a socket takes at once.
            stream.write_all(line.repeat(100_000).as_bytes()).unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        });
        let mut stream = identity.client(near);
        stream.write_all(b"secret\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "secret\n".repeat(100_000));
        take(&served).unwrap();
    });
}

#[test]
fn web_sockets_by_tungstenite() {
    everywhere(|| {
        let (near, far) = pair();
        let served = go_channel(move || {
            let mut socket = tungstenite::accept(far).unwrap();
            while let Ok(message) = socket.read() {
                if message.is_text() || message.is_binary() {
                    socket.send(message).unwrap();
                }
            }
        });
        let (mut socket, answer) = tungstenite::client("ws://localhost/chat", near).unwrap();
        assert_eq!(answer.status(), 101);
        for message in [tungstenite::Message::text("hello"), tungstenite::Message::binary(vec![7; 1_000_000])] {
            socket.send(message.clone()).unwrap();
            assert_eq!(socket.read().unwrap(), message);
        }
        // One that waits too long may go on.
        socket.get_ref().set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let tungstenite::Error::Io(error) = socket.read().unwrap_err() else { panic!("a time-out") };
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        socket.get_ref().set_read_timeout(None).unwrap();
        socket.send(tungstenite::Message::text("still here")).unwrap();
        assert_eq!(socket.read().unwrap().into_text().unwrap(), "still here");
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
        take(&served).unwrap();
    });
}

#[test]
fn http_by_httparse() {
    everywhere(|| {
        let (mut near, mut far) = pair();
        let served = go_channel(move || {
            let (mut buf, mut filled) = (vec![0; 4096], 0);
            loop {
                filled += far.read(&mut buf[filled..]).unwrap();
                let mut headers = [httparse::EMPTY_HEADER; 16];
                let mut request = httparse::Request::new(&mut headers);
                if request.parse(&buf[..filled]).unwrap().is_complete() {
                    let answer = format!("{} {}", request.method.unwrap(), request.path.unwrap());
                    return write!(far, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).unwrap();
                }
            }
        });
        // Byte by byte, as a slow client writes.
        for byte in b"GET /path HTTP/1.1\r\nHost: localhost\r\n\r\n" {
            near.write_all(&[*byte]).unwrap();
            yield_now();
        }
        let mut answer = String::new();
        near.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\nGET /path"), "{answer}");
        take(&served).unwrap();
    });
}

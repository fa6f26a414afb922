//! Sockets of the file system, and messages: over them everything is as over TCP (`net_tcp`); here is what differs.
#![cfg(unix)]

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::path::PathBuf;
use std::thread;

use csp::net::{UdpSocket, UnixDatagram, UnixListener, UnixStream, readable};
use csp::prelude::*;

/// A path at which there is nothing, until this is dropped.
struct At(PathBuf);

impl At {
    fn new(name: &str) -> At {
        At(std::env::temp_dir().join(format!("csp-{}-{name}", std::process::id())))
    }
}

impl Drop for At {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn spec_15_1_a_listener_at_a_path() {
    let at = At::new("listener");
    let path = at.0.clone();
    csp::run(move || {
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(&*path));
        go(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                go(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        let mut client = UnixStream::connect(&path).unwrap();
        client.write_all(b"hello").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut echo = String::new();
        client.read_to_string(&mut echo).unwrap();
        assert_eq!(echo, "hello");
        assert_eq!(UnixStream::connect(path.join("nowhere")).unwrap_err().kind(), ErrorKind::NotADirectory);
    });
}

#[test]
fn spec_15_1_to_connect_waits_for_room() {
    let at = At::new("full");
    let path = at.0.clone();
    csp::Builder::new().virtual_time().run(move || {
        let listener = UnixListener::bind(&path).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let clients: Vec<_> = (0..5)
            .map(|_| {
                let path = path.clone();
                go_channel(move || UnixStream::connect(&path).unwrap().write_all(b"x").unwrap())
            })
            .collect();
        sleep(Duration::from_millis(10));
        for mut stream in listener.incoming().take(clients.len()).map(Result::unwrap) {
            assert_eq!(stream.read(&mut [0]).unwrap(), 1);
        }
        clients.iter().for_each(|client| take(client).unwrap());
    });
}

#[test]
fn spec_15_1_a_pair_byte_by_byte_with_back_pressure() {
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        time.run(|| {
            const LENGTH: usize = 50_000;
            let (mut a, b) = UnixStream::pair().unwrap();
            for stream in [&a, &b] {
                rustix::net::sockopt::set_socket_send_buffer_size(stream, 1).unwrap();
            }
            go(move || {
                let data: Vec<u8> = (0..LENGTH).map(|n| n as u8).collect();
                let mut pieces = data.as_slice();
                while !pieces.is_empty() {
                    let size = pieces.len().min(random_range(1..3000));
                    let written = a.write(&pieces[..size]).unwrap();
                    pieces = &pieces[written..];
                }
            });
            let mut heard = 0;
            while (&b).read(&mut [0]).unwrap() == 1 {
                heard += 1;
            }
            assert_eq!(heard, LENGTH);
        });
    }
}

#[test]
fn spec_15_1_messages_wait_for_room_and_keep_their_ends() {
    let at = At::new("datagrams");
    let path = at.0.clone();
    csp::run(move || {
        let (to, from) = (UnixDatagram::bind(&path).unwrap(), UnixDatagram::unbound().unwrap());
        let sent = go_channel(move || {
            (0..1000u32).for_each(|n| {
                assert_eq!(from.send_to(&n.to_be_bytes(), &path).unwrap(), 4);
            })
        });
        sleep(Duration::from_millis(5));
        for n in 0..1000u32 {
            let mut message = [0; 10];
            assert_eq!(to.recv(&mut message).unwrap(), 4);
            assert_eq!(message[..4], n.to_be_bytes());
        }
        take(&sent).unwrap();
        to.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        assert_eq!(to.recv_from(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        let (a, _b) = UnixDatagram::pair().unwrap();
        a.set_write_timeout(Some(Duration::from_millis(3))).unwrap();
        let full = (0..).find_map(|_| a.send(&[0; 4096]).err()).unwrap();
        assert_eq!(full.kind(), ErrorKind::TimedOut);
    });
}

#[test]
fn spec_15_1_udp() {
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        time.run(|| {
            let (a, b) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
            let to = b.local_addr().unwrap();
            let answers = go_channel(move || {
                let mut message = [0; 100];
                let (n, from) = b.recv_from(&mut message).unwrap();
                b.connect(from).unwrap();
                b.send(&message[..n]).unwrap();
            });
            yield_now();
            a.send_to(b"hello", to).unwrap();
            take(&answers).unwrap();
            let mut message = [0; 3];
            readable(&a).wait().unwrap();
            assert_eq!(a.peek(&mut message).unwrap(), 3);
            // The rest is lost, as ever.
            assert_eq!(a.recv_from(&mut message).unwrap(), (3, to));
            a.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            assert_eq!(a.recv(&mut message).unwrap_err().kind(), ErrorKind::TimedOut);
            assert_eq!(a.send_to(b"x", "no port").unwrap_err().kind(), ErrorKind::InvalidInput);
        });
    }
}

#[test]
fn spec_15_2_on_threads() {
    let (a, b) = UnixStream::pair().unwrap();
    let reads = thread::spawn(move || {
        let mut words = String::new();
        (&b).read_to_string(&mut words).unwrap();
        words
    });
    (&a).write_all(b"from a thread").unwrap();
    drop(a);
    assert_eq!(reads.join().unwrap(), "from a thread");
}

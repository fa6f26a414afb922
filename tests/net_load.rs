//! Many connections, and what happens when there is no room for more. Descriptors are counted, so each test is a program of
//! its own.
#![cfg(target_os = "linux")]

mod child;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use csp::net::{TcpListener, TcpStream};
use csp::{prelude::*, sync};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many connections: fewer where they take longer.
const CONNECTIONS: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
/// How many of them at a time.
const AT_ONCE: usize = 100;

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Answers each byte with the next, until the end.
fn serve(mut stream: &TcpStream) {
    let mut byte = [0];
    while matches!(stream.read(&mut byte), Ok(1)) {
        byte[0] += 1;
        if stream.write_all(&byte).is_err() {
            break;
        }
    }
}

/// One connection, that ends in one of the ways there are.
fn connect(to: SocketAddr, n: usize) {
    let mut stream = TcpStream::connect(to).unwrap();
    let mut answer = [0];
    stream.write_all(&[7]).unwrap();
    match n % 4 {
        // In the middle.
        0 => rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap(),
        // While it waits.
        1 => {
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            _ = stream.read_exact(&mut answer).and_then(|()| stream.read_exact(&mut answer));
            rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        }
        _ => {
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(answer, [8]);
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(stream.read(&mut answer).unwrap(), 0);
        }
    }
}

fn nothing_is_left(connections: usize, builder: csp::Builder) {
    builder.run(|| {
        // The first one makes what stays: the poller, and a thread in the background perhaps.
        let batch = |size: usize| {
            // Another address for each batch: the ports of the last are still in use.
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let to = listener.local_addr().unwrap();
            let server = go(move || {
                for stream in listener.incoming() {
                    let stream = stream.unwrap();
                    go(move || serve(&stream));
                }
            });
            let clients: Vec<_> = (0..AT_ONCE)
                .map(|first| go_channel(move || (first..size).step_by(AT_ONCE).for_each(|n| connect(to, n))))
                .collect();
            clients.iter().for_each(|client| take(client).unwrap());
            kill(&server);
            // Those who serve read the end, and are gone.
            while csp::stats().processes > 1 {
                sleep(Duration::from_millis(1));
            }
        };
        batch(AT_ONCE);
        let before = descriptors();
        (0..10).for_each(|_| batch(connections / 10));
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn spec_15_14_nothing_is_left_of_many_connections() {
    let ended = child::run("spec_15_14_nothing_is_left_of_many_connections", || {
        nothing_is_left(CONNECTIONS, csp::Builder::new())
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn spec_15_14_nor_with_the_poller_in_the_background() {
    let ended = child::run("spec_15_14_nor_with_the_poller_in_the_background", || {
        // Two threads for each event: it takes longer.
        nothing_is_left(CONNECTIONS.min(20_000), csp::Builder::new().virtual_time());
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn spec_15_14_across_the_workers_of_a_runtime() {
    let ended = child::run("spec_15_14_across_the_workers_of_a_runtime", || {
        let round = || {
            let runtime = sync::Runtime::start(2);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let to = listener.local_addr().unwrap();
            let (end, ended) = sync::channel::<()>(0);
            runtime.go(move || {
                go(move || {
                    for stream in listener.incoming() {
                        let stream = stream.unwrap();
                        sync::go(move || serve(&stream));
                    }
                });
                take(&ended);
            });
            let clients: Vec<_> = (0..20)
                .map(|first| {
                    runtime.go_channel(move || (first..CONNECTIONS / 10).step_by(20).for_each(|n| connect(to, n)))
                })
                .collect();
            clients.iter().for_each(|client| take(client).unwrap());
            drop(end);
        };
        round();
        let before = descriptors();
        round();
        assert_eq!(descriptors(), before);
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn spec_15_15_an_accept_loop_outlives_the_want_of_descriptors() {
    let ended = child::run("spec_15_15_an_accept_loop_outlives_the_want_of_descriptors", || {
        csp::Builder::new().virtual_time().run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let to = listener.local_addr().unwrap();
            let accepted = Channel::new();
            let out = accepted.clone();
            // This is registered, and so is whatever the process needs.
            go_now(move || {
                for stream in listener.incoming() {
                    put(&out, stream.unwrap()).unwrap();
                }
            });
            yield_now();
            drop((TcpStream::connect(to).unwrap(), take(&accepted)));
            let limit = Rlimit { current: Some(descriptors() as u64 + 20), ..getrlimit(Resource::Nofile) };
            setrlimit(Resource::Nofile, limit).unwrap();
            // All that are left, but for those of the clients that nobody accepts.
            let mut clients = Vec::new();
            let error = loop {
                match TcpStream::connect(to) {
                    Ok(client) => clients.push(client),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));
            // It tries, and pauses, several times.
            sleep(Duration::from_secs(3));
            let connected = clients.len();
            clients.truncate(connected / 2);
            // Those that have gone are taken too.
            (0..connected).for_each(|_| drop(take(&accepted).unwrap()));
        });
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn spec_15_15_accept_alone_says_so() {
    let ended = child::run("spec_15_15_accept_alone_says_so", || {
        csp::run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let none = Rlimit { current: Some(0), ..getrlimit(Resource::Nofile) };
            let before = setrlimit(Resource::Nofile, none);
            before.unwrap();
            let error = listener.accept().unwrap_err();
            assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));
            assert_ne!(error.kind(), ErrorKind::WouldBlock);
            drop(client);
        });
    });
    ended.assert_code(child::RETURNED);
}

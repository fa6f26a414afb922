//! TCP: what a socket does when it can go on, when it has to wait, and when it ends.
#![cfg(unix)]

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{self, Shutdown};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use csp::net::{TcpListener, TcpStream, readable, writable};
use csp::reactor::{Network, Reactor, RealTime};
use csp::{Clock, prelude::*, sync};

/// A listener, and its address.
fn listen() -> (TcpListener, net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Two ends of a connection.
fn pair() -> (TcpStream, TcpStream) {
    let (listener, address) = listen();
    let client = TcpStream::connect(address).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Gives back all that comes, until the end.
fn echo(stream: &TcpStream) {
    _ = io::copy(&mut &*stream, &mut &*stream);
}

fn says(stream: &mut (impl Read + Write), words: &[u8]) {
    stream.write_all(words).unwrap();
    let mut heard = vec![0; words.len()];
    stream.read_exact(&mut heard).unwrap();
    assert_eq!(heard, words);
}

fn everywhere(f: fn()) {
    csp::run(f);
    csp::Builder::new().virtual_time().run(f);
}

#[test]
fn spec_15_1_a_process_waits_and_the_others_go_on() {
    everywhere(|| {
        let (listener, address) = listen();
        let served = go_channel(move || {
            for _ in 0..3 {
                let (stream, from) = listener.accept().unwrap();
                assert_eq!(stream.peer_addr().unwrap(), from);
                go(move || echo(&stream));
            }
        });
        let clients: Vec<_> = (0..3u8)
            .map(|n| {
                go_channel(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    for round in 0..100 {
                        says(&mut stream, &[n, round]);
                    }
                })
            })
            .collect();
        clients.iter().for_each(|client| take(client).unwrap());
        take(&served).unwrap();
    });
}

#[test]
fn spec_15_1_lines_over_a_buffered_reader() {
    csp::run(|| {
        let (client, server) = pair();
        go(move || {
            for line in BufReader::new(&server).lines() {
                writeln!(&server, "{}!", line.unwrap()).unwrap();
            }
        });
        let mut lines = BufReader::new(&client).lines();
        for word in ["one", "two"] {
            writeln!(&client, "{word}").unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), format!("{word}!"));
        }
    });
}

#[test]
fn spec_15_2_a_thread_without_a_scheduler_waits_itself() {
    let (listener, address) = listen();
    let server = thread::spawn(move || echo(&listener.accept().unwrap().0));
    let mut client = TcpStream::connect(address).unwrap();
    says(&mut client, b"from thread to thread");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    server.join().unwrap();

    client.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    let (_silent, mut waits) = pair();
    waits.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    assert_eq!(waits.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    writable(&waits).wait().unwrap();
}

#[test]
fn spec_15_3_a_stream_goes_to_other_schedulers_and_back() {
    let runtime = sync::Runtime::start(2);
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        time.run(|| {
            let (mut client, server) = pair();
            let server = Arc::new(server);
            for round in 0..20u8 {
                let echoes = server.clone();
                let done = runtime.go_channel(move || {
                    let mut byte = [0];
                    (&*echoes).read_exact(&mut byte).unwrap();
                    (&*echoes).write_all(&byte).unwrap();
                });
                says(&mut client, &[round]);
                take(&done).unwrap();
                // And here, in between.
                client.write_all(&[round]).unwrap();
                (&*server).read_exact(&mut [0]).unwrap();
            }
        });
    }
    runtime.join();
}

#[test]
fn spec_15_3_who_waits_through_a_scheduler_that_ends_goes_on() {
    let (client, server) = pair();
    let server = Arc::new(server);
    let (begun, end) = (sync::Channel::new(), sync::Channel::<()>::new());
    let first = {
        let (server, begun, end) = (server.clone(), begun.clone(), end.clone());
        thread::spawn(move || {
            csp::run(|| {
                let waits = server.clone();
                go_now(move || (&*waits).read(&mut [0; 8]));
                put(&begun, ()).unwrap();
                take(&end);
            })
        })
    };
    take(&begun);
    // It waits in the same direction, so it stays with the poller of the first.
    let second = {
        let (server, begun) = (server.clone(), begun.clone());
        thread::spawn(move || {
            csp::run(|| {
                let read = go_channel(move || {
                    let mut byte = [0];
                    (&*server).read_exact(&mut byte).map(|()| byte[0])
                });
                sleep(Duration::from_millis(1));
                put(&begun, ()).unwrap();
                take(&read).unwrap().unwrap()
            })
        })
    };
    take(&begun);
    end.close();
    first.join().unwrap();
    (&client).write_all(&[9]).unwrap();
    assert_eq!(second.join().unwrap(), 9);
}

#[test]
fn spec_15_3_an_event_from_another_thread_comes_when_it_likes() {
    const ROUNDS: usize = 20_000;
    let (client, server) = pair();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let peer = thread::spawn(move || {
        for round in 0..ROUNDS {
            (&server).read_exact(&mut [0]).unwrap();
            // Before the other tries, while he does, or when he waits.
            (0..round % 1000).for_each(|_| std::hint::spin_loop());
            (&server).write_all(&[0]).unwrap();
        }
    });
    // Told by the thread in the background.
    csp::Builder::new().virtual_time().run(|| {
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        for _ in 0..ROUNDS {
            (&client).write_all(&[0]).unwrap();
            (&client).read_exact(&mut [0]).unwrap();
        }
    });
    peer.join().unwrap();
}

#[test]
fn spec_15_4_readiness_is_a_branch() {
    everywhere(|| {
        let (mut a, b) = pair();
        let c = Channel::new();
        let out = c.clone();
        go(move || {
            put(&out, 1).unwrap();
            a.write_all(b"!").unwrap();
            sleep(Duration::from_millis(1));
            take(&Channel::<()>::new());
        });
        let mut log = Vec::new();
        for _ in 0..2 {
            alts! {
                n = take(&c) => log.push(format!("took {n:?}")),
                () = op(readable(&b)) => {
                    let mut byte = [0];
                    (&b).read_exact(&mut byte).unwrap();
                    log.push(format!("read {}", byte[0] as char));
                }
            }
        }
        log.sort();
        assert_eq!(log, ["read !", "took Some(1)"]);
        // What was told and was read already does not count.
        alts! {
            () = op(readable(&b)) => panic!("all was read"),
            _ = sleep(Duration::from_millis(2)) => {}
        }
        alts! {
            () = op(writable(&b)) => {}
            default => panic!("nothing was written"),
        }
    });
}

/// Twice in the same direction, and once in the other: whichever wins, all can be waited for again.
#[test]
fn spec_15_4_one_socket_in_several_branches() {
    everywhere(|| {
        let (a, b) = pair();
        fill(&b);
        for word in [b'x', b'y', b'z'] {
            let a = a.try_clone().unwrap();
            go(move || {
                yield_now();
                (&a).write_all(&[word]).unwrap();
            });
            let chosen = alts! {
                () = op(readable(&b)) => "first",
                () = op(writable(&b)) => "other way",
                () = op(readable(&b)) => "second",
                _ = sleep(Duration::from_secs(60)) => "none",
            };
            assert!(["first", "second"].contains(&chosen), "{chosen}");
            let mut byte = [0];
            (&b).read_exact(&mut byte).unwrap();
            assert_eq!(byte, [word]);
        }
        // The other direction, in another place.
        go(move || while (&a).read(&mut [0; 65_536]).unwrap() > 0 {});
        let chosen = alts! {
            () = op(readable(&b)) => "nothing was written",
            () = op(writable(&b)) => "there is room",
            _ = sleep(Duration::from_secs(60)) => "none",
        };
        assert_eq!(chosen, "there is room");
    });
}

/// Writes until there is no room, so that one who wants to write has to wait.
fn fill(stream: &TcpStream) {
    stream.set_nonblocking(true).unwrap();
    while (&*stream).write(&[0; 65_536]).is_ok() {}
    stream.set_nonblocking(false).unwrap();
}

#[test]
fn spec_15_5_a_read_that_takes_too_long_has_timed_out() {
    everywhere(|| {
        let (client, server) = pair();
        client.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        assert_eq!(client.read_timeout().unwrap(), Some(Duration::from_millis(20)));
        assert_eq!((&client).read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        // It is as good as new.
        (&server).write_all(b"x").unwrap();
        client.set_read_timeout(None).unwrap();
        assert_eq!((&client).read(&mut [0]).unwrap(), 1);
        assert_eq!(client.set_read_timeout(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::InvalidInput);
        // Time goes on for the others, too.
        let late = go_channel(|| sleep(Duration::from_millis(5)));
        client.set_read_timeout(Some(Duration::from_secs(3600))).unwrap();
        go(move || {
            take(&late);
            (&server).write_all(b"y").unwrap();
        });
        assert_eq!((&client).read(&mut [0]).unwrap(), 1);
    });
}

#[test]
fn spec_15_5_a_write_that_takes_too_long_has_timed_out() {
    everywhere(|| {
        let (client, _server) = pair();
        client.set_write_timeout(Some(Duration::from_millis(10))).unwrap();
        let full = loop {
            if let Err(error) = (&client).write(&[0; 65536]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::TimedOut);
    });
}

#[test]
fn spec_15_5_virtual_time_passes_as_in_reality_while_the_network_is_waited_for() {
    csp::Builder::new().virtual_time().run(|| {
        let (client, server) = pair();
        let outside = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            (&server).write_all(b"!").unwrap();
        });
        client.set_read_timeout(Some(Duration::from_secs(600))).unwrap();
        let start = now();
        // It would jump to the timeout.
        assert_eq!((&client).read(&mut [0]).unwrap(), 1);
        assert!(now() - start < Duration::from_secs(300));
        outside.join().unwrap();
        // And now it jumps again.
        let start = now();
        sleep(Duration::from_secs(3600));
        assert_eq!(now() - start, Duration::from_secs(3600));
    });
}

#[test]
fn spec_15_6_killed_while_it_waits_it_leaves_no_trace() {
    everywhere(|| {
        let (client, server) = pair();
        let server = Rc::new(server);
        let read = Rc::new(Cell::new(0));
        for _ in 0..3 {
            let (server, read) = (server.clone(), read.clone());
            let waits = go_now(move || read.set(read.get() + (&*server).read(&mut [0]).unwrap()));
            yield_now();
            kill(&waits);
            yield_now();
            assert!(!waits.is_alive());
        }
        (&client).write_all(b"12").unwrap();
        let mut both = [0; 2];
        (&*server).read_exact(&mut both).unwrap();
        assert_eq!((&both, read.get()), (b"12", 0));
    });
}

#[test]
fn spec_15_6_unwound_it_does_not_wait() {
    struct Goodbye(TcpStream, Channel<(io::Result<()>, io::Result<usize>)>);
    impl Drop for Goodbye {
        fn drop(&mut self) {
            let said = self.0.write_all(b"goodbye");
            _ = offer(&self.1, (said, self.0.read(&mut [0])));
        }
    }
    csp::run(|| {
        let (client, mut server) = pair();
        let told = Channel::buffered(1);
        let goodbye = Goodbye(client, told.clone());
        let ends = go_now(move || {
            let _goodbye = goodbye;
            stop();
        });
        assert!(!ends.is_alive());
        let (said, heard) = take(&told).unwrap();
        said.unwrap();
        assert_eq!(heard.unwrap_err().kind(), ErrorKind::Other);
        let mut words = String::new();
        server.read_to_string(&mut words).unwrap();
        assert_eq!(words, "goodbye");
    });
}

#[test]
fn spec_15_7_who_waits_for_the_network_is_awaited_from_outside() {
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        let mut heard = false;
        let result = time.try_run(|| {
            let (client, server) = pair();
            let outside = thread::spawn(move || {
                thread::sleep(Duration::from_millis(20));
                (&client).write_all(b"!").unwrap();
                client
            });
            // Nobody here can go on, and no timer is set.
            assert_eq!((&server).read(&mut [0]).unwrap(), 1);
            drop(outside.join().unwrap());
            heard = true;
            // And now there is nobody who waits for the network any more.
            take(&Channel::<()>::new());
        });
        assert!(heard && matches!(result, Err(csp::RunError::Deadlock(_))), "{result:?}");
    }
}

#[test]
fn spec_15_7_reports_say_which_socket_is_waited_for() {
    csp::run(|| {
        let (_client, server) = pair();
        go_now(move || (&server).read(&mut [0]));
        let parked = csp::parked().iter().map(ToString::to_string).collect::<String>();
        assert!(parked.contains("read") && parked.contains(" TcpStream, descriptor"), "{parked}");
        assert!(parked.contains("tests/net_tcp.rs"), "{parked}");
    });
}

/// A reactor of the user's, over another; it polls the sockets itself, or leaves that to the thread in the background.
struct Own(RealTime, bool, Rc<Cell<u32>>);

impl Reactor for Own {
    fn clock(&self) -> Rc<dyn Clock> {
        self.0.clock()
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        self.0.waker()
    }

    fn wait(&mut self, until: Option<Time>) {
        self.0.wait(until);
    }

    fn wait_really(&mut self, until: Option<Time>) {
        self.2.set(self.2.get() + 1);
        self.0.wait_really(until);
    }

    fn look(&mut self) {
        self.0.look();
    }

    fn network(&self) -> Option<Network> {
        self.0.network().filter(|_| self.1)
    }
}

#[test]
fn spec_15_16_a_reactor_of_the_users() {
    for polls in [true, false] {
        let waits = Rc::new(Cell::new(0));
        csp::Builder::new().reactor(Own(RealTime::new(), polls, waits.clone())).run(|| {
            let (mut client, server) = pair();
            go(move || echo(&server));
            for round in 0..10 {
                says(&mut client, &[round]);
            }
            client.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
            assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        });
        assert!(waits.get() > 0);
    }
}

#[test]
fn spec_15_1_half_closed() {
    everywhere(|| {
        let (mut client, server) = pair();
        client.write_all(b"question").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut question = String::new();
        (&server).read_to_string(&mut question).unwrap();
        (&server).write_all(b"answer").unwrap();
        drop(server);
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!((&*question, &*answer), ("question", "answer"));
    });
}

#[test]
fn spec_15_1_an_end_that_came_together_with_the_last_bytes_is_seen() {
    everywhere(|| {
        for _ in 0..50 {
            let (client, mut server) = pair();
            let reads = go_channel(move || {
                // Longer than what comes, so that nothing more is expected.
                let mut buf = [0; 100];
                let (first, second) = ((&client).read(&mut buf).unwrap(), (&client).read(&mut buf).unwrap());
                (first, second)
            });
            yield_now();
            server.write_all(b"last").unwrap();
            drop(server);
            assert_eq!(take(&reads), Some((4, 0)));
        }
    });
}

#[test]
fn spec_15_1_a_reset_in_the_middle_is_an_error_for_both_who_wait() {
    everywhere(|| {
        let (client, server) = pair();
        let client = Rc::new(client);
        let (reads, writes) = (client.clone(), client.clone());
        let read = go_channel(move || (&*reads).read(&mut [0]).unwrap_err().kind());
        let written = go_channel(move || {
            loop {
                if let Err(error) = (&*writes).write(&[0; 65536]) {
                    break error.kind();
                }
            }
        });
        sleep(Duration::from_millis(5));
        rustix::net::sockopt::set_socket_linger(&server, Some(Duration::ZERO)).unwrap();
        drop(server);
        let broken = |kind| matches!(kind, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
        let (read, written) = (take(&read), take(&written));
        // One of them takes the error, and the other is told of the end.
        assert!(broken(read) || broken(written), "{read:?} {written:?}");
    });
}

#[test]
fn spec_15_1_two_processes_use_one_stream_at_once_with_back_pressure_byte_by_byte() {
    everywhere(|| {
        const LENGTH: usize = 300_000;
        let (client, server) = pair();
        for stream in [&client, &server] {
            rustix::net::sockopt::set_socket_send_buffer_size(stream, 1).unwrap();
        }
        let byte = |at: usize| (at * 7 % 251) as u8;
        let mut ends = Vec::new();
        for stream in [client, server] {
            let (mut read, mut write) = stream.into_split();
            ends.push(go_channel(move || {
                let data: Vec<u8> = (0..LENGTH).map(byte).collect();
                // Pieces of all sizes, single bytes among them.
                let (mut sent, mut size) = (0, 1);
                while sent < LENGTH {
                    sent += write.write(&data[sent..LENGTH.min(sent + size)]).unwrap();
                    size = size * 3 % 10_007;
                }
            }));
            ends.push(go_channel(move || {
                let (mut heard, mut buf, mut size) = (0, [0; 4096], 1);
                loop {
                    let n = read.read(&mut buf[..size]).unwrap();
                    if n == 0 {
                        break;
                    }
                    assert!((heard..heard + n).zip(&buf).all(|(at, &b)| b == byte(at)));
                    heard += n;
                    size = 1 + size * 5 % 4001;
                }
                assert_eq!(heard, LENGTH);
            }));
        }
        ends.iter().for_each(|end| take(end).unwrap());
    });
}

#[test]
fn spec_15_3_many_read_one_stream() {
    const READERS: usize = 4;
    let (client, server) = pair();
    let server = Arc::new(server);
    let total = sync::Channel::buffered(READERS);
    let readers: Vec<_> = (0..READERS)
        .map(|n| {
            let (server, total) = (server.clone(), total.clone());
            thread::spawn(move || {
                let read = move || {
                    let (mut sum, mut buf) = (0u64, [0; 7]);
                    loop {
                        let n = (&*server).read(&mut buf).unwrap();
                        if n == 0 {
                            break put(&total, sum).unwrap();
                        }
                        sum += buf[..n].iter().map(|&b| u64::from(b)).sum::<u64>();
                    }
                };
                if n == 0 { read() } else { csp::run(read) }
            })
        })
        .collect();
    let mut sent = 0;
    for n in 0..5000u64 {
        let piece = vec![(n % 256) as u8; 1 + (n % 20) as usize];
        sent += piece.iter().map(|&b| u64::from(b)).sum::<u64>();
        (&client).write_all(&piece).unwrap();
    }
    drop(client);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    total.drain();
    assert_eq!(total.iter().sum::<u64>(), sent);
}

#[test]
fn spec_15_8_a_busy_scheduler_looks_at_its_sockets() {
    csp::run(|| {
        let (client, server) = pair();
        let seen = Rc::new(Cell::new(false));
        let set = seen.clone();
        go_now(move || set.set((&server).read(&mut [0]).is_ok()));
        (&client).write_all(b"!").unwrap();
        // It never has nothing to do.
        while !seen.get() {
            yield_now();
        }
    });
}

#[test]
fn spec_15_9_nobody_listens() {
    everywhere(|| {
        let (listener, address) = listen();
        drop(listener);
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        let refused = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert!(TcpStream::connect("no such name.invalid:80").is_err());
        assert!(TcpStream::connect("no port").is_err());
    });
}

#[test]
fn spec_15_9_a_connection_takes_too_long() {
    // A queue of one, that is full: what comes is not answered.
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let kept: Vec<_> =
        (0..4).map_while(|_| net::TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok()).collect();
    let connect = move || {
        let error = TcpStream::connect_timeout(&address, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    };
    connect();
    csp::run(connect);
    csp::Builder::new().virtual_time().run(connect);
    drop(kept);
}

#[test]
fn spec_15_9_names_are_looked_up_beside_the_loop() {
    csp::run(|| {
        let (listener, address) = listen();
        let name = ("localhost".to_owned(), address.port());
        // An IPv6 address may come first, and be refused.
        let stream = TcpStream::connect(&name).unwrap();
        assert_eq!(listener.accept().unwrap().1, stream.local_addr().unwrap());
    });
}

#[test]
fn spec_15_10_to_the_standard_library_and_back() {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = thread::spawn(move || {
        let mut client = net::TcpStream::connect(address).unwrap();
        says(&mut client, b"as ever");
        thread::sleep(Duration::from_millis(10));
        client.write_all(b"!").unwrap();
        client.read(&mut [0]).unwrap()
    });
    csp::run(move || {
        let listener = TcpListener::from(listener);
        let stream = listener.accept().unwrap().0;
        let clone = stream.try_clone().unwrap();
        let mut words = [0; 7];
        (&clone).read_exact(&mut words).unwrap();
        drop(clone);
        let mut std = stream.into_std().unwrap();
        std.write_all(&words).unwrap();
        // It waits, and the thread with it.
        std.read_exact(&mut [0]).unwrap();
    });
    assert_eq!(client.join().unwrap(), 0);
}

#[test]
fn spec_15_10_errors_instead_of_waits() {
    csp::run(|| {
        let (client, server) = pair();
        client.set_nonblocking(true).unwrap();
        assert_eq!((&client).read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        (&server).write_all(b"x").unwrap();
        readable(&client).wait().unwrap();
        assert_eq!((&client).read(&mut [0]).unwrap(), 1);
        client.set_nonblocking(false).unwrap();
        drop(server);
        assert_eq!((&client).read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn spec_15_10_halves() {
    csp::run(|| {
        let (a, b) = pair();
        let ((mut ra, wa), (rb, wb)) = (a.into_split(), b.into_split());
        assert_eq!(ra.peer_addr().unwrap(), rb.local_addr().unwrap());
        let error = ra.reunite(wb).unwrap_err();
        ra = error.0;
        let mut b = rb.reunite(error.1).unwrap();
        drop(wa);
        // One direction has ended, the other has not.
        assert_eq!(b.read(&mut [0]).unwrap(), 0);
        b.write_all(b"x").unwrap();
        assert_eq!(ra.read(&mut [0]).unwrap(), 1);
    });
}

#[test]
#[should_panic(expected = "would have to wait here")]
fn spec_15_1_a_callback_must_not_wait() {
    csp::Builder::new().panic_policy(csp::PanicPolicy::Propagate).run(|| {
        let (client, _server) = pair();
        let c = Channel::buffered(1);
        csp::take_then_callback(&c, move |_: Option<i32>| _ = (&client).read(&mut [0])).unwrap();
        put(&c, 1).unwrap();
        sleep(Duration::from_millis(1));
    });
}

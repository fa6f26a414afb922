//! Children, signals and standard input.
#![cfg(unix)]

mod child;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use csp::child::Child;
use csp::net::{TcpListener, TcpStream, readable};
use csp::{prelude::*, signal, stdin};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn spec_15_11_a_child_is_written_to_and_read_from() {
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        time.run(|| {
            let mut cat = Child::spawn(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped())).unwrap();
            let (mut to, from) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
            const LENGTH: usize = 1_000_000;
            // More than fits into both pipes.
            go(move || to.write_all(&vec![b'x'; LENGTH]).unwrap());
            let beside = go_channel(|| 7);
            let mut all = Vec::new();
            (&from).read_to_end(&mut all).unwrap();
            assert_eq!(all.len(), LENGTH);
            assert_eq!(poll(&beside), Ok(7));
            assert!(cat.wait().unwrap().success());
            assert!(cat.wait().unwrap().success());
        });
    }
}

#[test]
fn spec_15_11_the_others_go_on_while_a_child_is_waited_for() {
    for time in [csp::Builder::new(), csp::Builder::new().virtual_time()] {
        time.run(|| {
            let mut lives = Child::spawn(shell("read line; exit 3").stdin(Stdio::piped())).unwrap();
            let mut keys = lives.stdin.take().unwrap();
            assert!(lives.try_wait().unwrap().is_none());
            let ended = go_channel(move || lives.wait().unwrap().code());
            yield_now();
            assert_eq!(poll(&ended), Err(csp::PollError::Empty));
            keys.write_all(b"\n").unwrap();
            assert_eq!(take(&ended), Some(Some(3)));

            let mut endless = Child::spawn(&mut shell("exec sleep 1000")).unwrap();
            endless.kill().unwrap();
            assert_eq!(endless.wait().unwrap().signal(), Some(9));
        });
    }
}

#[test]
fn spec_15_11_both_outputs_are_read_at_once() {
    // More than fits into a pipe, on both: whoever reads one after the other waits for ever.
    let both = || {
        let mut command = shell("head -c 200000 /dev/zero >&2; head -c 300000 /dev/zero; exit 5");
        let output = csp::child::output(&mut command).unwrap();
        assert_eq!((output.stdout.len(), output.stderr.len(), output.status.code()), (300_000, 200_000, Some(5)));
    };
    both();
    csp::run(both);
}

#[test]
fn spec_15_11_the_reader_of_a_pipe_has_gone() {
    csp::run(|| {
        let mut ends = Child::spawn(shell("exec true").stdin(Stdio::piped())).unwrap();
        let mut to = ends.stdin.take().unwrap();
        ends.wait().unwrap();
        let error = (0..).find_map(|_| to.write(&[0; 1000]).err()).unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn spec_15_12_signals_are_delivered_to_all_who_asked() {
    let (one, other) = (signal::signal(signal::SIGUSR2).unwrap(), signal::signal(signal::SIGUSR2).unwrap());
    let hangup = signal::signal(signal::SIGHUP).unwrap();
    csp::run(|| {
        signal::raise(signal::SIGUSR2).unwrap();
        assert_eq!((take(&one), take(&other)), (Some(signal::SIGUSR2), Some(signal::SIGUSR2)));
        drop(one);
        // While one waits, another is one with it.
        for _ in 0..3 {
            signal::raise(signal::SIGUSR2).unwrap();
        }
        signal::raise(signal::SIGHUP).unwrap();
        assert_eq!(take(&hangup), Some(signal::SIGHUP));
        assert_eq!(take(&other), Some(signal::SIGUSR2));
    });
    assert!(signal::signal(9).is_err());
    assert!(signal::signal(10_000).is_err());
}

/// Serves until it is told to end, and then those who are connected, but for no longer than `patience`. Says how it ended.
fn serve(listener: TcpListener, patience: Duration) -> &'static str {
    let terminate = signal::signal(signal::SIGTERM).unwrap();
    let (serving, served) = channel::<()>(0);
    let mut connections = Vec::new();
    loop {
        alts! {
            () = op(readable(&listener)) => {
                let (mut stream, serving) = (listener.accept().unwrap().0, serving.clone());
                connections.push(go(move || {
                    std::io::copy(&mut &stream, &mut &stream).unwrap();
                    stream.write_all(b" goodbye").unwrap();
                    drop(serving);
                }));
            }
            _ = take(&terminate) => break,
        }
    }
    drop((listener, serving));
    alts! {
        _ = take(&served) => "all were served",
        _ = sleep(patience) => {
            connections.iter().for_each(kill);
            "it took too long"
        }
    }
}

/// A server with such patience that has a client, and is told to end. Gives what it says, and the client.
fn told_to_end(patience: Duration) -> (Channel<&'static str>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = go_channel(move || serve(listener, patience));
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"hello").unwrap();
    client.read_exact(&mut [0; 5]).unwrap();
    signal::raise(signal::SIGTERM).unwrap();
    while TcpStream::connect(address).is_ok() {
        sleep(Duration::from_millis(1));
    }
    (server, client)
}

#[test]
fn spec_15_12_a_server_that_is_told_to_end_lets_its_connections_come_to_their_end() {
    child::run("spec_15_12_a_server_that_is_told_to_end_lets_its_connections_come_to_their_end", || {
        csp::run(|| {
            let (server, mut client) = told_to_end(Duration::from_secs(60));
            client.write_all(b"still here").unwrap();
            client.shutdown(std::net::Shutdown::Write).unwrap();
            let mut rest = String::new();
            client.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "still here goodbye");
            assert_eq!(take(&server), Some("all were served"));
        });
    })
    .assert_code(child::RETURNED);
}

#[test]
#[cfg(target_os = "linux")]
fn spec_15_14_nothing_is_left_of_those_it_cannot_wait_for() {
    child::run("spec_15_14_nothing_is_left_of_those_it_cannot_wait_for", || {
        csp::run(|| {
            let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
            // The client never comes to its end.
            let round = || {
                let (server, mut client) = told_to_end(Duration::from_millis(20));
                assert_eq!(take(&server), Some("it took too long"));
                assert_eq!(client.read(&mut [0]).unwrap(), 0, "no goodbye");
                while csp::stats().processes > 1 {
                    yield_now();
                }
            };
            // The first one makes what stays.
            round();
            let before = descriptors();
            round();
            assert_eq!(descriptors(), before);
        });
    })
    .assert_code(child::RETURNED);
}

#[test]
fn spec_15_13_lines_of_standard_input() {
    const ME: &str = "spec_15_13_lines_of_standard_input";
    if std::env::var_os("CSP_TEST_READS_STDIN").is_some() {
        csp::run(|| {
            let first = stdin::lines();
            println!("first {:?}", take(&first).unwrap().unwrap());
            drop(first);
            // What was read ahead is not lost.
            let lines = stdin::lines();
            alts! {
                line = take(&lines) => println!("second {:?}", line.unwrap().unwrap()),
                _ = sleep(Duration::from_secs(600)) => panic!("nobody writes"),
            }
            assert!(take(&lines).unwrap().is_err(), "no text");
            println!("last {:?}, then {:?}", take(&lines).unwrap().unwrap(), take(&lines).is_none());
        });
        return;
    }
    csp::run(|| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([ME, "--exact", "--nocapture"]).env("CSP_TEST_READS_STDIN", "1");
        let mut me = Child::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped())).unwrap();
        let mut keys = me.stdin.take().unwrap();
        let mut lines = BufReader::new(me.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut hear = |word: &str| assert!(lines.any(|line| line.contains(word)), "{word}");
        keys.write_all(b"one\ntwo\n").unwrap();
        hear("first \"one\"");
        hear("second \"two\"");
        keys.write_all(b"\xff\nthree").unwrap();
        drop(keys);
        hear("last \"three\", then true");
        assert!(me.wait().unwrap().success());
    });
}

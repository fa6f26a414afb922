//! Each peer gives the right answer to each workload that it has.

use csp_bench::groups::{self, Group};
use csp_bench::workloads;

/// Few operations, twice: what is left of the first time must not disturb the second.
fn gives_right_answers(group: &Group, name: &str) {
    let peer = group.peers.iter().find(|peer| peer.name == name).unwrap();
    let mut had = 0;
    for workload in group.workloads {
        let n = match workload.unit {
            "leaf" => 1000,
            "row" | "block" => 10,
            _ => 100,
        };
        for (answer, _) in (peer.run)(workload.name, n, 2).into_iter().flatten() {
            workload.check(name, n, answer).unwrap();
            had += 1;
        }
    }
    assert!(had > 2 * 10, "{name} has {had} answers");
}

macro_rules! tests {
    ($group:ident in $module:ident: $($peer:ident)*) => {
        mod $module {
            use super::*;

            $(
                #[test]
                fn $peer() {
                    gives_right_answers(&groups::$group, stringify!($peer));
                }
            )*

            #[test]
            fn nobody_is_forgotten() {
                let names = groups::$group.peers.iter().map(|peer| peer.name);
                assert_eq!(names.collect::<Vec<_>>(), [$(stringify!($peer)),*]);
            }
        }
    };
}

#[cfg(feature = "peers")]
tests!(ONE_THREAD in one_thread: csp tokio_mpsc tokio_kanal tokio_flume tokio_async_unsync async_executor may);
#[cfg(feature = "peers")]
tests!(THREADS in threads: csp_processes csp_runtime csp_threads crossbeam flume kanal tokio);
#[cfg(not(feature = "peers"))]
tests!(ONE_THREAD in one_thread: csp);
#[cfg(not(feature = "peers"))]
tests!(THREADS in threads: csp_processes csp_runtime csp_threads);

#[cfg(feature = "peers")]
mod over_the_network {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::process::Command;
    use std::thread;

    use csp_bench::clients::echo::Clients;
    use csp_bench::clients::http;
    use csp_bench::clients::server::Server;
    use csp_bench::groups;
    use csp_bench::workloads::{Service, Traffic};

    const N: u64 = 100;

    /// Few clients, and each asks more than once.
    fn serves_right_answers(name: &str) {
        for workload in groups::NETWORK.workloads {
            let Traffic { service, connections, .. } = workload.traffic.unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_csp-bench"));
            command.args(["child", name, workload.name, "1", "1"]);
            let server = Server::start(command).unwrap().expect("it has all of them");
            let answers = match service {
                Service::Echo => {
                    let mut clients = Clients::connect(server.address(), connections.min(20)).unwrap();
                    clients.ask(N, true).unwrap().requests
                }
                Service::Http => http::ask(server.address(), N).unwrap(),
            };
            workload.check(name, N, answers).unwrap();
            assert!(server.memory() > 0 && server.processor_ns() > 0);
        }
    }

    macro_rules! tests {
        ($($peer:ident)*) => {
            $(
                #[test]
                fn $peer() {
                    serves_right_answers(stringify!($peer));
                }
            )*

            #[test]
            fn nobody_is_forgotten() {
                let names = groups::NETWORK.peers.iter().map(|peer| peer.name);
                assert_eq!(names.collect::<Vec<_>>(), [$(stringify!($peer)),*]);
            }
        };
    }

    tests!(csp may tokio);

    /// A server for one client that answers every message with what `answer` makes of it.
    fn server(answer: fn(Vec<u8>) -> Vec<u8>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 512];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                stream.write_all(&answer(buffer[..read].to_vec())).unwrap();
            }
        });
        address
    }

    #[test]
    fn a_wrong_answer_is_told() {
        let wrong_at_once = server(|mut message| {
            message[63] ^= 1;
            message
        });
        assert!(Clients::connect(wrong_at_once, 1).err().unwrap().contains("a wrong echo"));
        // The first message of a client has the number 0 in it, the next one has not.
        let wrong_later = server(|mut message| {
            message[8] = 0;
            message
        });
        let mut clients = Clients::connect(wrong_later, 1).unwrap();
        assert!(clients.ask(1, false).err().unwrap().contains("a wrong echo"));
        let rude = server(|_| b"HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\nHello, World!".to_vec());
        assert!(http::ask(rude, 1).unwrap_err().contains("a wrong answer"));
    }
}

#[test]
fn a_wrong_answer_is_told() {
    let sieve = workloads::find("sieve").unwrap();
    sieve.check("csp", 2_000, 17_389).unwrap();
    let wrong = sieve.check("csp", 10, 28).unwrap_err();
    assert_eq!(wrong, "csp gives a wrong answer to sieve with n = 10: 28, not 29");
}

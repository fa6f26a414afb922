//! HTTP and HTTPS, with curl as the client.

use std::io::{ErrorKind, Read, Write};

use csp::net::{TcpListener, readable};
use csp::{prelude::*, sync};

use crate::filed::Filed;
use crate::http::{Answer, Request, server};
use crate::peer::{Peer, Said, everywhere, run};

/// What it is always told: no settings of the user's, no proxy, nothing but what was asked for or an error.
const ALWAYS: [&str; 5] = ["--disable", "--noproxy", "*", "--silent", "--show-error"];

fn curl(args: &[&str]) -> Said {
    run("curl", &[&ALWAYS, args].concat())
}

/// Files of this package, read on another thread.
fn files(request: Request) -> Answer {
    sync::blocking(move || std::fs::read(format!("{}{}", env!("CARGO_MANIFEST_DIR"), request.path)).ok())
}

/// So much that no socket takes it at once.
fn much() -> Vec<u8> {
    (0..5_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn a_file_and_one_that_is_not_there() {
    everywhere(|| {
        let (address, ended) = server(|stream| stream, files);
        let lock = curl(&[&format!("http://{address}/Cargo.lock")]).well();
        assert!(lock == std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap());
        assert_eq!(take(&ended).unwrap().unwrap(), 1);
        assert_eq!(curl(&["--fail", &format!("http://{address}/nothing")]).code, Some(22));
        assert_eq!(take(&ended).unwrap().unwrap(), 1);
    });
}

#[test]
fn two_requests_over_one_connection() {
    everywhere(|| {
        let (address, ended) = server(|stream| stream, |request| Some(request.path.into_bytes()));
        let both = curl(&[&format!("http://{address}/one"), &format!("http://{address}/two")]).well();
        assert_eq!(both, b"/one/two");
        assert_eq!(take(&ended).unwrap().unwrap(), 2);
    });
}

#[test]
fn five_megabytes_there_and_back() {
    everywhere(|| {
        let (address, ended) = server(|stream| stream, |request| Some(request.body));
        let url = format!("http://{address}/");
        let mut curl = Peer::start("curl", &[&ALWAYS[..], &["--data-binary", "@-", &url]].concat());
        let (mut to, mut from) = (curl.stdin(), curl.stdout());
        go(move || to.write_all(&much()).unwrap());
        let mut back = Vec::new();
        from.read_to_end(&mut back).unwrap();
        assert!(back == much(), "{} bytes came back", back.len());
        curl.succeeds();
        assert_eq!(take(&ended).unwrap().unwrap(), 1);
    });
}

#[test]
fn one_that_waits_no_longer() {
    everywhere(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let client = go_channel(move || curl(&["--max-time", "1", &url]).code);
        let (mut stream, _) = listener.accept().unwrap();
        let answer = Channel::<()>::new();
        // The answer never comes; while it is waited for, the client is heard, and that it has gone.
        loop {
            alts! {
                _ = take(&answer) => unreachable!(),
                () = op(readable(&stream)) => {
                    if stream.read(&mut [0; 100]).unwrap() == 0 {
                        break;
                    }
                }
            }
        }
        assert_eq!(take(&client), Some(Some(28)));
    });
}

#[test]
fn one_that_goes_away_in_the_middle() {
    everywhere(|| {
        let answer =
            |request: Request| Some(if request.path == "/much" { much().repeat(20) } else { b"hello".to_vec() });
        let (address, ended) = server(|stream| stream, answer);
        let mut gone = Peer::start("curl", &[&ALWAYS[..], &[&format!("http://{address}/much")]].concat());
        gone.stdout().read_exact(&mut [0; 1000]).unwrap();
        drop(gone);
        let error = take(&ended).unwrap().unwrap_err();
        assert!([ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&error.kind()), "{error}");
        // The next one is served.
        assert_eq!(curl(&[&format!("http://{address}/")]).well(), b"hello");
        assert_eq!(take(&ended).unwrap().unwrap(), 1);
    });
}

#[test]
fn https_in_both_versions_of_tls() {
    everywhere(|| {
        let identity = Filed::new("curl");
        let (address, ended) = server(identity.server(), |request| Some(request.body));
        let url = format!("https://localhost:{}/", address.port());
        let here = format!("localhost:{}:127.0.0.1", address.port());
        let file = concat!("@", env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");
        let trusting = ["--cacert", &identity.certificate(), "--resolve", &here, "--data-binary", file];
        for version in [["--tls-max", "1.2"], ["--tls-max", "1.3"]] {
            let back = curl(&[&trusting, &version[..], &[&url, &url]].concat()).well();
            let lock = std::fs::read(&file[1..]).unwrap();
            assert!(back == lock.repeat(2), "{} bytes came back", back.len());
            assert_eq!(take(&ended).unwrap().unwrap(), 2);
            // One that does not know the certificate goes, and the server is there for the next.
            assert_eq!(curl(&["--resolve", &here, version[0], version[1], &url]).code, Some(60));
            let error = take(&ended).unwrap().unwrap_err();
            assert!(error.to_string().contains("UnknownCA"), "{error}");
        }
    });
}

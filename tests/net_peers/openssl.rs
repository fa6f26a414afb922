//! TLS by rustls over our streams, with openssl on the other side.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;

use crate::filed::Filed;
use crate::peer::{Peer, everywhere, line, rest};

const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

/// Long lines, too: many records, and more than a socket takes at once.
fn lines() -> impl Iterator<Item = String> {
    (0..6).map(|n| format!("{}\n", "line".repeat(10usize.pow(n))))
}

/// An `openssl s_client` that trusts nobody but `identity`, and the server's side of its connection.
fn client(identity: &Filed, version: &str) -> (Peer, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let certificate = identity.certificate();
    let trust = ["-CAfile", &certificate, "-verify_return_error", "-verify_hostname", "localhost"];
    // At the end of its input it goes, as `-quiet` alone does not.
    let args = ["s_client", "-quiet", "-no_ign_eof", version, "-servername", "localhost", "-connect", &address];
    let peer = Peer::start("openssl", &[&args[..], &trust].concat());
    (peer, listener.accept().unwrap().0)
}

#[test]
fn a_client_hears_its_lines_again_and_says_goodbye() {
    everywhere(|| {
        for version in VERSIONS {
            let identity = Filed::new("s_client");
            let (mut peer, stream) = client(&identity, version);
            let open = identity.server();
            let served = go_channel(move || {
                let mut stream = BufReader::new(open(stream));
                let mut count = 0;
                loop {
                    let mut line = String::new();
                    // It said that this was the end, or this would be an error.
                    if stream.read_line(&mut line).unwrap() == 0 {
                        return count;
                    }
                    count += 1;
                    stream.get_mut().write_all(line.as_bytes()).unwrap();
                }
            });
            let (mut to, mut from) = (peer.stdin(), peer.stdout());
            for said in lines() {
                to.write_all(said.as_bytes()).unwrap();
                assert!(line(&mut from) == said.trim_end(), "{} bytes", said.len());
            }
            drop(to);
            assert_eq!(take(&served), Some(lines().count()));
            peer.succeeds();
        }
    });
}

#[test]
fn a_client_that_breaks_off_has_not_said_goodbye() {
    everywhere(|| {
        let identity = Filed::new("break");
        // In version 1.3 it may not have read all of ours, and to break off is a reset then.
        let (mut peer, stream) = client(&identity, "-tls1_2");
        let mut stream = BufReader::new(identity.server()(stream));
        let mut to = peer.stdin();
        to.write_all(b"hello\n").unwrap();
        assert_eq!(line(&mut stream), "hello");
        drop(peer);
        assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn a_server_turns_lines_around() {
    everywhere(|| {
        for version in VERSIONS {
            let identity = Filed::new("s_server");
            let (certificate, key) = (identity.certificate(), identity.key());
            let files = ["-cert", &certificate, "-key", &key];
            let args = ["s_server", "-accept", "127.0.0.1:0", "-rev", "-naccept", "1", version];
            let mut peer = Peer::start("openssl", &[&args[..], &files].concat());
            let mut from = peer.stdout();
            let address = rest(&mut from, "ACCEPT ");
            let mut stream = BufReader::new(identity.client(TcpStream::connect(address).unwrap()));
            // Longer ones it would turn piece by piece.
            for said in lines().take(4) {
                stream.get_mut().write_all(said.as_bytes()).unwrap();
                let turned: String = said.trim_end().chars().rev().collect();
                assert!(line(&mut stream) == turned, "{} bytes", said.len());
            }
            stream.get_mut().conn.send_close_notify();
            stream.get_mut().flush().unwrap();
            drop(stream);
            peer.succeeds();
        }
    });
}

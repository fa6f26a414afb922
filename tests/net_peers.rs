//! Sockets against programs that others have written: curl, openssl, netcat, wrk and Chromium.
//!
//! These need the programs, so `cargo test` leaves them out: `ci/peers.sh` installs what is missing, and runs them.
//! Servers are processes of the test; the peers are its children.
#![cfg(unix)]

mod child;
#[path = "net_peers/chromium.rs"]
mod chromium;
#[path = "net_peers/curl.rs"]
mod curl;
#[path = "net_peers/filed.rs"]
mod filed;
#[path = "net_peers/http.rs"]
mod http;
#[path = "net_peers/nc.rs"]
mod nc;
#[path = "net_peers/openssl.rs"]
mod openssl;
#[path = "net_peers/peer.rs"]
mod peer;
mod tls;
#[path = "net_peers/wrk.rs"]
mod wrk;

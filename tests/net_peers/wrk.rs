//! Many requests, with wrk as the client.
#![cfg(target_os = "linux")]

use csp::net::TcpListener;
use csp::prelude::*;

use crate::child;
use crate::http::converse;
use crate::peer::{everywhere, run};

/// As many requests as go into a second, over 64 connections. Gives how many there were.
fn load() -> u64 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = go(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // In the end it hangs up in the middle of things.
            go(move || converse(&mut stream, |_| Some(b"hello".to_vec())));
        }
    });
    let args = ["--threads", "1", "--connections", "64", "--duration", "1s", "--timeout", "60s", &url];
    let said = String::from_utf8(run("wrk", &args).well()).unwrap();
    kill(&server);
    assert!(!said.contains("Socket errors") && !said.contains("Non-2xx"), "{said}");
    said.lines().find_map(|line| line.split_once(" requests in ")?.0.trim().parse().ok()).expect("it has counted")
}

/// Waits until nobody is left but main and the test, and counts descriptors.
fn left() -> usize {
    while csp::stats().processes > 2 {
        sleep(Duration::from_millis(1));
    }
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn nothing_fails_and_nothing_is_left() {
    // Descriptors are counted, so this is a program of its own.
    let ended = child::run("wrk::nothing_fails_and_nothing_is_left", || {
        everywhere(|| {
            // The first one makes what stays.
            load();
            let before = left();
            // A machine that has much else to do may not get to any within the second.
            while load() == 0 {}
            assert_eq!(left(), before);
        });
    });
    ended.assert_code(child::RETURNED);
}

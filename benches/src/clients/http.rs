//! Clients of an HTTP server: one of our own, which sees that the answers are right, and wrk, which counts them.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use super::{PATIENCE, Served, failed};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const BODY: &[u8] = b"Hello, World!";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/wrk.lua");
const MISSING: &str = "wrk asks the HTTP servers, and is missing: their rows are left out. `apt-get install wrk`";

/// Asks `n` times over one connection: how many answers were right, which is all of them.
pub fn ask(address: SocketAddr, n: u64) -> Result<u64, String> {
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    for _ in 0..n {
        stream.write_all(REQUEST).map_err(failed)?;
        let mut text = Vec::new();
        while !is_right(&text)? {
            let mut buffer = [0; 1024];
            match stream.read(&mut buffer).map_err(failed)? {
                0 => return Err(failed("the server has closed the connection")),
                read => text.extend_from_slice(&buffer[..read]),
            }
        }
    }
    Ok(n)
}

/// False if that is not all of the answer yet.
fn is_right(text: &[u8]) -> Result<bool, String> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(text).map_err(failed)? else { return Ok(false) };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let is_whole = text.len() - head >= BODY.len();
    match (response.code, length.map(|length| length.value)) {
        (Some(200), Some(b"13")) if !is_whole => Ok(false),
        (Some(200), Some(b"13")) if &text[head..] == BODY => Ok(true),
        _ => Err(format!("a wrong answer: {}", String::from_utf8_lossy(text))),
    }
}

/// What wrk sees in a second, with one thread; nothing if there is no wrk.
pub fn wrk(address: SocketAddr, connections: usize) -> Result<Option<Served>, String> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-d1s", "--latency", "-s", SCRIPT]);
    let output = match command.arg(format!("-c{connections}")).arg(format!("http://{address}/")).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("\ncsp-bench: {MISSING}");
            return Ok(None);
        }
        Err(error) => return Err(format!("wrk: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    served(&said).map(Some).map_err(|error| format!("wrk: {error}\n{said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Reads the line that the script prints.
fn served(said: &str) -> Result<Served, String> {
    let line = said.lines().find_map(|line| line.strip_prefix("csp-bench: ")).ok_or("it has told no figures")?;
    let numbers =
        line.split(' ').map(str::parse).collect::<Result<Vec<u64>, _>>().map_err(|error| error.to_string())?;
    match numbers[..] {
        [requests, micros, 0, p50, p99, p999] if requests > 0 => Ok(Served {
            requests,
            wall_ns: 1000 * micros,
            within: vec![(500, 1000 * p50), (990, 1000 * p99), (999, 1000 * p999)],
        }),
        [_, _, errors, ..] => Err(format!("{errors} requests had no right answer")),
        _ => Err(format!("that are no six figures: {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_right_only_if_all_of_it_is() {
        let right = "HTTP/1.1 200 OK\r\nX: y\r\ncontent-length: 13\r\n\r\nHello, World!";
        assert_eq!(is_right(right.as_bytes()), Ok(true));
        for end in 0..right.len() {
            assert_eq!(is_right(&right.as_bytes()[..end]), Ok(false), "{end}");
        }
        for (this, that) in [("200", "404"), ("World", "world"), ("13", "14"), ("!", "!!")] {
            assert!(is_right(right.replace(this, that).as_bytes()).is_err(), "{that}");
        }
    }

    #[test]
    fn what_wrk_says_counts_only_without_errors() {
        let served = served("Running\ncsp-bench: 1000 2000000 0 10 20 30\n").unwrap();
        assert_eq!((served.requests, served.wall_ns), (1000, 2_000_000_000));
        assert_eq!(served.within, [(500, 10_000), (990, 20_000), (999, 30_000)]);
        for wrong in ["", "csp-bench: 1000 2000000 1 10 20 30", "csp-bench: 1000", "csp-bench: 0 2000000 0 0 0 0"] {
            assert!(super::served(wrong).is_err(), "{wrong}");
        }
    }
}

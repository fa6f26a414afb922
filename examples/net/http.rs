// Source: twisted-csp, examples/http
// Three requests, and a time-out beside each: too little time, a wrong name, and one that succeeds.
//
// Look for: a request is a channel, and so is a time-out: whichever comes first. What is given up costs nothing more.
// Try: ./run.sh net.http http://example.com/ http://example.org/

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use std::io::{self, BufRead, BufReader, Write};

#[process_channel] // starts a process, and gives a channel that brings its result
fn get(url: String) -> io::Result<String> {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap_or((&url, ""));
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut stream = TcpStream::connect(address)?; // the name is looked up on another thread
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    io::read_to_string(stream)
}

#[process]
fn serve(listener: TcpListener) {
    for stream in listener.incoming().map(Result::unwrap) {
        go(move || {
            BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty);
            sleep(Duration::from_millis(100)); // it is not the fastest
            write!(&stream, "HTTP/1.0 200 OK\r\n\r\nHello, World!")
        });
    }
}

#[csp::main]
pub fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = format!("http://{}/", listener.local_addr().unwrap());
    serve(listener);
    let mut requests: Vec<_> = std::env::args().skip(1).map(|url| (url, 5000)).collect();
    if requests.is_empty() {
        requests = vec![(here.clone(), 10), ("http://no..such.name/".to_owned(), 5000), (here, 5000)];
    }
    for (url, limit) in requests {
        alts! {
            answer = take(&get(url)) => match answer.unwrap() {
                Ok(text) => println!("{:?}", text.chars().take(40).collect::<String>()),
                Err(error) => println!("{}", error.to_string().split(':').next().unwrap_or("failed")),
            },
            _ = sleep(Duration::from_millis(limit)) => println!("{limit} ms are not enough"),
        }
    }
}

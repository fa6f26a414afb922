// Source: RFC 8305
// Many addresses, one connection: the next one is tried when the last has failed, or has not answered for a while.
//
// Look for: nobody answers at the first address, and the second refuses; the third is connected all the same, and soon.
// Try: let the first address be the last. Or: ./run.sh net.happy_eyeballs example.com:80

use csp::net::{TcpListener, TcpStream, ToSocketAddrs};
use csp::prelude::*;
use std::collections::VecDeque;
use std::net::SocketAddr;

const A_WHILE: Duration = Duration::from_millis(250);

fn connect(addresses: Vec<SocketAddr>) -> Option<TcpStream> {
    let (mut waiting, mut trying) = (VecDeque::from(addresses), Vec::new());
    let answers = Channel::new();
    while let (Some(address), out) = (waiting.pop_front(), answers.clone()) {
        trying.push(go(move || put(&out, TcpStream::connect(address).ok())));
        alts! {
            answer = take(&answers) => if let Some(stream) = answer.unwrap() {
                trying.iter().for_each(kill); // whoever is still trying
                return Some(stream);
            },
            _ = sleep(A_WHILE) => {}
        }
    }
    let found = (0..trying.len()).find_map(|_| take(&answers).unwrap());
    trying.iter().for_each(kill);
    found
}

#[csp::main]
pub fn main() {
    if let Some(name) = std::env::args().nth(1) {
        let stream = connect(name.to_socket_addrs().unwrap());
        return println!("{:?}", stream.map(|stream| stream.peer_addr().unwrap()));
    }
    let [gone, here] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [refuses, accepts] = [&gone, &here].map(|listener| listener.local_addr().unwrap());
    drop(gone);
    let silent = "192.0.2.1:80".parse().unwrap(); // an address for examples: nobody has it
    let stream = connect(vec![silent, refuses, accepts]).expect("one that accepts");
    let number = [silent, refuses, accepts].iter().position(|&address| address == stream.peer_addr().unwrap()).unwrap();
    println!("connected to address {} of 3", number + 1);
}

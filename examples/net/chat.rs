// Source: csp
// A chat over telnet: `ops::mult` gives each line to all guests; two processes for each of them read and write.
//
// Look for: who reads what a guest writes knows nothing of the others: all meet in a channel.
// Try: ./run.sh net.chat 127.0.0.1:7000, and `telnet 127.0.0.1 7000` in two terminals.

use csp::net::{TcpListener, TcpStream};
use csp::ops::{self, AtEnd};
use csp::prelude::*;
use std::io::{BufRead, BufReader, Write};

#[process]
fn host(listener: TcpListener) {
    let says = Channel::new();
    let room = ops::mult(says.clone());
    for guest in listener.incoming() {
        let (mut from, mut to) = guest.unwrap().into_split();
        let (says, hears) = (says.clone(), Channel::sliding(100)); // who reads slowly misses lines, and holds up nobody
        room.tap(&hears, AtEnd::Close);
        let ears = hears.clone();
        go(move || ears.iter().all(|line| writeln!(to, "{line}").is_ok()));
        go(move || {
            BufReader::new(&mut from).lines().map_while(Result::ok).for_each(|line| put(&says, line).or_stop());
            close(&hears); // has gone: the room forgets the channel
        });
    }
}

#[csp::main]
pub fn main() -> std::io::Result<()> {
    let here = std::env::args().nth(1);
    let listener = TcpListener::bind(here.as_deref().unwrap_or("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    host(listener);
    if here.is_some() {
        take(&csp::signal::ctrl_c()?);
        return Ok(());
    }
    let guests = ["Ann", "Bob"].map(|name| (name, TcpStream::connect(address).unwrap()));
    let mut ears = guests.each_ref().map(|(name, guest)| (name, BufReader::new(guest).lines()));
    for (name, mut guest) in guests.each_ref().map(|(name, guest)| (name, guest)) {
        writeln!(guest, "{name}: hello").unwrap();
        for (who, hears) in &mut ears {
            println!("{who} hears \"{}\"", hears.next().unwrap().unwrap());
        }
    }
    Ok(())
}

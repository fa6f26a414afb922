// Source: Go Concurrency Patterns (Pike 2012), slide 53
// Strangers talk in pairs: they find each other in a channel, and two processes copy what they say.
//
// Look for: in one alts! a guest is offered to others, and takes another one: whichever happens first. When one of two
// goes, the line of the other one ends.
// Try: ./run.sh go.chat_roulette 127.0.0.1:7000, and `telnet 127.0.0.1 7000` in two terminals, or in four.

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use std::io::{self, Write};
use std::{net::Shutdown, rc::Rc};

#[process]
fn pair(guest: Rc<TcpStream>, partners: Channel<Rc<TcpStream>>) {
    _ = writeln!(&*guest, "Waiting for a partner ...");
    alts! {
        _ = put(&partners, guest.clone()) => {} // whoever takes this one sees to both
        partner = take(&partners) => chat(&guest, &partner.or_stop()),
    }
}

fn chat(a: &Rc<TcpStream>, b: &Rc<TcpStream>) {
    for guest in [a, b] {
        _ = writeln!(&**guest, "Found one! Say hi.");
    }
    let copy = |from: &Rc<TcpStream>, to: &Rc<TcpStream>| {
        let (from, to) = (from.clone(), to.clone());
        go_channel(move || io::copy(&mut &*from, &mut &*to))
    };
    alts([&copy(a, b), &copy(b, a)]); // until one of them goes
    [a, b].iter().for_each(|guest| _ = guest.shutdown(Shutdown::Both));
}

#[csp::main]
pub fn main() -> io::Result<()> {
    let (here, partners) = (std::env::args().nth(1), Channel::new());
    let listener = TcpListener::bind(here.as_deref().unwrap_or("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    go(move || listener.incoming().map(Result::unwrap).for_each(|guest| _ = pair(Rc::new(guest), partners.clone())));
    if here.is_some() {
        take(&csp::signal::ctrl_c()?);
        return Ok(());
    }
    let [ann, bob] = [(); 2].map(|()| TcpStream::connect(address).unwrap());
    writeln!(&ann, "Is anybody there?")?;
    ann.shutdown(Shutdown::Write)?; // goes, and nobody has answered
    print!("Ann reads:\n{}Bob reads:\n{}", io::read_to_string(&ann)?, io::read_to_string(&bob)?);
    Ok(())
}

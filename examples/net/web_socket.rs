// Source: tungstenite
// A WebSocket between two channels, one for what comes and one for what goes: a process waits for both at once.
//
// Look for: whoever has the channels knows nothing of sockets. What comes is read until nothing is left, not even in
// the WebSocket, and only then `readable` is asked.
// Try: leave out both calls of set_nonblocking: it reads for ever, and says nothing.

use csp::net::{TcpListener, TcpStream, readable};
use csp::prelude::*;
use tungstenite::{Error, Message, Result, WebSocket};

pub fn talk(mut socket: WebSocket<TcpStream>, comes: &Channel<String>, goes: &Channel<String>) -> Result<()> {
    loop {
        socket.get_ref().set_nonblocking(true)?;
        loop {
            match socket.read() {
                Ok(Message::Text(text)) => put(comes, text.to_string()).or_stop(),
                Ok(_) => {} // what must be answered the next read answers
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        socket.get_ref().set_nonblocking(false)?;
        alts! {
            () = op(readable(socket.get_ref())) => {}
            text = take(goes) => socket.send(text.or_stop().into())?,
        }
    }
}

pub fn connect(to: std::net::SocketAddr) -> (Channel<String>, Channel<String>) {
    let (comes, goes) = (Channel::new(), Channel::new());
    let (socket, _) = tungstenite::client(format!("ws://{to}/chat"), TcpStream::connect(to).unwrap()).unwrap();
    let ends = (comes.clone(), goes.clone());
    go(move || talk(socket, &ends.0, &ends.1));
    (comes, goes)
}

#[csp::main]
pub fn main() -> Result<()> {
    let (listener, echo) = (TcpListener::bind("127.0.0.1:0")?, Channel::sliding(10));
    let here = listener.local_addr()?;
    go(move || talk(tungstenite::accept(listener.accept()?.0).unwrap(), &echo, &echo));
    let (comes, goes) = connect(here);
    for text in ["hello", "goodbye"] {
        put(&goes, text.to_owned()).unwrap();
        println!("{}", take(&comes).unwrap());
    }
    Ok(())
}

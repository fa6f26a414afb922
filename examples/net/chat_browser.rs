// Source: csp
// The chat in a browser: a page over HTTP, and from there a WebSocket for each guest, on the same port.
//
// Look for: the room is that of net.chat, and what a guest says and hears goes through channels: net.web_socket.
// Try: ./run.sh net.chat_browser 127.0.0.1:8000, and two windows of a browser at http://127.0.0.1:8000/

use super::web_socket::{connect, talk};
use csp::net::{TcpListener, TcpStream};
use csp::ops::{self, AtEnd, Mult};
use csp::prelude::*;
use std::io::{self, BufRead, BufReader, Write};

const PAGE: &str = r#"<!doctype html><title>chat</title><form><input autofocus></form><pre></pre><script>
const ws = new WebSocket(`ws://${location.host}/chat`), [form, text, pre] = document.querySelectorAll("form,input,pre");
ws.onmessage = event => pre.append(event.data + "\n");
form.onsubmit = () => { ws.send(text.value); text.value = ""; return false; }; </script>"#;

#[process]
fn welcome(mut stream: TcpStream, room: Mult<String>, says: Channel<String>) -> io::Result<()> {
    let mut asked = [0; 10];
    stream.peek(&mut asked)?;
    if &asked != b"GET /chat " {
        BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty);
        return write!(stream, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{PAGE}");
    }
    let socket = tungstenite::accept(stream).map_err(io::Error::other)?;
    let hears = Channel::sliding(100); // who reads slowly misses lines, and holds up nobody
    room.tap(&hears, AtEnd::Close);
    let gone = talk(socket, &says, &hears);
    close(&hears); // the room forgets the channel
    gone.map_err(io::Error::other)
}

#[csp::main]
pub fn main() -> io::Result<()> {
    let (here, says) = (std::env::args().nth(1), Channel::new());
    let listener = TcpListener::bind(here.as_deref().unwrap_or("127.0.0.1:0"))?;
    let (address, room) = (listener.local_addr()?, ops::mult(says.clone()));
    go(move || listener.incoming().map(Result::unwrap).for_each(|it| _ = welcome(it, room.clone(), says.clone())));
    if here.is_some() {
        return csp::signal::ctrl_c().map(|pressed| _ = take(&pressed));
    }
    let guests = ["Ann", "Bob"].map(|name| (name, connect(address)));
    for (name, (_, says)) in &guests {
        put(says, format!("{name}: hello")).unwrap();
        guests.iter().for_each(|(who, (hears, _))| println!("{who} hears {:?}", take(hears).unwrap()));
    }
    Ok(())
}

//! Clients of an echo, all on one thread: it shares the machine with the server, so it does as little as it can.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::{PATIENCE, Served, failed};

const LENGTH: usize = 64;

/// Clients that are connected, and have had one answer each.
pub struct Clients {
    poll: Poll,
    all: Vec<Client>,
}

struct Client {
    stream: TcpStream,
    number: usize,
    /// How often it has asked.
    asked: u64,
    asked_at: Instant,
    sent: [u8; LENGTH],
    heard: [u8; LENGTH],
    /// So much of that has come.
    length: usize,
}

impl Clients {
    pub fn connect(address: SocketAddr, count: usize) -> Result<Clients, String> {
        let poll = Poll::new().map_err(failed)?;
        let all = (0..count).map(|number| Client::connect(address, number, &poll));
        Ok(Clients { all: all.collect::<Result<_, _>>()?, poll })
    }

    /// Sends `n` messages together, each client one at a time. `n` is the number of clients at least. Clients with a core
    /// of their own do not `sleep`: to wake them up would be the server's work, which clients on other machines do not
    /// cause, and for two programs of the same speed it is chance whether they have to be.
    pub fn ask(&mut self, n: u64, sleep: bool) -> Result<Served, String> {
        let mut events = Events::with_capacity(1024);
        let mut waits = Vec::with_capacity(n as usize);
        let started = Instant::now();
        for client in &mut self.all {
            client.ask()?;
        }
        let mut asked = self.all.len() as u64;
        let mut heard_at = started;
        while (waits.len() as u64) < n {
            self.poll.poll(&mut events, Some(if sleep { PATIENCE } else { Duration::ZERO })).map_err(failed)?;
            if !events.is_empty() {
                heard_at = Instant::now();
            } else if heard_at.elapsed() >= PATIENCE {
                return Err(failed(format_args!("none has come for {PATIENCE:?}")));
            }
            for event in &events {
                let client = &mut self.all[event.token().0];
                if client.has_heard()? {
                    waits.push(client.asked_at.elapsed().as_nanos() as u64);
                    if asked < n {
                        client.ask()?;
                        asked += 1;
                    }
                }
            }
        }
        let wall_ns = started.elapsed().as_nanos() as u64;
        waits.sort_unstable();
        let within = |thousandths: u16| waits[(waits.len() - 1) * usize::from(thousandths) / 1000];
        Ok(Served { requests: n, wall_ns, within: [500, 990, 999].map(|part| (part, within(part))).into() })
    }
}

impl Client {
    fn connect(address: SocketAddr, number: usize, poll: &Poll) -> Result<Client, String> {
        let connect = || {
            let stream = net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(stream)
        };
        let mut stream: net::TcpStream = connect().map_err(|error: io::Error| format!("client {number}: {error}"))?;
        let (sent, mut heard) = (message(number, 0), [0; LENGTH]);
        stream.write_all(&sent).and_then(|()| stream.read_exact(&mut heard)).map_err(failed)?;
        compare(&sent, &heard)?;
        stream.set_nonblocking(true).map_err(failed)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE).map_err(failed)?;
        Ok(Client { stream, number, asked: 0, asked_at: Instant::now(), sent, heard, length: 0 })
    }

    fn ask(&mut self) -> Result<(), String> {
        self.asked += 1;
        self.sent = message(self.number, self.asked);
        self.asked_at = Instant::now();
        // There is room: all that went before has come back.
        self.stream.write_all(&self.sent).map_err(failed)
    }

    /// Whether the whole answer is there.
    fn has_heard(&mut self) -> Result<bool, String> {
        while self.length < LENGTH {
            match self.stream.read(&mut self.heard[self.length..]) {
                Ok(0) => return Err(failed("the server has closed the connection")),
                Ok(read) => self.length += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(failed(error)),
            }
        }
        self.length = 0;
        compare(&self.sent, &self.heard)?;
        Ok(true)
    }
}

/// No two are equal.
fn message(client: usize, number: u64) -> [u8; LENGTH] {
    let mut message = [0; LENGTH];
    for words in message.chunks_exact_mut(16) {
        words[..8].copy_from_slice(&(client as u64).to_le_bytes());
        words[8..].copy_from_slice(&number.to_le_bytes());
    }
    message
}

fn compare(sent: &[u8], heard: &[u8]) -> Result<(), String> {
    if sent == heard { Ok(()) } else { Err(format!("a wrong echo: {heard:?}, not {sent:?}")) }
}

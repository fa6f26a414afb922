//! TCP.

use std::io;
use std::net::{self, Shutdown, SocketAddr};
use std::time::Duration;

use super::address::{self, ToSocketAddrs};
use super::halves::{self, ReadHalf, WriteHalf};
use super::incoming::{Accept, Incoming};
use super::{Socket, common, delegate, stream, timeouts};
use crate::poller::Direction;

/// A connection; see [the module](crate::net). As [`std::net::TcpStream`].
///
/// It is closed when it is dropped.
pub struct TcpStream {
    pub(super) socket: Socket<net::TcpStream>,
}

common!(TcpStream, net::TcpStream);
timeouts!(TcpStream);
stream!(TcpStream);
delegate! { TcpStream:
    /// The address of the other side.
    fn peer_addr(&self) -> SocketAddr;
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// Ends one direction or both. What is read then is the end; what the other side has not read yet it can read still.
    fn shutdown(&self, how: Shutdown) -> ();
    /// Whether small writes are sent at once.
    fn nodelay(&self) -> bool;
    /// Whether small writes are to be sent at once, instead of being collected.
    fn set_nodelay(&self, nodelay: bool) -> ();
    /// How far packets go.
    fn ttl(&self) -> u32;
    /// How far packets are to go.
    fn set_ttl(&self, ttl: u32) -> ();
}

impl TcpStream {
    /// Connects to the first of the addresses that accepts.
    ///
    /// # Errors
    /// That of the last address; of a name that is not known.
    ///
    /// ```
    /// use csp::net::{TcpListener, TcpStream};
    ///
    /// csp::run(|| {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    ///     assert_eq!(listener.accept().unwrap().1, stream.local_addr().unwrap());
    /// });
    /// ```
    #[track_caller]
    pub fn connect<A: ToSocketAddrs>(to: A) -> io::Result<TcpStream> {
        address::first(to, |address| TcpStream::connect_within(address, None))
    }

    /// Connects to one address, for at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](io::ErrorKind::TimedOut); if the limit is zero; those of [`connect`](TcpStream::connect).
    #[track_caller]
    pub fn connect_timeout(address: &SocketAddr, limit: Duration) -> io::Result<TcpStream> {
        if limit.is_zero() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "nothing can be connected in no time"));
        }
        TcpStream::connect_within(*address, Some(limit))
    }

    #[track_caller]
    fn connect_within(address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        let io = net::TcpStream::from(mio::net::TcpStream::connect(address)?);
        let socket = Socket::of_nonblocking(io);
        socket.run_within(Direction::Write, limit, |io| match (io.take_error()?, io.peer_addr()) {
            (Some(error), _) => Err(error),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => Err(io::ErrorKind::WouldBlock.into()),
            // Some systems call it an invalid argument: it is not connected either.
            (None, Err(error)) if error.kind() == io::ErrorKind::InvalidInput => Err(io::ErrorKind::WouldBlock.into()),
            (None, peer) => peer.map(drop),
        })?;
        Ok(TcpStream { socket })
    }

    /// Reads without taking: the next read gives the same.
    ///
    /// # Errors
    /// As a read.
    #[track_caller]
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.run(Direction::Read, |io| io.peek(buf))
    }

    /// The two directions as values, for two processes. Each half keeps the stream; the write half, when it is dropped, ends
    /// that direction. (To read and write through two references needs no halves.)
    #[must_use]
    pub fn into_split(self) -> (ReadHalf<TcpStream>, WriteHalf<TcpStream>) {
        halves::split(self)
    }
}

/// Takes connections; see [the module](crate::net). As [`std::net::TcpListener`].
pub struct TcpListener {
    socket: Socket<net::TcpListener>,
}

common!(TcpListener, net::TcpListener);
delegate! { TcpListener:
    /// The address that it listens to: with the port that the system has chosen, where 0 was asked for.
    fn local_addr(&self) -> SocketAddr;
    /// How far packets of its connections go.
    fn ttl(&self) -> u32;
    /// How far packets of its connections are to go.
    fn set_ttl(&self, ttl: u32) -> ();
}

impl TcpListener {
    /// Listens to the first of the addresses that can be had. Up to 4,096 connections may wait to be taken, if the system
    /// does not say fewer.
    ///
    /// # Errors
    /// That of the last address; of a name that is not known.
    #[track_caller]
    pub fn bind<A: ToSocketAddrs>(to: A) -> io::Result<TcpListener> {
        let io = address::first(to, net::TcpListener::bind)?;
        Ok(TcpListener { socket: Socket::listening(io)? })
    }

    /// Waits for a connection: the stream, and who it is.
    ///
    /// # Errors
    /// The system's: without descriptors left [`incoming`](TcpListener::incoming) waits, this does not.
    #[track_caller]
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (io, address) = self.socket.run(Direction::Read, net::TcpListener::accept)?;
        Ok((TcpStream { socket: Socket::new(io)? }, address))
    }

    /// One connection after the other, without end, over what passes: see [`Incoming`].
    pub fn incoming(&self) -> Incoming<'_, TcpListener> {
        Incoming::new(self)
    }
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    #[track_caller]
    fn accept_stream(&self) -> io::Result<TcpStream> {
        self.accept().map(|(stream, _)| stream)
    }
}

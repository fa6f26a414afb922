//! Sockets of the file system.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::halves::{self, ReadHalf, WriteHalf};
use super::incoming::{Accept, Incoming};
use super::{Socket, common, delegate, ready, stream, timeouts};
use crate::poller::Direction;
use crate::timeout::sleep;

/// A connection; see [the module](crate::net). As [`std::os::unix::net::UnixStream`].
pub struct UnixStream {
    pub(super) socket: Socket<net::UnixStream>,
}

common!(UnixStream, net::UnixStream);
timeouts!(UnixStream);
stream!(UnixStream);
delegate! { UnixStream:
    /// The address of the other side.
    fn peer_addr(&self) -> SocketAddr;
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// Ends one direction or both.
    fn shutdown(&self, how: Shutdown) -> ();
}

/// How long it takes until a listener or a datagram socket that had no room is tried again: it tells nobody.
const PAUSE: Duration = Duration::from_millis(1);

/// Calls `try_once`, and calls it again, with pauses, while there is no room on the other side.
fn with_pauses<T>(mut limit: Option<Duration>, mut try_once: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match try_once() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            done => return done,
        }
        if std::thread::panicking() {
            return Err(ready::refused());
        }
        if limit.is_some_and(|limit| limit.is_zero()) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let pause = limit.map_or(PAUSE, |limit| limit.min(PAUSE));
        sleep(pause);
        limit = limit.map(|limit| limit - pause);
    }
}

impl UnixStream {
    /// Connects to the listener at that path. While it has no room for another connection, this tries again every
    /// millisecond: the system does not tell.
    ///
    /// # Errors
    /// The system's.
    #[track_caller]
    pub fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        let io = with_pauses(None, || mio::net::UnixStream::connect(path.as_ref()))?;
        Ok(UnixStream { socket: Socket::of_nonblocking(io.into()) })
    }

    /// Two that are connected with each other.
    ///
    /// # Errors
    /// If the system has no descriptor left.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (a, b) = net::UnixStream::pair()?;
        Ok((UnixStream { socket: Socket::new(a)? }, UnixStream { socket: Socket::new(b)? }))
    }

    /// The two directions as values; see [`TcpStream::into_split`](super::TcpStream::into_split).
    #[must_use]
    pub fn into_split(self) -> (ReadHalf<UnixStream>, WriteHalf<UnixStream>) {
        halves::split(self)
    }
}

/// Takes connections; see [the module](crate::net). As [`std::os::unix::net::UnixListener`]: when it is dropped, the file
/// stays.
pub struct UnixListener {
    socket: Socket<net::UnixListener>,
}

common!(UnixListener, net::UnixListener);
delegate! { UnixListener:
    /// The address that it listens to.
    fn local_addr(&self) -> SocketAddr;
}

impl UnixListener {
    /// Listens at that path, where there is nothing yet. Up to 4,096 connections may wait to be taken, if the system does
    /// not say fewer.
    ///
    /// # Errors
    /// The system's.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        Ok(UnixListener { socket: Socket::listening(net::UnixListener::bind(path)?)? })
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// The system's.
    #[track_caller]
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (io, address) = self.socket.run(Direction::Read, net::UnixListener::accept)?;
        Ok((UnixStream { socket: Socket::new(io)? }, address))
    }

    /// One connection after the other, without end, over what passes: see [`Incoming`].
    pub fn incoming(&self) -> Incoming<'_, UnixListener> {
        Incoming::new(self)
    }
}

impl Accept for UnixListener {
    type Stream = UnixStream;

    #[track_caller]
    fn accept_stream(&self) -> io::Result<UnixStream> {
        self.accept().map(|(stream, _)| stream)
    }
}

/// Messages; see [the module](crate::net). As [`std::os::unix::net::UnixDatagram`]. While a receiver has no room, a send
/// tries again every millisecond: the system does not tell.
pub struct UnixDatagram {
    socket: Socket<net::UnixDatagram>,
}

common!(UnixDatagram, net::UnixDatagram);
timeouts!(UnixDatagram);
delegate! { UnixDatagram:
    /// The address of the other side, if it is connected.
    fn peer_addr(&self) -> SocketAddr;
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// Ends one direction or both.
    fn shutdown(&self, how: Shutdown) -> ();
}

impl UnixDatagram {
    /// One that receives at that path, where there is nothing yet.
    ///
    /// # Errors
    /// The system's.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { socket: Socket::new(net::UnixDatagram::bind(path)?)? })
    }

    /// One without an address.
    ///
    /// # Errors
    /// If the system has no descriptor left.
    pub fn unbound() -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { socket: Socket::new(net::UnixDatagram::unbound()?)? })
    }

    /// Two that are connected with each other.
    ///
    /// # Errors
    /// If the system has no descriptor left.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (a, b) = net::UnixDatagram::pair()?;
        Ok((UnixDatagram { socket: Socket::new(a)? }, UnixDatagram { socket: Socket::new(b)? }))
    }

    /// From here on [`send`](UnixDatagram::send) sends there, and [`recv`](UnixDatagram::recv) receives from there alone.
    ///
    /// # Errors
    /// The system's.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.socket.io().connect(path)
    }

    /// Waits for a message: how long it is, and from whom. What does not fit is lost.
    ///
    /// # Errors
    /// The system's; [`TimedOut`](io::ErrorKind::TimedOut).
    #[track_caller]
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket.run(Direction::Read, |io| io.recv_from(buf))
    }

    /// Waits for a message: how long it is. What does not fit is lost.
    ///
    /// # Errors
    /// As [`recv_from`](UnixDatagram::recv_from).
    #[track_caller]
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.run(Direction::Read, |io| io.recv(buf))
    }

    /// Sends a message to that path.
    ///
    /// # Errors
    /// The system's; [`TimedOut`](io::ErrorKind::TimedOut).
    #[track_caller]
    pub fn send_to(&self, buf: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        with_pauses(self.socket.limit(Direction::Write), || self.socket.io().send_to(buf, path.as_ref()))
    }

    /// Sends a message to whom it is connected with.
    ///
    /// # Errors
    /// As [`send_to`](UnixDatagram::send_to).
    #[track_caller]
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        with_pauses(self.socket.limit(Direction::Write), || self.socket.io().send(buf))
    }
}

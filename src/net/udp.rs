//! UDP.

use std::io;
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::address::{self, ToSocketAddrs};
use super::{Socket, common, delegate, timeouts};
use crate::poller::Direction;

/// Messages; see [the module](crate::net). As [`std::net::UdpSocket`].
///
/// ```
/// use csp::net::UdpSocket;
///
/// csp::run(|| {
///     let (a, b) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
///     a.send_to(b"hello", b.local_addr().unwrap()).unwrap();
///     let mut message = [0; 16];
///     assert_eq!(b.recv_from(&mut message).unwrap(), (5, a.local_addr().unwrap()));
/// });
/// ```
pub struct UdpSocket {
    socket: Socket<net::UdpSocket>,
}

common!(UdpSocket, net::UdpSocket);
timeouts!(UdpSocket);
delegate! { UdpSocket:
    /// The address of the other side, if it is connected.
    fn peer_addr(&self) -> SocketAddr;
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// Whether it may send to all.
    fn broadcast(&self) -> bool;
    /// Whether it may send to all.
    fn set_broadcast(&self, on: bool) -> ();
    /// How far packets go.
    fn ttl(&self) -> u32;
    /// How far packets are to go.
    fn set_ttl(&self, ttl: u32) -> ();
    /// Whether what is sent to a group comes back.
    fn multicast_loop_v4(&self) -> bool;
    /// Whether what is sent to a group comes back.
    fn set_multicast_loop_v4(&self, on: bool) -> ();
    /// How far what is sent to a group goes.
    fn multicast_ttl_v4(&self) -> u32;
    /// How far what is sent to a group is to go.
    fn set_multicast_ttl_v4(&self, ttl: u32) -> ();
    /// Whether what is sent to a group comes back.
    fn multicast_loop_v6(&self) -> bool;
    /// Whether what is sent to a group comes back.
    fn set_multicast_loop_v6(&self, on: bool) -> ();
    /// Receives what is sent to the group.
    fn join_multicast_v4(&self, group: &Ipv4Addr, interface: &Ipv4Addr) -> ();
    /// Receives what is sent to the group.
    fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> ();
    /// Receives it no more.
    fn leave_multicast_v4(&self, group: &Ipv4Addr, interface: &Ipv4Addr) -> ();
    /// Receives it no more.
    fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> ();
}

impl UdpSocket {
    /// One that receives at the first of the addresses that can be had.
    ///
    /// # Errors
    /// That of the last address; of a name that is not known.
    #[track_caller]
    pub fn bind<A: ToSocketAddrs>(to: A) -> io::Result<UdpSocket> {
        let io = address::first(to, net::UdpSocket::bind)?;
        Ok(UdpSocket { socket: Socket::new(io)? })
    }

    /// From here on [`send`](UdpSocket::send) sends there, and [`recv`](UdpSocket::recv) receives from there alone.
    ///
    /// # Errors
    /// That of the last address; of a name that is not known.
    #[track_caller]
    pub fn connect<A: ToSocketAddrs>(&self, to: A) -> io::Result<()> {
        address::first(to, |address| self.socket.io().connect(address))
    }

    /// Waits for a message: how long it is, and from whom. What does not fit is lost.
    ///
    /// # Errors
    /// The system's; [`TimedOut`](io::ErrorKind::TimedOut).
    #[track_caller]
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket.run(Direction::Read, |io| io.recv_from(buf))
    }

    /// As [`recv_from`](UdpSocket::recv_from), without taking the message.
    ///
    /// # Errors
    /// As [`recv_from`](UdpSocket::recv_from).
    #[track_caller]
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket.run(Direction::Read, |io| io.peek_from(buf))
    }

    /// Sends a message to the first of the addresses; waits while there is no room.
    ///
    /// # Errors
    /// The system's; [`TimedOut`](io::ErrorKind::TimedOut); that there is no address.
    #[track_caller]
    pub fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], to: A) -> io::Result<usize> {
        let address = address::first(to, Ok)?;
        self.socket.run(Direction::Write, |io| io.send_to(buf, address))
    }

    /// Waits for a message: how long it is. What does not fit is lost.
    ///
    /// # Errors
    /// As [`recv_from`](UdpSocket::recv_from).
    #[track_caller]
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.run(Direction::Read, |io| io.recv(buf))
    }

    /// As [`recv`](UdpSocket::recv), without taking the message.
    ///
    /// # Errors
    /// As [`recv_from`](UdpSocket::recv_from).
    #[track_caller]
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.run(Direction::Read, |io| io.peek(buf))
    }

    /// Sends a message to whom it is connected with; waits while there is no room.
    ///
    /// # Errors
    /// The system's; [`TimedOut`](io::ErrorKind::TimedOut).
    #[track_caller]
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.socket.run(Direction::Write, |io| io.send(buf))
    }
}

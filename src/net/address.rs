//! Addresses, and names that are looked up off the loop.

use std::io;
use std::net::{self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::sync::blocking;

/// What [`TcpStream::connect`](super::TcpStream::connect) and others take: everything that
/// [`std::net::ToSocketAddrs`] is implemented for. A name is looked up by [`sync::blocking`](crate::sync::blocking), so that
/// others go on meanwhile; what is an address already is not.
///
/// ```
/// use csp::net::ToSocketAddrs;
///
/// let addresses = csp::run(|| ("127.0.0.1", 80).to_socket_addrs()).unwrap();
/// assert_eq!(addresses, ["127.0.0.1:80".parse().unwrap()]);
/// ```
pub trait ToSocketAddrs {
    /// The addresses, in the order in which they are to be tried.
    ///
    /// # Errors
    /// The name is not known, or is none.
    fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>>;
}

/// Those that are addresses.
macro_rules! addresses {
    ($($type:ty),*) => {
        $(impl ToSocketAddrs for $type {
            fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
                Ok(net::ToSocketAddrs::to_socket_addrs(self)?.collect())
            }
        })*
    };
}

addresses!(SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16), &[SocketAddr]);

impl ToSocketAddrs for (&str, u16) {
    fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(address) => Ok(vec![SocketAddr::new(address, port)]),
            Err(_) => look_up((host.to_owned(), port)),
        }
    }
}

impl ToSocketAddrs for (String, u16) {
    fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        (&*self.0, self.1).to_socket_addrs()
    }
}

impl ToSocketAddrs for str {
    fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        match self.parse() {
            Ok(address) => Ok(vec![address]),
            Err(_) => look_up(self.to_owned()),
        }
    }
}

impl ToSocketAddrs for String {
    fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        (**self).to_socket_addrs()
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {
    fn to_socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        (**self).to_socket_addrs()
    }
}

fn look_up(name: impl net::ToSocketAddrs + Send + 'static) -> io::Result<Vec<SocketAddr>> {
    blocking(move || Ok(name.to_socket_addrs()?.collect()))
}

/// Calls `f` with one address after the other until it succeeds.
///
/// # Errors
/// The last one's.
#[track_caller]
pub(super) fn first<T>(of: impl ToSocketAddrs, mut f: impl FnMut(SocketAddr) -> io::Result<T>) -> io::Result<T> {
    let mut last = None;
    for address in of.to_socket_addrs()? {
        match f(address) {
            Ok(made) => return Ok(made),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "there is no address to try")))
}

//! The network: sockets that read and write like those of the standard library, and park the process, not the thread.
//!
//! | type | like |
//! | --- | --- |
//! | [`TcpListener`], [`TcpStream`], [`UdpSocket`] | those of [`std::net`] |
//! | [`UnixListener`], [`UnixStream`] | those of [`std::os::unix::net`] |
//!
//! They are [`Read`](std::io::Read) and [`Write`](std::io::Write), also through `&`, so whatever is written for blocking
//! sockets works over them: `BufReader`, TLS, HTTP, WebSocket.
//!
//! ```
//! use csp::{net::*, prelude::*};
//! use std::io::{Read, Write};
//!
//! csp::run(|| {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let address = listener.local_addr()?;
//!     go(move || {
//!         for stream in listener.incoming() {
//!             let stream = stream?;
//!             go(move || std::io::copy(&mut &stream, &mut &stream));
//!         }
//!         std::io::Result::Ok(())
//!     });
//!     let mut stream = TcpStream::connect(address)?;
//!     stream.write_all(b"hello")?;
//!     let mut echo = [0; 5];
//!     stream.read_exact(&mut echo)?;
//!     assert_eq!(&echo, b"hello");
//!     std::io::Result::Ok(())
//! })
//! .unwrap();
//! ```
//!
//! - **Where they wait.** A process is parked, and its scheduler goes on with the others. On a thread without a scheduler
//!   the thread waits. In a callback, or inside of an [`Op`](crate::Op), to have to wait is a panic, as everywhere.
//! - **Across threads.** They are `Send` and `Sync`: a stream can be given to [`sync::go`](crate::sync::go), and one
//!   process may read while another writes, through `&` or an `Arc`. A socket is watched by the scheduler in which it is
//!   waited for.
//! - **Choice.** [`readable`] and [`writable`] are branches of [`alts!`](crate::alts!):
//!   `() = op(readable(&stream)) => ...`.
//! - **Time.** `set_read_timeout` and `set_write_timeout` go by the scheduler's clock, and give an error of kind
//!   [`TimedOut`](std::io::ErrorKind::TimedOut). They belong to the handle: clones take them along, and are then set for
//!   themselves. Under virtual time, as long as a process waits for the network, time passes as in reality.
//! - **Ends.** A process that is killed while it waits leaves no trace. One that is being unwound may go on with what need
//!   not wait; what would have to gives an error of kind [`Other`](std::io::ErrorKind::Other).
//! - **Deadlock.** Who waits for the network is awaited from outside: there is none to be reported.
//! - **Names** are looked up by [`sync::blocking`](crate::sync::blocking), off the loop.
//! - **Interruptions** by signals are not seen: the call goes on.
//!
//! The sockets inside do not block, which all handles of a socket share: one that is given out as that of the standard
//! library (`into_std`) blocks again, and so do its clones.

mod address;
mod halves;
mod incoming;
mod ready;
mod socket;
mod tcp;
#[cfg(test)]
mod tests;
mod udp;
mod unix;

use std::io;

pub use address::ToSocketAddrs;
pub use halves::{ReadHalf, ReuniteError, Stream, WriteHalf};
pub use incoming::{Accept, Incoming};
pub(crate) use socket::{Sealed, Socket};
pub use tcp::{TcpListener, TcpStream};
pub use udp::UdpSocket;
pub use unix::{UnixDatagram, UnixListener, UnixStream};

use crate::op::IntoArm;
use crate::poller::Direction;
use ready::Ready;
pub(crate) use ready::Watched;

/// What can be waited for with [`readable`] and [`writable`]: the sockets of this module, and the ends of pipes in
/// [`child`](crate::child).
pub trait Pollable: Sealed {}

impl<S: Sealed> Pollable for S {}

/// A wait for a socket: the branch `op(readable(&socket))` of [`alts!`](crate::alts!), or alone by [`wait`](Readiness::wait).
#[must_use = "it waits as a branch of `alts!`, or when `wait` is called"]
pub struct Readiness<'a> {
    watched: Watched<'a>,
    direction: Direction,
}

/// A wait until the socket can be read without having to wait: something has come, its end has, or an error; of a listener,
/// until there is a connection.
///
/// It says what is so when it is asked. Where several read the same socket, another may be faster.
///
/// ```
/// use csp::{net::*, prelude::*};
/// use std::io::{Read, Write};
///
/// csp::run(|| {
///     let (mut a, mut b) = UnixStream::pair().unwrap();
///     alts! {
///         () = op(readable(&a)) => panic!("nobody has written"),
///         _ = sleep(Duration::from_millis(1)) => {}
///     }
///     b.write_all(b"!").unwrap();
///     readable(&a).wait().unwrap();
///     assert_eq!(a.read(&mut [0]).unwrap(), 1);
/// });
/// ```
pub fn readable<S: Pollable + ?Sized>(socket: &S) -> Readiness<'_> {
    Readiness { watched: socket.watched(), direction: Direction::Read }
}

/// A wait until something can be written to the socket without having to wait, if it is only a byte, or there is an error.
pub fn writable<S: Pollable + ?Sized>(socket: &S) -> Readiness<'_> {
    Readiness { watched: socket.watched(), direction: Direction::Write }
}

impl Readiness<'_> {
    /// Waits for it alone.
    ///
    /// # Errors
    /// When the process is being unwound and would have to wait, or the system has no descriptor left to watch with.
    #[track_caller]
    pub fn wait(self) -> io::Result<()> {
        ready::wait_exactly(self.watched, self.direction)
    }
}

impl<'a> IntoArm for Readiness<'a> {
    type Arm = Ready<'a>;

    fn into_arm(self) -> Ready<'a> {
        Ready::new(self.watched, self.direction, true, None)
    }
}

/// What every type with a socket inside has.
macro_rules! watched {
    ($type:ident) => {
        impl $crate::net::Sealed for $type {
            fn watched(&self) -> $crate::net::Watched<'_> {
                self.socket.watched()
            }
        }

        impl std::os::fd::AsFd for $type {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.socket.as_fd()
            }
        }

        impl std::os::fd::AsRawFd for $type {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsFd::as_fd(self).as_raw_fd()
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.socket.fmt(f)
            }
        }
    };
}
pub(crate) use watched;

/// What every socket has, beside that of the standard library.
macro_rules! common {
    ($type:ident, $std:ty) => {
        $crate::net::watched!($type);

        impl From<$std> for $type {
            /// # Panics
            /// If the system does not let it be made non-blocking, as it does with every open socket.
            fn from(io: $std) -> Self {
                Self { socket: Socket::new(io).expect("a socket can be made non-blocking") }
            }
        }

        impl $type {
            /// The socket as that of the standard library. It blocks again.
            ///
            /// # Errors
            /// If the system does not let it.
            pub fn into_std(self) -> std::io::Result<$std> {
                self.socket.into_inner()
            }

            /// Another handle to the same socket, with a descriptor of its own and the same timeouts.
            ///
            /// # Errors
            /// If the system has no descriptor left.
            pub fn try_clone(&self) -> std::io::Result<Self> {
                Ok(Self { socket: self.socket.sibling(self.socket.io().try_clone()?) })
            }

            /// The error that the socket has kept, if there is one; it is forgotten then.
            ///
            /// # Errors
            /// If the system cannot say.
            pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
                self.socket.io().take_error()
            }

            /// Whether calls on this handle give an error of kind [`WouldBlock`](std::io::ErrorKind::WouldBlock) instead
            /// of waiting.
            ///
            /// # Errors
            /// None.
            pub fn set_nonblocking(&self, nonblocking: bool) -> std::io::Result<()> {
                self.socket.set_impatient(nonblocking);
                Ok(())
            }
        }
    };
}
use common;

/// The limits of reads and writes.
macro_rules! timeouts {
    ($type:ident) => {
        impl $type {
            /// How long a read on this handle may wait; `None`: as long as it takes. A longer wait ends with an error of kind
            /// [`TimedOut`](std::io::ErrorKind::TimedOut).
            ///
            /// # Errors
            /// If it is zero.
            pub fn set_read_timeout(&self, limit: Option<std::time::Duration>) -> std::io::Result<()> {
                self.socket.set_limit(Direction::Read, limit)
            }

            /// As [`set_read_timeout`](Self::set_read_timeout), for each write.
            ///
            /// # Errors
            /// If it is zero.
            pub fn set_write_timeout(&self, limit: Option<std::time::Duration>) -> std::io::Result<()> {
                self.socket.set_limit(Direction::Write, limit)
            }

            /// How long a read may wait.
            ///
            /// # Errors
            /// None.
            pub fn read_timeout(&self) -> std::io::Result<Option<std::time::Duration>> {
                Ok(self.socket.limit(Direction::Read))
            }

            /// How long a write may wait.
            ///
            /// # Errors
            /// None.
            pub fn write_timeout(&self) -> std::io::Result<Option<std::time::Duration>> {
                Ok(self.socket.limit(Direction::Write))
            }
        }
    };
}
use timeouts;

/// Reading and writing, of a type and of references to it.
macro_rules! stream {
    ($type:ident) => {
        impl std::io::Read for &$type {
            #[track_caller]
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.socket.transfer(Direction::Read, buf.len(), |mut io| std::io::Read::read(&mut io, buf))
            }

            #[track_caller]
            fn read_vectored(&mut self, bufs: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> {
                let wanted = bufs.iter().map(|buf| buf.len()).sum();
                self.socket.transfer(Direction::Read, wanted, |mut io| std::io::Read::read_vectored(&mut io, bufs))
            }
        }

        impl std::io::Write for &$type {
            #[track_caller]
            fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
                self.socket.transfer(Direction::Write, buf.len(), |mut io| std::io::Write::write(&mut io, buf))
            }

            #[track_caller]
            fn write_vectored(&mut self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                let wanted = bufs.iter().map(|buf| buf.len()).sum();
                self.socket.transfer(Direction::Write, wanted, |mut io| std::io::Write::write_vectored(&mut io, bufs))
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

        impl std::io::Read for $type {
            #[track_caller]
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                (&*self).read(buf)
            }

            #[track_caller]
            fn read_vectored(&mut self, bufs: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> {
                (&*self).read_vectored(bufs)
            }
        }

        impl std::io::Write for $type {
            #[track_caller]
            fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
                (&*self).write(buf)
            }

            #[track_caller]
            fn write_vectored(&mut self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                (&*self).write_vectored(bufs)
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
    };
}
use stream;

/// Methods that ask the system at once.
macro_rules! delegate {
    ($type:ident: $($(#[$doc:meta])* fn $name:ident(&self $(, $arg:ident: $of:ty)*) -> $answer:ty;)*) => {
        impl $type {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// Those of the standard library's.
                pub fn $name(&self $(, $arg: $of)*) -> std::io::Result<$answer> {
                    self.socket.io().$name($($arg),*)
                }
            )*
        }
    };
}
use delegate;

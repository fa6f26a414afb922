//! Loops that take connections.

use std::fmt;
use std::io;
use std::time::Duration;

use rustix::io::Errno;

use crate::timeout::sleep;

/// What takes connections: the listeners of this module.
pub trait Accept {
    /// A connection.
    type Stream;

    /// Waits for the next one.
    ///
    /// # Errors
    /// As `accept` of the listener.
    fn accept_stream(&self) -> io::Result<Self::Stream>;
}

/// The first pause when the system has nothing left for another connection; each after that is twice as long, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// The connections of a listener, one after the other, without end.
///
/// What passes is not told: a connection that its peer has given up already is skipped; while the system has no descriptor or
/// memory left for another, it pauses, for 5 milliseconds, then for twice as long each time, up to a second. Other errors are
/// told, and the loop may go on. In a process that is being unwound it ends after the first.
///
/// ```no_run
/// use csp::{net::*, prelude::*};
///
/// # fn serve(stream: TcpStream) {}
/// csp::run(|| {
///     let listener = TcpListener::bind("127.0.0.1:8000").unwrap();
///     for stream in listener.incoming() {
///         let stream = stream.unwrap();
///         go(move || serve(stream));
///     }
/// });
/// ```
#[must_use = "an iterator does nothing until it is asked"]
pub struct Incoming<'a, L> {
    listener: &'a L,
    pause: Duration,
}

impl<'a, L: Accept> Incoming<'a, L> {
    pub(super) fn new(listener: &'a L) -> Incoming<'a, L> {
        Incoming { listener, pause: FIRST_PAUSE }
    }
}

impl<L: Accept> Iterator for Incoming<'_, L> {
    type Item = io::Result<L::Stream>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let error = match self.listener.accept_stream() {
                Ok(stream) => {
                    self.pause = FIRST_PAUSE;
                    return Some(Ok(stream));
                }
                Err(error) => error,
            };
            match Errno::from_io_error(&error) {
                Some(Errno::CONNABORTED | Errno::CONNRESET | Errno::PROTO) => {}
                Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) if !std::thread::panicking() => {
                    sleep(self.pause);
                    self.pause = (self.pause * 2).min(LAST_PAUSE);
                }
                _ if std::thread::panicking() => return None,
                _ => return Some(Err(error)),
            }
        }
    }
}

impl<L: fmt::Debug> fmt::Debug for Incoming<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Incoming").field(self.listener).finish()
    }
}

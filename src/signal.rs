//! Signals of the system, as channels.
//!
//! A server that is told to end takes nothing new, and lets what it has begun come to its end, for a while:
//!
//! ```
//! use csp::{net::*, prelude::*, signal};
//!
//! # fn serve(_: TcpStream) {}
//! csp::run(|| {
//!     let terminate = signal::signal(signal::SIGTERM).unwrap();
//!     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
//!     let (serving, served) = channel::<()>(0); // served ends with the last who serves
//!     # signal::raise(signal::SIGTERM).unwrap();
//!     loop {
//!         alts! {
//!             () = op(readable(&listener)) => {
//!                 let (stream, serving) = (listener.accept().unwrap().0, serving.clone());
//!                 go(move || {
//!                     serve(stream);
//!                     drop(serving);
//!                 });
//!             }
//!             _ = take(&terminate) => break,
//!         }
//!     }
//!     drop((listener, serving));
//!     alts! {
//!         _ = take(&served) => {}
//!         _ = sleep(Duration::from_secs(10)) => eprintln!("some have not come to their end"),
//!     }
//! });
//! ```

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use signal_hook::consts::FORBIDDEN;
use signal_hook::iterator::{Handle, Signals};

pub use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH,
};
pub use signal_hook::low_level::raise;

use crate::error::OfferError;
use crate::port::offer;
use crate::sync::{Receiver, Sender, channel};

/// Those who want to know, and the thread that tells them, once there is one.
struct Listeners {
    handle: Option<Handle>,
    wanted: Vec<(i32, Sender<i32>)>,
}

static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { handle: None, wanted: Vec::new() });

/// Calls `f` with the listeners. Nothing leaves them half-changed, so a poisoned lock is as good as any.
fn with_listeners<R>(f: impl FnOnce(&mut Listeners) -> R) -> R {
    f(&mut LISTENERS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A channel that delivers the number of the signal each time the program gets it, to every receiver that was made by a call
/// of its own. As with the system, those that come while one waits to be taken are one with it.
///
/// From the first call on the signal does not do any more what it does else (end the program, as a rule), not even when all
/// receivers have gone. Whoever waits for it is awaited from outside. It takes a thread, one for all signals.
///
/// # Errors
/// If nobody can wait for this signal, as for `SIGKILL`, or there is none of that number.
///
/// ```
/// use csp::{prelude::*, signal};
///
/// let again = signal::signal(signal::SIGUSR1).unwrap();
/// signal::raise(signal::SIGUSR1).unwrap();
/// assert_eq!(take(&again), Some(signal::SIGUSR1));
/// assert!(signal::signal(9).is_err());
/// ```
pub fn signal(number: i32) -> io::Result<Receiver<i32>> {
    // What signal-hook would panic at; it counts so far.
    if FORBIDDEN.contains(&number) || !(1..128).contains(&number) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "nobody can wait for this signal"));
    }
    let (out, signals) = channel(1);
    with_listeners(|listeners| {
        let handle = match &listeners.handle {
            Some(handle) => handle,
            None => listeners.handle.insert(start()?),
        };
        handle.add_signal(number)?;
        listeners.wanted.push((number, out));
        Ok(signals)
    })
}

/// The channel of Ctrl-C at the terminal: [`signal`] of `SIGINT`.
///
/// # Errors
/// If the system has no descriptor or thread left.
pub fn ctrl_c() -> io::Result<Receiver<i32>> {
    signal(SIGINT)
}

fn start() -> io::Result<Handle> {
    let mut signals = Signals::new([0i32; 0])?;
    let handle = signals.handle();
    thread::Builder::new().name("csp signals".to_owned()).spawn(move || signals.forever().for_each(tell))?;
    Ok(handle)
}

/// Tells all who want to know, and forgets those who have gone.
fn tell(number: i32) {
    with_listeners(|listeners| {
        listeners
            .wanted
            .retain(|(wanted, out)| *wanted != number || !matches!(offer(out, number), Err(OfferError::Closed(_))));
    });
}

//! A report when a process runs off its stack, instead of a bare `Segmentation fault`.
//!
//! The guard turns an overflow into a signal. It cannot be handled on the stack that is full, so
//! every thread with a scheduler has an [alternate one](super::altstack). What the fault means is
//! for the caller of [`install`] to say; here is only what must be done with care in a signal
//! handler: no allocation, no lock, no standard output, and others who wait for the same signal
//! get their turn.

use std::ffi::c_void;
use std::fmt;
use std::io;
use std::mem;
use std::process;
use std::ptr;
use std::sync::{Once, OnceLock};

use libc::{c_int, sigaction, siginfo_t};

pub(crate) use super::altstack::AltStack;

/// Says whether the address is in the guard of the process that runs, and writes the report if so.
/// Called inside a signal handler: it must not allocate, lock, panic, or wait.
pub(crate) type Describe = fn(fault: usize, out: &mut dyn fmt::Write) -> bool;

/// The signals that a touched guard raises: one on Linux, the other on the BSDs and macOS.
const SIGNALS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// The longest report; the rest is cut off.
const REPORT: usize = 4096;

/// What the handler needs; written before it is installed, never changed.
struct Handlers {
    /// Knows the running process.
    describe: Describe,
    /// Who handled each of [`SIGNALS`] before.
    previous: [sigaction; SIGNALS.len()],
}

/// Set by the first [`install`].
static HANDLERS: OnceLock<Handlers> = OnceLock::new();

/// Has overflows on this thread reported by `describe`, and keeps an alternate signal stack for
/// the thread until the answer is dropped.
///
/// The handlers are installed once per operating system process; the first `describe` stays.
pub(crate) fn install(describe: Describe) -> AltStack {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = SIGNALS.map(|signal| {
            // SAFETY: a plain question; all zeroes are a valid answer to it.
            unsafe {
                let mut previous: sigaction = mem::zeroed();
                libc::sigaction(signal, ptr::null(), &mut previous);
                previous
            }
        });
        HANDLERS.get_or_init(|| Handlers { describe, previous });
        for signal in SIGNALS {
            // SAFETY: `on_fault` has the signature that SA_SIGINFO asks for, and does only what a
            // signal handler may. If it cannot be installed, an overflow ends the program all the
            // same, without a report.
            unsafe {
                let mut action: sigaction = mem::zeroed();
                action.sa_sigaction = on_fault as extern "C" fn(_, _, _) as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                libc::sigaction(signal, &action, ptr::null_mut());
            }
        }
    });
    AltStack::new()
}

/// The signal handler. A second fault in here is fatal at once: the signal is blocked meanwhile.
extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Some(handlers) = HANDLERS.get() else {
        return;
    };
    // SAFETY: with SA_SIGINFO the kernel passes a valid one.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    // Zero and below: sent by somebody with `kill`. Then there is no address.
    let is_fault = code > 0;
    // A thread without our alternate stack has no processes, and little room for us.
    if is_fault && AltStack::is_held() {
        report(handlers.describe, address);
    }
    let which = SIGNALS.iter().position(|&one| one == signal);
    let Some(previous) = which.map(|which| &handlers.previous[which]) else {
        return;
    };
    // SAFETY: `previous` is what the system gave us for this signal, and `info` and `context` are
    // passed on as they came.
    unsafe { pass_on(previous, is_fault, signal, info, context) }
}

/// Prints the report and aborts, if the fault is ours.
#[inline(never)]
fn report(describe: Describe, address: usize) {
    let mut report = Report { text: [0; REPORT], len: 0 };
    if describe(address, &mut report) {
        report.print();
        process::abort();
    }
}

/// Does what would have been done with the signal without us.
///
/// # Safety
///
/// To be called from a handler of `signal` with its arguments, and with what handled it before.
unsafe fn pass_on(previous: &sigaction, is_fault: bool, signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    match previous.sa_sigaction {
        // Ignored faults are fatal too: the instruction would fault for ever.
        libc::SIG_IGN if !is_fault => {}
        libc::SIG_DFL | libc::SIG_IGN => {
            // SAFETY: the default action of a signal is always valid. Once this returns, the fault
            // repeats; a signal that was sent is sent again.
            unsafe {
                let mut default: sigaction = mem::zeroed();
                default.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &default, ptr::null_mut());
                if !is_fault {
                    libc::raise(signal);
                }
            }
        }
        function if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: not one of the two numbers, so a function; the flag says of which kind.
            unsafe {
                let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = mem::transmute(function);
                handler(signal, info, context);
            }
        }
        function => {
            // SAFETY: as above.
            unsafe { mem::transmute::<usize, extern "C" fn(c_int)>(function)(signal) }
        }
    }
}

/// Text gathered without an allocation.
struct Report {
    /// The text, as far as `len`.
    text: [u8; REPORT],
    /// How much of it there is.
    len: usize,
}

impl fmt::Write for Report {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let room = &mut self.text[self.len..];
        let fits = s.len().min(room.len());
        room[..fits].copy_from_slice(&s.as_bytes()[..fits]);
        self.len += fits;
        Ok(())
    }
}

impl Report {
    /// Writes the text to standard error, past all locks and buffers.
    fn print(&self) {
        let mut rest = &self.text[..self.len];
        while !rest.is_empty() {
            // SAFETY: `rest` is valid for as many bytes.
            let written = unsafe { libc::write(libc::STDERR_FILENO, rest.as_ptr().cast(), rest.len()) };
            match usize::try_from(written) {
                Ok(0) => return,
                Ok(written) => rest = &rest[written..],
                Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

//! Child processes of the system, with pipes that park the process that reads or writes.
//!
//! They are described by the standard library's [`Command`], and started by [`Child::spawn`]. (What else is called a process
//! in this library is one of its own.)
//!
//! ```
//! use csp::child::Child;
//! use std::io::{Read, Write};
//! use std::process::{Command, Stdio};
//!
//! csp::run(|| {
//!     let mut cat = Child::spawn(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped())).unwrap();
//!     let (mut stdin, mut stdout) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
//!     csp::go(move || stdin.write_all(b"hello").unwrap());
//!     let mut text = String::new();
//!     stdout.read_to_string(&mut text).unwrap();
//!     assert_eq!(text, "hello");
//!     assert!(cat.wait().unwrap().success());
//! });
//! ```

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{self, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::context;
use crate::go::go_channel;
use crate::net::{Socket, watched};
use crate::poller::Direction;
use crate::port::take;
use crate::sync::blocking;

/// A child process. As [`std::process::Child`]: to drop it neither ends the child nor waits for it.
#[derive(Debug)]
pub struct Child {
    /// What it reads, if that is piped.
    pub stdin: Option<PipeWriter>,
    /// What it writes, if that is piped.
    pub stdout: Option<PipeReader>,
    /// What it writes as errors, if that is piped.
    pub stderr: Option<PipeReader>,
    child: process::Child,
}

/// The end of a pipe that is read: [`Read`], also through `&`.
pub struct PipeReader {
    socket: Socket<OwnedFd>,
}

/// The end of a pipe that is written to: [`Write`], also through `&`. To drop it ends what the other side reads.
pub struct PipeWriter {
    socket: Socket<OwnedFd>,
}

impl Child {
    /// Starts the child.
    ///
    /// # Errors
    /// If there is no such program, or the system has nothing left for it.
    pub fn spawn(command: &mut Command) -> io::Result<Child> {
        let mut child = command.spawn()?;
        Ok(Child {
            stdin: socket(child.stdin.take())?.map(|socket| PipeWriter { socket }),
            stdout: socket(child.stdout.take())?.map(|socket| PipeReader { socket }),
            stderr: socket(child.stderr.take())?.map(|socket| PipeReader { socket }),
            child,
        })
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it by force. It has to be waited for still.
    ///
    /// # Errors
    /// The system's.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The system's.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until it has ended; what it reads is ended first. Parks the process, or the thread where no scheduler runs.
    ///
    /// # Errors
    /// The system's; in a process that is being unwound, that it would have to wait.
    #[track_caller]
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.stdin = None;
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        if context::with(|context| context.is_some()) {
            self.wait_for_end()?;
        }
        self.child.wait()
    }

    /// Waits until it has ended, and leaves it to be asked how.
    #[track_caller]
    fn wait_for_end(&self) -> io::Result<()> {
        let id = Pid::from_child(&self.child);
        #[cfg(target_os = "linux")]
        if let Ok(fd) = rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()) {
            return Socket::of_nonblocking(fd).wait(Direction::Read);
        }
        blocking(move || waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT))?;
        Ok(())
    }

    /// Reads all that it writes, and waits until it has ended.
    ///
    /// # Errors
    /// As [`wait`](Child::wait).
    #[track_caller]
    pub fn wait_with_output(mut self) -> io::Result<Output> {
        self.stdin = None;
        let (stdout, stderr) = (self.stdout.take(), self.stderr.take());
        if context::with(|context| context.is_none()) {
            // The standard library reads both at once.
            self.child.stdout = stdout.map(|pipe| pipe.socket.into_inner().map(Into::into)).transpose()?;
            self.child.stderr = stderr.map(|pipe| pipe.socket.into_inner().map(Into::into)).transpose()?;
            return self.child.wait_with_output();
        }
        let errors = go_channel(move || read_all(stderr));
        let stdout = read_all(stdout)?;
        let stderr = take(&errors).unwrap_or_else(|| Err(io::Error::other("whoever read its errors was killed")))?;
        Ok(Output { status: self.wait()?, stdout, stderr })
    }
}

fn socket(pipe: Option<impl Into<OwnedFd>>) -> io::Result<Option<Socket<OwnedFd>>> {
    pipe.map(|pipe| Socket::new(pipe.into())).transpose()
}

fn read_all(pipe: Option<PipeReader>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut all)?;
    }
    Ok(all)
}

/// Starts the child, reads all that it writes, and waits until it has ended. It reads nothing, if the command does not say
/// otherwise.
///
/// # Errors
/// As [`Child::spawn`] and [`Child::wait`].
///
/// ```
/// use std::process::Command;
///
/// let output = csp::run(|| csp::child::output(Command::new("echo").arg("hello"))).unwrap();
/// assert_eq!(output.stdout, b"hello\n");
/// ```
#[track_caller]
pub fn output(command: &mut Command) -> io::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Child::spawn(command)?.wait_with_output()
}

impl Read for &PipeReader {
    #[track_caller]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.transfer(Direction::Read, buf.len(), |io| Ok(rustix::io::read(io, &mut *buf)?))
    }
}

impl Read for PipeReader {
    #[track_caller]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }
}

impl Write for &PipeWriter {
    #[track_caller]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        // Less than all says nothing: a small piece finds room where a large one does not.
        self.socket.run(Direction::Write, |io| Ok(rustix::io::write(io, buf)?))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for PipeWriter {
    #[track_caller]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

watched!(PipeReader);
watched!(PipeWriter);

//! The two directions of a stream as values.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::ops::Deref;
use std::sync::Arc;

/// A stream of two directions: [`TcpStream`](super::TcpStream) and [`UnixStream`](super::UnixStream).
pub trait Stream: super::Pollable + Sized {
    #[doc(hidden)]
    fn end(&self, how: Shutdown) -> io::Result<()>;
}

impl Stream for super::TcpStream {
    fn end(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown(how)
    }
}

impl Stream for super::UnixStream {
    fn end(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown(how)
    }
}

/// What is read from a stream that was split. All methods of the stream are there, through it.
pub struct ReadHalf<S>(Arc<S>);

/// What is written to a stream that was split: when it is dropped, the other side reads the end. All methods of the stream are
/// there, through it.
pub struct WriteHalf<S: Stream>(Option<Arc<S>>);

/// The halves of two streams are no stream.
pub struct ReuniteError<S: Stream>(
    /// The half that was asked.
    pub ReadHalf<S>,
    /// The half that it was given.
    pub WriteHalf<S>,
);

pub(super) fn split<S: Stream>(stream: S) -> (ReadHalf<S>, WriteHalf<S>) {
    let stream = Arc::new(stream);
    (ReadHalf(stream.clone()), WriteHalf(Some(stream)))
}

impl<S: Stream> ReadHalf<S> {
    /// The stream again.
    ///
    /// # Errors
    /// With both, if they are not halves of the same.
    pub fn reunite(self, mut other: WriteHalf<S>) -> Result<S, ReuniteError<S>> {
        if !other.0.as_ref().is_some_and(|stream| Arc::ptr_eq(&self.0, stream)) {
            return Err(ReuniteError(self, other));
        }
        // It goes first, and ends nothing.
        other.0 = None;
        Ok(Arc::into_inner(self.0).expect("there were two halves, and one has gone"))
    }
}

impl<S> Deref for ReadHalf<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: Stream> Deref for WriteHalf<S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.0.as_ref().expect("it is there until it is reunited")
    }
}

impl<S> Read for ReadHalf<S>
where
    for<'a> &'a S: Read,
{
    #[track_caller]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buf)
    }

    #[track_caller]
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self.0).read_vectored(bufs)
    }
}

impl<S: Stream> Write for WriteHalf<S>
where
    for<'a> &'a S: Write,
{
    #[track_caller]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&**self).write(buf)
    }

    #[track_caller]
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&**self).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&**self).flush()
    }
}

impl<S: Stream> Drop for WriteHalf<S> {
    fn drop(&mut self) {
        if let Some(stream) = &self.0 {
            // One that its peer has ended is no more to be ended.
            _ = stream.end(Shutdown::Write);
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for ReadHalf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadHalf").field(&self.0).finish()
    }
}

impl<S: Stream + fmt::Debug> fmt::Debug for WriteHalf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteHalf").field(&**self).finish()
    }
}

impl<S: Stream> fmt::Debug for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReuniteError")
    }
}

impl<S: Stream> fmt::Display for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these are halves of two streams")
    }
}

impl<S: Stream> std::error::Error for ReuniteError<S> {}

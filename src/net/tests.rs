//! A transport that fails in all the ways in which one may, ten thousand times.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use super::Socket;
use crate::channel::Channel;
use crate::go::{go, go_channel};
use crate::poller::Direction;
use crate::port::take;
use crate::random_range;
use crate::runtime::Builder;
use crate::timeout::yield_now;

/// How many seeds.
const SCHEDULES: u64 = 10_000;
/// Nobody waits for so long, unless he waits for ever.
const LOST: Option<Duration> = Some(Duration::from_secs(20));

/// One end of a stream, with faults.
struct Faulty {
    socket: Socket<UnixStream>,
    /// How often it was said that it would block, when that was not so: each time somebody has to tell that it is not.
    owed: [Cell<u32>; 2],
}

enum Fault {
    None,
    Interrupted,
    WouldBlock,
    OneByte,
}

impl Faulty {
    fn new(io: UnixStream) -> Faulty {
        let socket = Socket::new(io).unwrap();
        socket.set_limit(Direction::Read, LOST).unwrap();
        socket.set_limit(Direction::Write, LOST).unwrap();
        Faulty { socket, owed: Default::default() }
    }

    /// What happens to the next call of the system.
    fn fault(&self, direction: Direction) -> io::Result<bool> {
        let fault = match random_range(0..8) {
            0 => Fault::Interrupted,
            1 | 2 => Fault::WouldBlock,
            3 | 4 => Fault::OneByte,
            _ => Fault::None,
        };
        match fault {
            Fault::Interrupted => Err(ErrorKind::Interrupted.into()),
            Fault::WouldBlock => {
                let owed = &self.owed[direction as usize];
                owed.set(owed.get() + 1);
                Err(ErrorKind::WouldBlock.into())
            }
            Fault::OneByte => Ok(true),
            Fault::None => Ok(false),
        }
    }

    /// One byte says nothing about what there is: it is no short read.
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.run(Direction::Read, |mut io| match self.fault(Direction::Read)? {
            true => io.read(&mut buf[..1]),
            false => io.read(buf),
        })
    }

    fn write(&self, buf: &[u8]) -> io::Result<usize> {
        self.socket.run(Direction::Write, |mut io| match self.fault(Direction::Write)? {
            true => io.write(&buf[..1]),
            false => io.write(buf),
        })
    }

    /// Tells what is owed, and now and then what is not so.
    fn tell(&self) {
        for direction in [Direction::Read, Direction::Write] {
            let owed = &self.owed[direction as usize];
            if owed.get() > 0 || random_range(0..20) == 0 {
                owed.set(owed.get().saturating_sub(1));
                self.socket.retry(direction);
            }
        }
    }
}

#[test]
fn spec_15_1_nothing_is_lost_over_a_transport_that_fails_in_every_way() {
    for seed in 0..SCHEDULES {
        let builder = Builder::new().seed(seed);
        let builder = if seed % 2 == 0 { builder } else { builder.virtual_time() };
        builder.run(|| one_schedule(seed));
    }
}

fn one_schedule(seed: u64) {
    let (a, b) = UnixStream::pair().unwrap();
    let ends = [a, b].map(|io| Rc::new(Faulty::new(io)));
    // More than the system has room for in some of them.
    let crowded = seed.is_multiple_of(50);
    let length = if crowded { 5000 } else { 40 };
    if crowded {
        ends.iter().for_each(|end| rustix::net::sockopt::set_socket_send_buffer_size(&end.socket, 1).unwrap());
    }
    let done = Rc::new(Cell::new(false));
    let (tells, told) = (done.clone(), ends.clone());
    go(move || {
        while !tells.get() {
            told.iter().for_each(|end| end.tell());
            yield_now();
        }
    });
    let mut parts: Vec<Channel<()>> = Vec::new();
    for end in ends {
        let data = RefCell::new((0..length).map(|n: u32| n as u8).collect::<Vec<_>>());
        let writes = end.clone();
        parts.push(go_channel(move || {
            let mut data = data.borrow_mut();
            while !data.is_empty() {
                let piece = random_range(1..=data.len());
                let written = writes.write(&data[..piece]).unwrap();
                data.drain(..written);
            }
            writes.socket.io().shutdown(Shutdown::Write).unwrap();
        }));
        parts.push(go_channel(move || {
            let (mut heard, mut buf) = (0, [0; 64]);
            loop {
                let n = end.read(&mut buf).unwrap();
                if n == 0 {
                    break;
                }
                assert!(buf[..n].iter().all(|&byte| {
                    heard += 1;
                    byte == (heard - 1) as u8
                }));
            }
            assert_eq!(heard, length);
        }));
    }
    for part in &parts {
        assert!(take(part).is_some(), "seed {seed}");
    }
    done.set(true);
}

#[test]
fn spec_15_1_an_event_while_it_is_tried_is_not_lost() {
    Builder::new().virtual_time().run(|| {
        let (a, _b) = UnixStream::pair().unwrap();
        let socket = Socket::new(a).unwrap();
        socket.set_limit(Direction::Read, LOST).unwrap();
        let mut tries = 0;
        let tried = socket.run(Direction::Read, |_| {
            tries += 1;
            // It comes after the look, and before it is known that there was nothing yet.
            socket.retry(Direction::Read);
            if tries < 3 { Err(ErrorKind::WouldBlock.into()) } else { Ok(tries) }
        });
        assert_eq!(tried.unwrap(), 3);
    });
}

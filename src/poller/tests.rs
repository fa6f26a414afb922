//! A source and its poller, step by step.

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::time::Duration;

use super::{Direction, Network, Source, is_worth, with_poller};
use crate::ready::Kind;
use crate::wait::{Claim, Home, Waiter};

/// A source that was tried and had nothing, with what it was told at first.
fn tried(io: &UnixStream, network: &Network) -> std::sync::Arc<Source> {
    let source = Source::new();
    with_poller(Some(network), |poller| source.register(io.as_fd(), poller)).unwrap();
    network.poll(Some(Duration::ZERO));
    source.clear(Direction::Read, source.seen(Direction::Read), true);
    source
}

/// Whether somebody would wait, were he to begin now. He does not.
fn waits(source: &Source) -> bool {
    let (home, claim, waiter) = (Home::of_thread(), Claim::new(Kind::Task(0)), pin!(Waiter::new(None)));
    // SAFETY: the home and the claim live in this frame; what is enlisted is unlinked and shut in it.
    unsafe {
        claim.belong(&home);
        claim.open();
        let enlisted = source.enlist(Direction::Read, waiter.as_ref(), &claim, 0);
        source.unlink(&waiter);
        claim.shut();
        enlisted
    }
}

#[test]
fn nobody_waits_for_what_was_told_already() {
    let (network, (io, mut other)) = (Network::new(), UnixStream::pair().unwrap());
    let source = tried(&io, &network);
    assert!(waits(&source));
    // Between the try and the wait.
    other.write_all(b"!").unwrap();
    network.poll(None);
    assert!(is_worth(source.seen(Direction::Read)) && !waits(&source));
}

#[test]
fn nobody_waits_where_nobody_tells() {
    let (network, (io, _other)) = (Network::new(), UnixStream::pair().unwrap());
    let source = tried(&io, &network);
    drop(network);
    assert!(is_worth(source.seen(Direction::Read)), "all are to look again");
    source.clear(Direction::Read, source.seen(Direction::Read), true);
    assert!(!waits(&source));
    let another = Network::new();
    with_poller(Some(&another), |poller| source.register(io.as_fd(), poller)).unwrap();
    assert!(waits(&source));
}

#[test]
fn what_is_closed_is_not_kept() {
    let (network, (io, _other)) = (Network::new(), UnixStream::pair().unwrap());
    let source = tried(&io, &network);
    let kept = || with_poller(Some(&network), |poller| Ok(poller.with_sources(|sources| sources.len()))).unwrap();
    assert_eq!(kept(), Some(1));
    source.deregister(io.as_fd());
    assert_eq!(kept(), Some(0));
    assert_eq!(std::sync::Arc::strong_count(&source), 1);
}

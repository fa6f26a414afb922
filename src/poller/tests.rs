//! A source and its poller, step by step.

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Direction, EVENTS, Network, Source, is_worth, with_poller};
use crate::letterbox::LetterBox;
use crate::ready::Kind;
use crate::wait::{Claim, Home};

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
    let (home, claim) = (Home::of_thread(), Claim::new(Kind::Task(0)));
    // SAFETY: the home and the claim live in this frame; who has joined leaves, and is shut, in it.
    unsafe {
        claim.belong(&home);
        claim.open();
        let party = source.join(Direction::Read, &claim, 0);
        party.inspect(|party| source.leave(*party));
        claim.shut();
        party.is_some()
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
fn an_event_wakes_all_who_wait_for_its_direction_in_order() {
    let (network, (io, _other)) = (Network::new(), UnixStream::pair().unwrap());
    let source = tried(&io, &network);
    source.clear(Direction::Write, source.seen(Direction::Write), true);
    let home = Home::of_scheduler(LetterBox::new(Box::new(|| ())));
    let claims: Vec<Claim> = (0..5).map(|number| Claim::new(Kind::Task(number))).collect();
    let directions = [Direction::Read, Direction::Write, Direction::Read, Direction::Read, Direction::Read];
    let join = |number: usize| {
        // SAFETY: the home and the claims live in this frame, and all who join leave in it.
        unsafe {
            claims[number].belong(&home);
            claims[number].open();
            source.join(directions[number], &claims[number], number as u32).unwrap()
        }
    };
    let parties: Vec<_> = (0..4).map(join).collect();
    // The first has gone before the last comes.
    source.leave(parties[0]);
    let last = join(4);
    source.retry(Direction::Read);
    let woken = std::iter::from_fn(|| home.ready.pop());
    // SAFETY: they are nodes of `claims`.
    let woken: Vec<Kind> = woken.map(|node| unsafe { (*node).kind() }).collect();
    assert_eq!(woken, [2, 3, 4].map(Kind::Task));
    assert_eq!(claims.iter().map(Claim::is_open).collect::<Vec<_>>(), [true, true, false, false, false]);
    assert_eq!(claims[3].branch(), 3);
    // Who was woken and waits again has not left for good: the party he was has.
    source.clear(Direction::Read, source.seen(Direction::Read), true);
    let again = join(4);
    source.leave(last);
    source.retry(Direction::Read);
    assert!(home.ready.pop().is_some() && !claims[4].is_open());
    source.leave(again);
    // Who waits keeps the source where it is.
    let another = Network::new();
    with_poller(Some(&another), |poller| source.register(io.as_fd(), poller)).unwrap();
    assert!(!another.has(&source) && network.has(&source));
    source.leave(parties[1]);
    with_poller(Some(&another), |poller| source.register(io.as_fd(), poller)).unwrap();
    assert!(another.has(&source));
    claims.iter().for_each(|claim| _ = claim.shut());
}

#[test]
fn who_sleeps_is_told_of_some_and_who_does_not_of_all() {
    let (network, pairs) = (Network::new(), [(); 3 * EVENTS].map(|()| UnixStream::pair().unwrap()));
    let sources = pairs.each_ref().map(|(io, _)| tried(io, &network));
    pairs.iter().for_each(|(_, other)| (&*other).write_all(b"!").unwrap());
    let told = || sources.iter().filter(|source| is_worth(source.seen(Direction::Read))).count();
    network.poll(None);
    assert_eq!(told(), EVENTS);
    network.poll(Some(Duration::ZERO));
    assert_eq!(told(), 3 * EVENTS);
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

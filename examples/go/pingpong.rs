// Source: Advanced Go Concurrency Patterns (Ajmani 2013), slide 6
// The ball is a value: who holds it is the only one who can touch it.
//
// Look for: ping and pong in strict turns, without a lock: those who wait to take are served in order of arrival.
// Try: a third player, "pang": the three take turns.

use csp::prelude::*;

pub struct Ball {
    pub hits: u32,
}

pub fn player(name: &'static str, table: Channel<Ball>) {
    loop {
        let mut ball = take(&table).or_stop();
        ball.hits += 1;
        println!("{name} {}", ball.hits);
        sleep(Duration::from_millis(100));
        put(&table, ball).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let table = Channel::new();
    let (ping, pong) = (table.clone(), table.clone());
    go(|| player("ping", ping));
    go(|| player("pong", pong));

    put(&table, Ball { hits: 0 }).unwrap(); // game on: toss the ball
    sleep(Duration::from_secs(1));
    take(&table); // game over: grab the ball
}

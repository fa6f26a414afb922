// Source: twisted-csp (2013), README
// Closing the table tells both players that the game is over: they take None.
//
// Look for: ping and pong in turns for a second; then each notices by itself, and main waits for both.
// Try: leave out the last loop: nobody says that the ball is gone, as main returns at once and ends all.

use csp::prelude::*;

struct Ball {
    hits: u32,
}

#[process_channel] // to call it starts a process, and gives a channel that delivers the result, here ()
fn player(name: &'static str, table: Channel<Ball>) {
    while let Some(mut ball) = take(&table) {
        ball.hits += 1;
        println!("{name} {}", ball.hits);
        sleep(Duration::from_millis(100));
        put(&table, ball).ok(); // the table is closed? The next take will tell
    }
    println!("{name}: Ball's gone");
}

#[csp::main]
pub fn main() {
    let table = Channel::new();
    let players = ["ping", "pong"].map(|name| player(name, table.clone()));

    put(&table, Ball { hits: 0 }).unwrap();
    sleep(Duration::from_secs(1));
    close(&table);
    for player in players {
        take(&player); // waits until it has ended
    }
}

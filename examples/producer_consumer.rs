// Source: Cooperating Sequential Processes (Dijkstra 1965), section 4.3
// A bounded buffer: who is too fast waits, and when the last producer has gone, it is over.
//
// Look for: nine portions, put in an order that is chance, and taken in the order of the puts. The producers get ahead
// by the two places of the buffer, then keep pace with the consumer.
// Try: leave out the drop: main itself could still put, so the consumer waits for that in the end: a deadlock.

use csp::prelude::*;

#[process]
fn producer(name: &'static str, into: Sender<String>) {
    for portion in 1..=3 {
        sleep(Duration::from_micros(random_range(0..100_000))); // produce
        put(&into, format!("{name} {portion}")).or_stop();
        println!("put {name} {portion}");
    }
}

fn consumer(from: Receiver<String>) -> usize {
    let mut portions = 0;
    // Until all senders are dropped.
    for portion in &from {
        println!("              took {portion}");
        sleep(Duration::from_millis(100)); // consume
        portions += 1;
    }
    portions
}

#[csp::main]
pub fn main() {
    let (into, from) = channel(2); // a Sender and a Receiver, with a buffer for two between them
    for name in ["bread", "milk", "honey"] {
        producer(name, into.clone()); // starts a process
    }
    drop(into); // only the producers have senders now
    let portions = consumer(from); // a plain call
    println!("{portions} portions, and no producer is left");
}

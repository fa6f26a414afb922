// Source: Cooperating Sequential Processes (Dijkstra 1965), section 4.3
// A bounded buffer: who is too fast waits, and when the last producer has gone, it is over.
//
// Look for: the producers get ahead by the two places of the buffer, then keep pace with the consumer.
// Try: leave out the drop: main could still put something, so the consumer waits for it: a deadlock.

use csp::prelude::*;

#[process]
fn producer(name: &'static str, buffer: Sender<String>) {
    for portion in 1..=3 {
        sleep(Duration::from_micros(random_range(0..100_000))); // produce
        put(&buffer, format!("{name} {portion}")).or_stop();
        println!("put {name} {portion}");
    }
}

fn consumer(buffer: Receiver<String>) -> usize {
    let mut portions = 0;
    for portion in &buffer {
        println!("              took {portion}");
        sleep(Duration::from_millis(100)); // consume
        portions += 1;
    }
    portions
}

#[csp::main]
pub fn main() {
    let (out, buffer) = channel(2);
    for name in ["bread", "milk", "honey"] {
        producer(name, out.clone());
    }
    drop(out); // only the producers have one now
    println!("{} portions, and no producer is left", consumer(buffer));
}

// Source: csp
// A thread and processes talk over channels between threads; one `alts!` takes these, local ones and sleeps.
//
// Look for: the cook is a thread; guest and waiter (main) are processes. While the cook cooks, the two wait, and others
// of their thread could go on. While the guest eats, the cook's take waits, and nothing else can happen in his thread.
// Try: leave out `, if cooking == 0`. With ./run.sh nothing changes. With ./run.sh --virtual the waiter is gone before
// the soup is there: his clock jumps when all processes of his thread wait, whatever other threads are at.

use csp::prelude::*;
use csp::sync;
use std::thread;

#[process]
fn guest(door: Channel<&'static str>, table: Channel<&'static str>) {
    for dish in ["soup", "fish", "cake"] {
        println!("guest: {dish}, please");
        put(&door, dish).or_stop();
        take(&table).or_stop();
        sleep(Duration::from_millis(100));
        println!("guest: the {dish} was good");
    }
}

#[csp::main]
pub fn main() {
    let (orders, ready) = (sync::Channel::new(), sync::Channel::new()); // for any thread to use
    let (to_cook, from_cook) = (orders.clone(), ready.clone());
    let cook = thread::spawn(move || {
        for dish in &to_cook {
            println!("cook:  {dish} is on the fire");
            thread::sleep(Duration::from_millis(5)); // holds up this thread, and nobody else
            put(&from_cook, dish).ok(); // an error if the waiter is gone
        }
    });

    let (door, table) = (Channel::new(), Channel::new());
    guest(door.clone(), table.clone()); // starts a process
    let mut cooking = 0;
    loop {
        alts! {
            dish = take(&door) => { put(&orders, dish.unwrap()).unwrap(); cooking += 1; }
            dish = take(&ready) => { put(&table, dish.unwrap()).unwrap(); cooking -= 1; }
            _ = sleep(Duration::from_millis(300)), if cooking == 0 => break, // nobody wants anything
        }
    }
    close(&orders);
    close(&ready);
    cook.join().unwrap(); // holds up all processes of this thread: only for a moment
}

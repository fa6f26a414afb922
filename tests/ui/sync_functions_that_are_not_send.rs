use csp::{Transducer, prelude::*, sync, transducer};
use std::cell::Cell;
use std::rc::Rc;

fn main() {
    let count = Rc::new(Cell::new(0_i32));
    let counting = transducer().map(move |n: i32| {
        count.set(count.get() + 1);
        n
    });
    _ = sync::Channel::builder().transducer(counting).buffered(1).build();
    let seen = Rc::new(Cell::new(0_u8));
    _ = sync::Channel::builder().sliding(1).on_drop(move |n| seen.set(n)).build();
    let log = Channel::<u16>::new();
    _ = sync::Channel::builder().dropping(1).on_drop(move |n| _ = offer(&log, n)).build();
    let instead = Rc::new(0_u32);
    let parse = transducer().map(|text: &str| text.parse::<u32>().unwrap());
    _ = sync::Channel::builder().transducer(parse).on_panic(move |_| Some(*instead)).buffered(1).build();
}

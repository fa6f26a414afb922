use csp::{Transducer, sync, transducer};
use std::rc::Rc;

fn main() {
    let shared = transducer().map(|n: i64| Rc::new(n));
    _ = sync::Channel::builder().transducer(shared).buffered(1).build();
}

use csp::prelude::*;
use csp::sync;
use std::rc::Rc;

fn main() {
    let c = sync::Channel::new();
    put(&c, Rc::new(1)).unwrap();
    _ = sync::Channel::<Rc<i8>>::buffered(1);
    _ = sync::channel::<Rc<i16>>(1);
    _ = sync::Channel::<Rc<u8>>::builder();
    _ = sync::Channel::<Channel<i32>>::promise();
}

use csp::sync;
use std::rc::Rc;

fn main() {
    _ = sync::go_channel(|| Rc::new(1_i8));
    _ = sync::go_deferred(|| Rc::new(1_i16));
    _ = sync::thread(|| Rc::new(1_i32));
    _ = sync::blocking(|| Rc::new(1_i64));
    let runtime = sync::Runtime::start(1);
    _ = runtime.go_channel(|| Rc::new(1_u8));
    _ = runtime.go_deferred(|| Rc::new(1_u16));
}

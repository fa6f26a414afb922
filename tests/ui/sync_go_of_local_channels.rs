use csp::prelude::*;
use csp::sync;

fn main() {
    let c = Channel::<i8>::new();
    sync::go(move || offer(&c, 1));
    let runtime = sync::Runtime::start(1);
    let (out, _) = channel::<i16>(1);
    runtime.go(move || offer(&out, 1));
    let (_, input) = channel::<i32>(1);
    _ = runtime.handle().go_deferred(move || take(&input));
    let c = Channel::<i64>::new();
    _ = sync::thread(move || poll(&c).ok());
    let c = Channel::<u8>::new();
    _ = sync::blocking(move || poll(&c).ok());
}

use csp::prelude::*;
use csp::sync;

fn main() {
    let deferred = go_deferred(|| 1);
    _ = sync::go_channel(move || deferred.wait());
}

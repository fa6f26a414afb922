//! A value of a KiB fits a process of the default size, also where nothing is optimized.

use csp::prelude::*;

#[csp::test]
fn a_kibibyte_goes_through_processes_of_the_default_size() {
    let (there, back) = (Channel::<[u64; 128]>::new(), Channel::new());
    let (from, to) = (there.clone(), back.clone());
    go(move || from.iter().for_each(|value| put(&to, value).or_stop()));
    let main = go_channel(move || {
        put(&there, [7; 128]).or_stop();
        take(&back).or_stop()[127]
    });
    assert_eq!(take(&main), Some(7));
}

#[csp::test]
fn a_kibibyte_goes_through_buffers_between_threads() {
    // Made in a process, whose stack has no room for all that is kept ready.
    let made = go_channel(|| csp::sync::Channel::<[u64; 128]>::buffered(60));
    let c = take(&made).unwrap();
    let from = c.clone();
    let last = go_channel(move || from.iter().last().unwrap()[127]);
    for n in 0..100 {
        put(&c, [n; 128]).unwrap();
    }
    close(&c);
    assert_eq!(take(&last), Some(99));
}

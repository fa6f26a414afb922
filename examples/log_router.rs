// Source: csp
// `ops::publish` gives each value to those who have subscribed to its topic: here to the level of a log line.
//
// Look for: errors go to the pager and to the file, warnings to the file alone. Nobody has subscribed to "info" and
// "debug": those lines are dropped. The end of the log is the end of both.
// Try: by_level.unsub(&"error", &pager); before the close: nobody tells the pager of the end any more, and ./run.sh
// --leaks log_router lists its reader, which waits for ever.

use csp::ops::{self, AtEnd};
use csp::prelude::*;

type Line = (&'static str, &'static str); // its level, and the text

const LOG: [Line; 7] = [
    ("info", "24 users"),
    ("warning", "the disk is nearly full"),
    ("error", "the disk is full"),
    ("debug", "x = 17"),
    ("warning", "nobody looks at the pager"),
    ("error", "the disk is on fire"),
    ("info", "no users"),
];

#[process]
fn reader(name: &'static str, lines: Channel<Line>) {
    for (_, text) in &lines {
        println!("    {name}: {text}");
    }
    println!("    {name}: the end");
}

#[csp::main]
pub fn main() {
    let log = Channel::new();
    let by_level = ops::publish(log.clone(), 0, |line: &Line| line.0);
    let (pager, file) = (Channel::new(), Channel::new());
    reader("pager", pager.clone()); // starts a process
    reader("file", file.clone());
    by_level.sub("error", &pager, AtEnd::Close); // closed when the log is
    by_level.sub("error", &file, AtEnd::Close);
    by_level.sub("warning", &file, AtEnd::Close);
    for (level, text) in LOG {
        println!("{level}: {text}");
        put(&log, (level, text)).unwrap();
        sleep(Duration::from_millis(10)); // meanwhile they read
    }
    close(&log);
    sleep(Duration::from_millis(10));
}

//! Standard input, as a channel.

use std::io;
use std::sync::OnceLock;
use std::thread;

use crate::port::put;
use crate::sync::{Receiver, channel};

/// The lines of standard input, without their ends; the channel ends after the last. An error is delivered in place of a line;
/// after one that is not about the text itself there are no more.
///
/// All calls give the same channel: each line goes to one who takes. They are read by a thread, which is one line ahead, and
/// waits until that is taken, by whomever: nothing is lost when a receiver goes. What else reads standard input competes
/// with it.
///
/// ```no_run
/// use csp::{prelude::*, stdin};
///
/// csp::run(|| {
///     let lines = stdin::lines();
///     loop {
///         alts! {
///             line = take(&lines) => match line {
///                 Some(line) => println!("you said {}", line.unwrap()),
///                 None => break,
///             },
///             _ = sleep(Duration::from_secs(5)) => println!("say something"),
///         }
///     }
/// });
/// ```
///
/// # Panics
/// If the system has no thread left.
#[must_use]
pub fn lines() -> Receiver<io::Result<String>> {
    static LINES: OnceLock<Receiver<io::Result<String>>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let (out, lines) = channel(0);
        let read = move || {
            for line in io::stdin().lines() {
                let last = line.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::InvalidData);
                if put(&out, line).is_err() || last {
                    break;
                }
            }
        };
        thread::Builder::new().name("csp stdin".to_owned()).spawn(read).expect("a thread for standard input");
        lines
    });
    lines.clone()
}

// Source: tail -f
// The lines of a file as they are written: a process asks again and again what is new, on another thread.
//
// Look for: a line is read when it has come to its end. A file that has become shorter was begun anew, and is read so.
// Try: ./run.sh net.follow_file FILE, and `echo hello >> FILE` in another terminal.

use csp::{prelude::*, sync};
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};

fn news(path: &str, from: u64) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let from = file.seek(SeekFrom::Start(if file.metadata()?.len() < from { 0 } else { from }))?;
    let text = io::read_to_string(file)?;
    let end = text.rfind('\n').map_or(0, |last| last + 1);
    Ok((text[..end].to_owned(), from + end as u64)) // the lines, and where they end
}

#[process]
fn follow(path: String, out: Sender<String>) {
    let mut read = 0;
    loop {
        let path = path.clone(); // a file that has gone may come again
        let (lines, end) = sync::blocking(move || news(&path, read)).unwrap_or((String::new(), read));
        lines.lines().for_each(|line| put(&out, line.to_owned()).or_stop());
        read = end;
        sleep(Duration::from_millis(100));
    }
}

#[csp::main]
pub fn main() -> io::Result<()> {
    let (out, lines) = channel(0);
    if let Some(path) = std::env::args().nth(1) {
        news(&path, 0)?; // can it be read?
        follow(path, out);
        return lines.iter().try_for_each(|line| writeln!(io::stdout(), "{line}"));
    }
    let path = format!("{}/csp-follow-file-{}", std::env::temp_dir().display(), std::process::id());
    follow(path.clone(), out);
    let mut file = File::options().create(true).append(true).open(&path)?;
    for (kept, text) in [(0, "one\n"), (4, "tw"), (6, "o\n"), (0, "!\n")] {
        file.set_len(kept)?; // of what was written; the last one begins anew
        file.write_all(text.as_bytes())?;
        sleep(Duration::from_millis(330));
        println!("{text:?} is written, {:?} is read", poll(&lines).ok()); // takes if it need not wait
    }
    fs::remove_file(path)
}

// Source: Go blog, Pipelines and cancellation (Ajmani 2014), what "Digesting a tree" reads
// What the next programs read: a few files in memory, slow as on a disk; or, if you name a folder, the files in it.
//
// Look for: one file that cannot be read, and the lengths of five that can. How long each takes is chance: 10 to 99 ms.
// Try: ./run.sh go.md5_disk docs: the real files in that folder, and in the folders in it. They are there at once.

use csp::prelude::*;
use std::{env, error::Error, fs};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FAKE: [(&str, Option<&str>); 6] = [
    ("fake/damaged", None), // cannot be read
    ("fake/good/a", Some("a")),
    ("fake/good/abc", Some("abc")),
    ("fake/good/alphabet", Some("abcdefghijklmnopqrstuvwxyz")),
    ("fake/good/empty", Some("")),
    ("fake/good/message", Some("message digest")),
];

/// Gives the path of each file below `folder` to `visit`.
pub fn walk(folder: &str, visit: &mut impl FnMut(String)) -> Result<()> {
    if folder.starts_with("fake") {
        FAKE.iter().filter(|(path, _)| path.starts_with(folder)).for_each(|(path, _)| visit(path.to_string()));
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path().display().to_string();
        let kind = fs::symlink_metadata(&path)?;
        if kind.is_dir() {
            walk(&path, visit)?;
        } else if kind.is_file() {
            visit(path);
        }
    }
    Ok(())
}

pub fn read(path: &str) -> Result<Vec<u8>> {
    let Some((_, text)) = FAKE.iter().find(|(fake, _)| *fake == path) else { return Ok(fs::read(path)?) };
    sleep(Duration::from_millis(random_range(10..100)));
    text.map(Vec::from).ok_or("cannot be read".into())
}

#[csp::main]
pub fn main() -> Result<()> {
    walk(&env::args().nth(1).unwrap_or("fake".to_owned()), &mut |path| {
        let (start, length) = (now(), read(&path).map(|bytes| bytes.len()));
        println!("{path}: {length:?} after {} ms", (now() - start).as_millis());
    })
}

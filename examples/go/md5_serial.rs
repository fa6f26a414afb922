// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Digesting a tree"
// The MD5 sums of the files in a folder, one file after the other.
//
// Look for: five sums, sorted by path. (The texts are from RFC 1321, which defines MD5, and it gives the same sums.)
// They take as long as all reads together.
// Try: ./run.sh go.md5_serial docs: the sums of real files, as the program md5sum has them.

use super::md5_disk::{Result, read, walk};
use csp::prelude::*;
use md5::{Digest, Md5};
use std::{collections::BTreeMap, env};

pub type Sums = BTreeMap<String, u128>; // by path, and so sorted

/// A path, and the sum of its file.
pub fn sum(path: String) -> Result<(String, u128)> {
    let bytes = read(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok((path, u128::from_be_bytes(Md5::digest(bytes).into())))
}

fn md5_all(folder: &str) -> Result<Sums> {
    let mut paths = Vec::new();
    walk(folder, &mut |path| paths.push(path))?;
    paths.into_iter().map(sum).collect() // all of them, or the first error
}

/// The folder that is named, or else the files in memory that can be read.
pub fn folder() -> String {
    env::args().nth(1).unwrap_or("fake/good".to_owned())
}

/// What `md5_all` says of a folder, and how long that takes.
pub fn show(md5_all: fn(&str) -> Result<Sums>, folder: &str) {
    let start = now();
    match md5_all(folder) {
        Ok(sums) => sums.iter().for_each(|(path, sum)| println!("{sum:032x}  {path}")),
        Err(error) => println!("{error}"),
    }
    println!("{} ms", (now() - start).as_millis());
}

#[csp::main]
pub fn main() {
    show(md5_all, &folder());
}

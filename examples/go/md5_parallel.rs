// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Parallel digestion"
// A process for each file: all files are read at the same time.
//
// Look for: the sums of go.md5_serial, in the time of the slowest read. Then a folder with a file that cannot be read:
// its error comes as soon as it is known, and nobody is left, though nobody was told to stop.
// Try: ./run.sh go.md5_parallel docs: no faster than go.md5_serial, for reading a real file holds up the thread that
// all share.

use super::md5_disk::{Result, walk};
use super::md5_serial::{Sums, folder, show, sum};
use csp::prelude::*;

fn sum_files(folder: &str) -> Result<Receiver<Result<(String, u128)>>> {
    let (out, c) = channel(0);
    walk(folder, &mut |path| {
        let out = out.clone();
        go(move || put(&out, sum(path))); // an error is put like a sum
    })?;
    Ok(c)
}

fn md5_all(folder: &str) -> Result<Sums> {
    // Until all have put, or to the first error. Then the Receiver is dropped, and the puts of the others fail.
    sum_files(folder)?.iter().collect()
}

#[csp::main]
pub fn main() {
    show(md5_all, &folder());
    show(md5_all, "fake");
    sleep(Duration::from_millis(100)); // what is being read now is read to the end
    println!("{} processes left", csp::parked().len());
}

// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Bounded parallelism"
// However many files there are, three are read at the same time: a walker, three digesters, and main.
//
// Look for: the same sums, in less time than go.md5_serial needs, and mostly more than go.md5_parallel. Then the error,
// as soon as it is known; walker and digesters notice that nobody wants more, and end.
// Try: 1 digester in place of 3: as slow as go.md5_serial. 5 digesters: as fast as go.md5_parallel.

use super::md5_disk::{Result, walk};
use super::md5_serial::{Sums, folder, show, sum};
use csp::prelude::*;

fn walk_files(folder: &str) -> Receiver<Result<String>> {
    let (out, paths) = channel(0);
    let folder = folder.to_owned();
    go(move || {
        // The put waits in the midst of the walk, however deep, or ends the process from there.
        let walked = walk(&folder, &mut |path| put(&out, Ok(path)).or_stop());
        if let Err(error) = walked {
            put(&out, Err(error)).or_stop();
        }
    });
    paths
}

#[process]
fn digester(paths: Receiver<Result<String>>, out: Sender<Result<(String, u128)>>) {
    for path in &paths {
        put(&out, path.and_then(sum)).or_stop();
    }
}

fn md5_all(folder: &str) -> Result<Sums> {
    let (out, c) = channel(0);
    let paths = walk_files(folder);
    for _ in 0..3 {
        digester(paths.clone(), out.clone()); // starts a process
    }
    drop(out); // only the digesters have Senders now
    c.iter().collect() // until they have ended, or to the first error; then the Receivers are dropped
}

#[csp::main]
pub fn main() {
    show(md5_all, &folder());
    show(md5_all, "fake");
    sleep(Duration::from_millis(100)); // what is being read now is read to the end
    println!("{} processes left", csp::parked().len());
}

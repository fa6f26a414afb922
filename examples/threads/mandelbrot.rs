// Source: csp
// A runtime is some threads, its workers; each process that is given to it runs on the first that has time.
//
// Look for: the rows are in order, though two workers make them, each at its own pace: main waits for the first row,
// then for the second, and so on.
// Try: ./run.sh threads.mandelbrot 1, or 100: the same picture. ./run.sh threads.mandelbrot 2 60: a larger one.

use csp::sync;

/// How many steps it takes this point to leave the circle of radius 2, as a character.
fn shade(x: f64, y: f64) -> char {
    let (mut re, mut im, mut steps) = (0.0, 0.0, 0);
    while steps < 99 && re * re + im * im < 4.0 {
        (re, im, steps) = (re * re - im * im + x, 2.0 * re * im + y, steps + 1);
    }
    [' ', '.', ':', '-', '=', '+', '*', '%', '@', '#'][steps / 10]
}

fn row(n: usize, rows: usize) -> String {
    let y = 1.2 - 2.4 * n as f64 / (rows - 1) as f64;
    let columns = rows * 8 / 3;
    (0..columns).map(|column| shade(2.8 * column as f64 / (columns - 1) as f64 - 2.1, y)).collect()
}

fn argument(n: usize) -> Option<usize> {
    std::env::args().nth(n).map(|n| n.parse().expect("a number"))
}

#[csp::main]
pub fn main() {
    let (workers, rows) = (argument(1).unwrap_or(2), argument(2).unwrap_or(24));
    let runtime = sync::Runtime::start(workers);
    // A process for each row, which waits in a queue for a worker; and the channel that will bring its result.
    let picture: Vec<_> = (0..rows).map(|n| runtime.go_channel(move || row(n, rows))).collect();
    for row in picture.iter().flatten() {
        println!("{}", row.trim_end());
    }
}

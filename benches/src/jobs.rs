//! Work for the processor, in jobs that need nothing of each other: who does them does not change what comes out.

/// Does the job of this number, of so many.
pub type Job = fn(number: u64, of: u64) -> u64;

/// What all `n` jobs give together.
pub fn sum(job: Job, n: u64) -> u64 {
    (0..n).map(|number| job(number, n)).sum()
}

const WIDTH: u64 = 1024;
const MOST_STEPS: u64 = 256;

/// The steps that the points of a row of the Mandelbrot set take to escape, together.
pub fn mandelbrot(row: u64, rows: u64) -> u64 {
    let ci = 2.5 * row as f64 / rows as f64 - 1.25;
    let steps = |column: u64| {
        let cr = 3.0 * column as f64 / WIDTH as f64 - 2.0;
        let (mut zr, mut zi, mut steps) = (0.0, 0.0, 0);
        while steps < MOST_STEPS && zr * zr + zi * zi <= 4.0 {
            (zr, zi) = (zr * zr - zi * zi + cr, 2.0 * zr * zi + ci);
            steps += 1;
        }
        steps
    };
    (0..WIDTH).map(steps).sum()
}

const POINTS: u64 = 100_000;

/// Of so many random points of a square, how many are in the quarter of a circle.
pub fn monte_carlo(block: u64, _: u64) -> u64 {
    // SplitMix64, which begins elsewhere in each block.
    let mut state = mixed(block);
    let mut inside = 0;
    for _ in 0..POINTS {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let point = mixed(state);
        let (x, y) = (point >> 33, point & 0x7FFF_FFFF);
        inside += u64::from(x * x + y * y < 1 << 62);
    }
    inside
}

fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

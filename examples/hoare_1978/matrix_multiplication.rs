// Source: Communicating Sequential Processes (Hoare 1978), section 6.2
// A grid of processes multiplies a stream of rows by a fixed matrix.
//
// Look for: three rows and their products. No process knows where it is in the grid: it knows its number, and a channel
// on each side.
// Try: a matrix of four by four: A, its type and the rows change, nothing else.

use csp::prelude::*;

const A: [[i32; 3]; 3] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];

#[process]
fn center(a: i32, north: Channel<i32>, east: Channel<i32>, south: Channel<i32>, west: Channel<i32>) {
    for x in &west {
        put(&east, x).or_stop();
        let sum = take(&north).or_stop();
        put(&south, a * x + sum).or_stop();
    }
}

#[csp::main]
pub fn main() {
    let rows = [[1, 0, 0], [1, 1, 1], [2, 3, 5]];
    let n = A.len();
    let channels = || (0..=n).map(|_| (0..=n).map(|_| Channel::new()).collect::<Vec<_>>()).collect::<Vec<_>>();
    let (down, across) = (channels(), channels()); // down[i][j] is north of the cell (i, j), across[i][j] west of it
    for i in 0..n {
        for j in 0..n {
            let (south, east) = (down[i + 1][j].clone(), across[i][j + 1].clone());
            center(A[i][j], down[i][j].clone(), east, south, across[i][j].clone());
        }
        let (north, east, west) = (down[0][i].clone(), across[i][n].clone(), across[i][0].clone());
        go(move || while put(&north, 0).is_ok() {});
        go(move || while take(&east).is_some() {});
        go(move || rows.iter().for_each(|row| put(&west, row[i]).or_stop()));
    }
    for row in rows {
        let product: Vec<i32> = (0..n).map(|j| take(&down[n][j]).unwrap()).collect();
        println!("{row:?} times A is {product:?}");
    }
}

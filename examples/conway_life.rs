// Source: Conway's Game of Life (Gardner 1970)
// Each cell is a process that talks to its eight neighbours; main looks at them all.
//
// Look for: in four generations the glider has moved one row down and one column to the right.
// Try: Channel::new() for the wires: all put, nobody takes, and the report lists 37 processes.

use csp::prelude::*;

const SIZE: usize = 6; // beyond the last row and column are the first ones again
const AROUND: [(usize, usize); 8] = [(5, 5), (5, 0), (5, 1), (0, 5), (0, 1), (1, 5), (1, 0), (1, 1)]; // down, right
const GLIDER: [usize; 5] = [1, 8, 12, 13, 14];

#[process]
fn cell(mut alive: bool, from: Vec<Channel<bool>>, to: Vec<Channel<bool>>, seen: Channel<bool>) {
    loop {
        put(&seen, alive).or_stop();
        to.iter().for_each(|neighbour| put(neighbour, alive).or_stop());
        let neighbours = from.iter().filter(|neighbour| take(*neighbour).or_stop()).count();
        alive = neighbours == 3 || alive && neighbours == 2;
    }
}

#[csp::main]
pub fn main() {
    let wires: Vec<_> = (0..SIZE * SIZE).map(|_| AROUND.map(|_| Channel::buffered(1))).collect();
    let seen: Vec<_> = wires.iter().map(|_| Channel::new()).collect();
    for i in 0..SIZE * SIZE {
        let at = |(down, right)| (i / SIZE + down) % SIZE * SIZE + (i + right) % SIZE;
        let from = (0..8).map(|way| wires[at(AROUND[way])][7 - way].clone()).collect(); // 7 - way: the opposite one
        cell(GLIDER.contains(&i), from, wires[i].to_vec(), seen[i].clone());
    }
    let mut rows = [""; SIZE].map(String::from);
    for _generation in 0..=4 {
        for (row, cells) in rows.iter_mut().zip(seen.chunks(SIZE)) {
            row.push_str("   ");
            row.extend(cells.iter().map(|cell| if take(cell).unwrap() { " #" } else { " ." }));
        }
    }
    println!("{}", rows.join("\n"));
}

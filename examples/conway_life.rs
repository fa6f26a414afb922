// Source: Conway's Game of Life (Gardner 1970)
// Each cell is a process that talks to its eight neighbours; main looks at them all.
//
// Look for: five pictures, of the start and of four generations: in these the glider has moved one row down and one
// column to the right.
// Try: Channel::new() for the wires: all put, nobody takes, and the deadlock report has 37 processes.

use csp::prelude::*;

const SIZE: usize = 6; // beyond the last row and column are the first ones again
const BACK: usize = SIZE - 1; // so that five steps on are one step back
const AROUND: [(usize, usize); 8] = [(BACK, BACK), (BACK, 0), (BACK, 1), (0, BACK), (0, 1), (1, BACK), (1, 0), (1, 1)];
const GLIDER: [usize; 5] = [1, 8, 12, 13, 14];

#[process]
fn cell(mut alive: bool, from: Vec<Channel<bool>>, to: [Channel<bool>; 8], show: Channel<bool>) {
    loop {
        put(&show, alive).or_stop();
        for neighbour in &to {
            put(neighbour, alive).or_stop();
        }
        let mut neighbours = 0;
        for neighbour in &from {
            neighbours += u32::from(take(neighbour).or_stop());
        }
        alive = neighbours == 3 || alive && neighbours == 2;
    }
}

#[csp::main]
pub fn main() {
    let wires: Vec<_> = (0..SIZE * SIZE).map(|_| AROUND.map(|_| Channel::buffered(1))).collect(); // out of each cell
    let shown: Vec<_> = wires.iter().map(|_| Channel::new()).collect();
    for i in 0..SIZE * SIZE {
        let from = (0..8).map(|way| {
            let (down, right) = AROUND[way]; // so many steps away
            let neighbour = (i / SIZE + down) % SIZE * SIZE + (i + right) % SIZE;
            wires[neighbour][7 - way].clone() // 7 - way is the opposite one: from there to here
        });
        cell(GLIDER.contains(&i), from.collect(), wires[i].clone(), shown[i].clone()); // starts a process
    }
    let mut rows = [""; SIZE].map(String::from);
    for _picture in 0..5 {
        for (row, cells) in rows.iter_mut().zip(shown.chunks(SIZE)) {
            row.push_str("   ");
            row.extend(cells.iter().map(|cell| if take(cell).unwrap() { " #" } else { " ." }));
        }
    }
    println!("{}", rows.join("\n"));
}

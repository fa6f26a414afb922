// Source: Go Concurrency Patterns (Pike 2012), slide 53
// Infinite series as channels of their coefficients (McIlroy, "Squinting at Power Series", 1990).
//
// Look for: the tangent is made from itself: tan = ∫ (1 + tan · tan). The circle of processes can start as `integrate`
// puts the first coefficient before it takes any; each further one needs only those before it.
// Try: -1 in place of 1: -1 x^1, 1/3 x^3, -2/15 x^5 and so on: that is -tanh.

use csp::prelude::*;

type Series = Channel<num_rational::Ratio<i64>>;

#[process]
fn multiply(f: Series, g: Series, product: Series) {
    let (mut fs, mut gs) = (Vec::new(), Vec::new());
    for a in &f {
        fs.push(a);
        gs.insert(0, take(&g).or_stop()); // backwards: the first of f meets the last of g
        put(&product, fs.iter().zip(&gs).map(|(f, g)| f * g).sum()).or_stop();
    }
}

#[process]
fn add(constant: i64, f: Series, sum: Series) {
    put(&sum, take(&f).or_stop() + constant).or_stop();
    for a in &f {
        put(&sum, a).or_stop();
    }
}

#[process]
fn integrate(f: Series, integral: [Series; 3]) {
    let mut coefficient = 0.into(); // the first needs nothing from f: this lets the circle start
    for n in 1.. {
        for copy in &integral {
            put(copy, coefficient).or_stop();
        }
        coefficient = take(&f).or_stop() / n;
    }
}

#[csp::main]
pub fn main() {
    let [left, right, square, sum, shown] = [(); 5].map(|()| Channel::new());
    multiply(left.clone(), right.clone(), square.clone()); // starts a process, as do the next two
    add(1, square, sum.clone());
    integrate(sum, [left, right, shown.clone()]); // and back: each coefficient to both factors, and to main
    for (n, coefficient) in (0..12).zip(&shown) {
        if coefficient != 0.into() {
            println!("{coefficient} x^{n}");
        }
    }
}

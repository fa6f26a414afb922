// Source: Go Concurrency Patterns (Pike 2012), slide 53
// Infinite series as channels of their coefficients (McIlroy, "Squinting at Power Series", 1990).
//
// Look for: the tangent is made from itself: tan = ∫ (1 + tan · tan). Each coefficient needs only those before it.
// Try: exp = 1 + ∫ exp, which needs `integrate`, copies, and an `add`.

use csp::prelude::*;
use num_rational::Ratio;

type Series = Channel<Ratio<i64>>;

#[process]
fn multiply(f: Series, g: Series, product: Series) {
    let (mut fs, mut gs) = (Vec::new(), Vec::new());
    for a in &f {
        fs.push(a);
        gs.insert(0, take(&g).or_stop());
        put(&product, fs.iter().zip(&gs).map(|(f, g)| f * g).sum()).or_stop();
    }
}

#[process]
fn add(constant: i64, f: Series, sum: Series) {
    put(&sum, take(&f).or_stop() + constant).or_stop();
    f.iter().for_each(|a| put(&sum, a).or_stop());
}

#[process]
fn integrate(f: Series, integral: Series) {
    put(&integral, 0.into()).or_stop();
    (1..).zip(&f).for_each(|(n, a)| put(&integral, a / n).or_stop());
}

#[csp::main]
pub fn main() {
    let [square, sum, tan, tan1, tan2, tan3] = [(); 6].map(|()| Channel::new());
    multiply(tan1.clone(), tan2.clone(), square.clone());
    add(1, square, sum.clone());
    integrate(sum, tan.clone());
    let copies = [tan1, tan2, tan3.clone()];
    go(move || tan.iter().for_each(|a| copies.iter().for_each(|copy| put(copy, a).or_stop())));
    for (n, coefficient) in (0..12).zip(&tan3).filter(|(n, _)| n % 2 == 1) {
        println!("{coefficient} x^{n}");
    }
}

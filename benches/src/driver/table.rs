//! What came out, and what can be said about it.

use crate::workloads::{Measure, Workload};

/// The columns that something is said about. Where csp is used in more than one way, each is a column `csp_...`, and the
/// best of them counts.
pub const CSP: &str = "csp";
pub const DEFAULT_PROFILE: &str = "csp, default profile";
pub const GO: &str = "Go";

/// What cargo's own release profile has to reach of a floor.
const OF_THE_FLOOR: f64 = 0.75;

pub struct Table {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Row>,
}

pub struct Row {
    pub workload: &'static Workload,
    pub measure: Measure,
    /// What an operation takes, for each column; nothing if that does not have the workload.
    pub figures: Vec<Option<f64>>,
}

/// A promise of csp's.
struct Floor {
    column: &'static str,
    /// What csp has to be so many times as fast as.
    than: String,
    times: f64,
    reached: f64,
}

fn is_own(column: &str) -> bool {
    column == CSP || column.starts_with("csp_")
}

fn finite(ratio: f64) -> Option<f64> {
    Some(ratio).filter(|ratio| ratio.is_finite())
}

/// The median of each measure, of samples that have them all.
pub fn medians(samples: &[Vec<f64>]) -> Vec<f64> {
    let measures = samples.first().map_or(0, Vec::len);
    (0..measures).map(|number| median(samples.iter().map(|sample| sample[number]).collect())).collect()
}

/// The one in the middle, or between the two in the middle.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    if samples.len().is_multiple_of(2) { (samples[middle - 1] + samples[middle]) / 2.0 } else { samples[middle] }
}

/// With three digits that mean something.
pub fn three_digits(figure: f64) -> String {
    let digits_before = (figure.abs().max(0.001).log10().floor() as i32 + 1).max(0);
    let unit = 10_f64.powi(digits_before - 3);
    format!("{:.*}", (3 - digits_before).max(0) as usize, (figure / unit).round() * unit)
}

/// What is measured, and of what.
fn per(row: &Row) -> String {
    let what = match row.measure {
        Measure::Wall => "ns",
        Measure::Processor => "processor ns",
        Measure::Bytes => "bytes",
        Measure::Within(thousandths) => return format!("ns, {} %", f64::from(thousandths) / 10.0),
    };
    format!("{what} / {}", row.workload.unit)
}

impl Table {
    fn figure(&self, row: &Row, column: &str) -> Option<f64> {
        let figures = self.columns.iter().zip(&row.figures);
        let meant = figures.filter(|(name, _)| **name == column || column == CSP && is_own(name));
        meant.filter_map(|(_, figure)| *figure).reduce(f64::min)
    }

    /// How many times as much as csp Go needs, or what it is that beats Go.
    fn go_to(&self, row: &Row, column: &str) -> Option<f64> {
        finite(self.figure(row, GO)? / self.figure(row, column)?)
    }

    /// The column of the peer that needs least, csp apart.
    fn best_peer(&self, row: &Row) -> Option<usize> {
        let is_peer = |name: &str| !is_own(name) && name != DEFAULT_PROFILE;
        let figures = row.figures.iter().enumerate().filter(|(column, _)| is_peer(self.columns[*column]));
        let figures = figures.filter_map(|(column, figure)| Some((column, (*figure)?)));
        figures.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(column, _)| column)
    }

    fn best_peer_to_csp(&self, row: &Row) -> Option<f64> {
        finite(row.figures[self.best_peer(row)?]? / self.figure(row, CSP)?)
    }

    /// How many times as fast csp is as with one worker.
    fn to_one_worker(&self, row: &Row, one_worker: &str) -> Option<f64> {
        let other = self.rows.iter().find(|row| row.workload.name == one_worker)?;
        finite(self.figure(other, CSP)? / self.figure(row, CSP)?)
    }

    /// Those that can be compared with something here.
    fn floors(&self, row: &Row) -> Vec<Floor> {
        // What else is measured of it is told, and not promised.
        if row.measure != row.workload.measures[0] {
            return vec![];
        }
        let Workload { floor, floor_of_peers, one_worker, .. } = row.workload;
        let go = |column, part| Some((column, String::from(GO), (*floor)? * part, self.go_to(row, column)?));
        let peers = || Some((CSP, String::from("the best peer"), (*floor_of_peers)?, self.best_peer_to_csp(row)?));
        let worker = || {
            let (name, times) = (*one_worker)?;
            Some((CSP, name.to_string(), times, self.to_one_worker(row, name)?))
        };
        let all = [go(CSP, 1.0), go(DEFAULT_PROFILE, OF_THE_FLOOR), peers(), worker()];
        let floor = |(column, than, times, reached)| Floor { column, than, times, reached };
        all.into_iter().flatten().map(floor).collect()
    }

    /// What csp may need at most, and needs.
    fn ceiling(&self, row: &Row) -> Option<(f64, f64)> {
        Some((row.workload.ceiling?, self.figure(row, CSP)?))
    }

    /// The floors and ceilings that are missed, each in a sentence.
    pub fn misses(&self) -> Vec<String> {
        let missed = |row| {
            let missed = self.floors(row).into_iter().filter(|floor| floor.reached < floor.times);
            let floors = missed.map(|Floor { column, than, times, reached }| {
                let (name, reached, times) = (row.workload.name, three_digits(reached), three_digits(times));
                format!("{name}: {column} is {reached} times as fast as {than}; the floor is {times}.")
            });
            let above = self.ceiling(row).filter(|(most, needed)| needed > most);
            floors.chain(above.map(|(most, needed)| {
                format!("{}: csp needs {needed:.0} {}; the ceiling is {most:.0}.", row.workload.name, per(row))
            }))
        };
        self.rows.iter().flat_map(missed).collect()
    }

    /// What stands in the column of the floors.
    fn floor(&self, row: &Row) -> String {
        let floors = self.floors(row).into_iter().filter(|floor| floor.column == CSP);
        let text = floors.map(|Floor { than, times, reached, .. }| {
            // What is not said to be of anything is of Go.
            let of = if than == GO { String::new() } else { format!(" of {than}") };
            let floor = (times * 1000.0).round() / 1000.0;
            let short = three_digits(times - reached);
            if reached >= times { format!("{floor}{of} ✓") } else { format!("{floor}{of}, short by {short}") }
        });
        let ceiling = self.ceiling(row).map(|(most, needed)| match needed <= most {
            true => format!("{most:.0} at most ✓"),
            false => format!("{most:.0} at most, too many by {:.0}", needed - most),
        });
        text.chain(ceiling).collect::<Vec<_>>().join("; ")
    }

    /// As Markdown that can be read as it is. The best of the peers is bold.
    pub fn markdown(&self) -> String {
        let head = ["workload", "", "Go ÷ csp", "best peer ÷ csp", "floor"].map(String::from);
        let (left, right) = head.split_at(2);
        let names = self.columns.iter().map(|name| name.to_string());
        let mut lines: Vec<Vec<String>> = vec![left.iter().cloned().chain(names).chain(right.to_vec()).collect()];
        for row in &self.rows {
            let best = self.best_peer(row);
            let mut line = vec![row.workload.name.to_string(), per(row)];
            for (column, figure) in row.figures.iter().enumerate() {
                let figure = figure.map_or(String::from("–"), three_digits);
                line.push(if Some(column) == best { format!("**{figure}**") } else { figure });
            }
            let ratio = |ratio: Option<f64>| ratio.map_or(String::from("–"), three_digits);
            line.extend([ratio(self.go_to(row, CSP)), ratio(self.best_peer_to_csp(row)), self.floor(row)]);
            lines.push(line);
        }
        aligned(&lines)
    }
}

/// The first two columns and the last to the left, the figures to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines[0].len();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let is_left = |column: usize| column < 2 || column == columns - 1;
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let cell = if is_left(column) { format!("| {cell:<width$} ") } else { format!("| {cell:>width$} ") };
            text.push_str(&cell);
        }
        text.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                let dashes = "-".repeat(width - 1);
                text.push_str(&if is_left(column) { format!("| -{dashes} ") } else { format!("| {dashes}: ") });
            }
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests;

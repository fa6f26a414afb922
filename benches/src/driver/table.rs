//! What came out, and what can be said about it.

use crate::workloads::{Measure, Workload};

/// The columns that something is said about.
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
    /// What an operation takes, for each column; nothing if that does not have the workload.
    pub figures: Vec<Option<f64>>,
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
pub fn per(workload: &Workload) -> String {
    let what = match workload.measure {
        Measure::Wall => "ns",
        Measure::Processor => "processor ns",
        Measure::Bytes => "bytes",
    };
    format!("{what} / {}", workload.unit)
}

impl Table {
    pub fn figure(&self, row: &Row, column: &str) -> Option<f64> {
        row.figures[self.columns.iter().position(|name| *name == column)?]
    }

    /// How many times as much as csp Go needs, or what it is that beats Go.
    fn go_to(&self, row: &Row, column: &str) -> Option<f64> {
        Some(self.figure(row, GO)? / self.figure(row, column)?).filter(|ratio| ratio.is_finite())
    }

    /// The column of the peer that needs least, csp apart.
    fn best_peer(&self, row: &Row) -> Option<usize> {
        let is_peer = |name: &str| name != CSP && name != DEFAULT_PROFILE;
        let figures = row.figures.iter().enumerate().filter(|(column, _)| is_peer(self.columns[*column]));
        let figures = figures.filter_map(|(column, figure)| Some((column, (*figure)?)));
        figures.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(column, _)| column)
    }

    fn best_peer_to_csp(&self, row: &Row) -> Option<f64> {
        Some(row.figures[self.best_peer(row)?]? / self.figure(row, CSP)?).filter(|ratio| ratio.is_finite())
    }

    /// The floors that are missed, each in a sentence.
    pub fn misses(&self) -> Vec<String> {
        let mut misses = Vec::new();
        for row in &self.rows {
            for (column, part) in [(CSP, 1.0), (DEFAULT_PROFILE, OF_THE_FLOOR)] {
                let floor = row.workload.floor.map(|floor| floor * part);
                if let (Some(floor), Some(ratio)) = (floor, self.go_to(row, column))
                    && ratio < floor
                {
                    let name = row.workload.name;
                    let (ratio, floor) = (three_digits(ratio), three_digits(floor));
                    misses.push(format!("{name}: {column} is {ratio} times as fast as Go; the floor is {floor}."));
                }
            }
        }
        misses
    }

    /// What stands in the column of the floors.
    fn floor(&self, row: &Row) -> String {
        let (Some(floor), Some(ratio)) = (row.workload.floor, self.go_to(row, CSP)) else { return String::new() };
        if ratio >= floor {
            format!("{floor} ✓")
        } else {
            format!("{floor}, short by {}", three_digits(floor - ratio))
        }
    }

    /// As Markdown that can be read as it is. The best of the peers is bold.
    pub fn markdown(&self) -> String {
        let head = ["workload", "", "Go ÷ csp", "best peer ÷ csp", "floor"].map(String::from);
        let (left, right) = head.split_at(2);
        let names = self.columns.iter().map(|name| name.to_string());
        let mut lines: Vec<Vec<String>> = vec![left.iter().cloned().chain(names).chain(right.to_vec()).collect()];
        for row in &self.rows {
            let best = self.best_peer(row);
            let mut line = vec![row.workload.name.to_string(), per(row.workload)];
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

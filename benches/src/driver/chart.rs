//! `docs/benchmarks.svg`: how much longer everybody takes than csp.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::table::{Row, Table, three_digits};
use crate::workloads::Measure;

const WIDTH: u32 = 1000;
const LABELS: u32 = 200;
const HEAD: u32 = 84;
const FOOT: u32 = 40;
const BAR: f64 = 8.0;
const GAP: f64 = 12.0;

const COLOURS: [RGBColor; 8] = [
    RGBColor(140, 186, 214),
    RGBColor(0, 125, 156),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(0, 158, 115),
    RGBColor(90, 90, 90),
    RGBColor(150, 110, 60),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

pub fn chart(table: &Table) -> String {
    let mut text = String::new();
    // What is drawn into a text does not fail.
    draw(table, &mut text).expect("a text can always be written to");
    text
}

fn draw(table: &Table, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    // Memory has another unit, and is in the table; so is what else is measured of a workload.
    let is_drawn = |row: &&Row| row.measure != Measure::Bytes && row.measure == row.workload.measures[0];
    let rows: Vec<&Row> = table.rows.iter().filter(is_drawn).collect();
    let height_of_row = BAR * (table.columns.len() - 1) as f64 + GAP;
    let height = height_of_row * rows.len() as f64;

    let root = SVGBackend::with_string(text, (WIDTH, height as u32 + HEAD + FOOT)).into_drawing_area();
    root.fill(&WHITE)?;
    legend(&root, table)?;

    let bars: Vec<(usize, usize, f64)> = rows.iter().enumerate().flat_map(|(row, r)| bars(row, r)).collect();
    let ratios = || bars.iter().map(|(_, _, ratio)| *ratio);
    let (least, most) = (ratios().fold(0.5, f64::min) * 0.9, ratios().fold(2.0, f64::max) * 1.1);

    let (_, below) = root.split_vertically(HEAD);
    let mut chart = ChartBuilder::on(&below)
        .set_label_area_size(LabelAreaPosition::Left, LABELS)
        .set_label_area_size(LabelAreaPosition::Bottom, FOOT)
        .margin_right(24)
        .build_cartesian_2d((least..most).log_scale(), RangedCoordf64::from(-height..0.0))?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(0)
        .light_line_style(RGBColor(240, 240, 240))
        .x_label_formatter(&|ratio| format!("{} ×", (ratio * 1000.0).round() / 1000.0))
        .draw()?;

    for &(row, column, ratio) in &bars {
        let top = -(row as f64 * height_of_row + GAP / 2.0 + (column - 1) as f64 * BAR);
        chart.draw_series([Rectangle::new([(1.0, top), (ratio, top - BAR + 1.0)], colour(column).filled())])?;
    }
    chart.draw_series([PathElement::new([(1.0, -height), (1.0, 0.0)], BLACK.stroke_width(1))])?;
    for (number, row) in rows.iter().enumerate() {
        let (x, y) = chart.backend_coord(&(least, -(number as f64 + 0.5) * height_of_row));
        let name = table.columns[0];
        let own = row.figures[0].map_or(String::new(), |own| format!("{name}: {} ns", three_digits(own)));
        let right =
            |size: i32, colour| ("sans-serif", size).into_font().color(colour).pos(Pos::new(HPos::Right, VPos::Center));
        root.draw(&Text::new(row.workload.name, (x - 10, y - 8), right(14, &BLACK)))?;
        root.draw(&Text::new(own, (x - 10, y + 9), right(12, &RGBColor(90, 90, 90))))?;
    }
    drop(chart);
    root.present()?;
    Ok(())
}

/// For each column but the first, which is csp's, that has a figure: the row, the column, and how many times as long it
/// takes as the first.
fn bars(number: usize, row: &Row) -> Vec<(usize, usize, f64)> {
    let Some(own) = row.figures[0].filter(|own| *own > 0.0) else { return vec![] };
    let figures = row.figures.iter().enumerate().skip(1);
    figures.filter_map(|(column, figure)| Some((number, column, (*figure)? / own))).collect()
}

fn legend(root: &Area, table: &Table) -> Result<(), Box<dyn std::error::Error>> {
    let own = table.columns[0];
    let title = format!("How many times as long as {own} (logarithmic; to the right of 1 × is slower than {own})");
    root.draw(&Text::new(title, (16, 14), ("sans-serif", 17).into_font().color(&BLACK)))?;
    for (column, name) in table.columns.iter().enumerate().skip(1) {
        let (x, y) = (16 + (column as i32 - 1) % 4 * 240, 42 + (column as i32 - 1) / 4 * 20);
        root.draw(&Rectangle::new([(x, y), (x + 12, y + 12)], colour(column).filled()))?;
        root.draw(&Text::new(*name, (x + 18, y), ("sans-serif", 13).into_font().color(&BLACK)))?;
    }
    Ok(())
}

/// Of a column that is not the first.
fn colour(column: usize) -> RGBColor {
    COLOURS[(column - 1) % COLOURS.len()]
}

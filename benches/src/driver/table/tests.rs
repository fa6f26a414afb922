use super::*;
use crate::workloads;

/// `yield` has a floor of 4.8, `large_value` has none.
fn table(rows: &[(&str, [Option<f64>; 5])]) -> Table {
    let row = |(name, figures): &(&str, [Option<f64>; 5])| Row {
        workload: workloads::find(name).unwrap(),
        measure: Measure::Wall,
        figures: figures.to_vec(),
    };
    Table { columns: vec![CSP, DEFAULT_PROFILE, GO, "one", "other"], rows: rows.iter().map(row).collect() }
}

#[test]
fn the_median_is_in_the_middle() {
    assert_eq!(median(vec![9.0]), 9.0);
    assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), 3.0);
    assert_eq!(medians(&[vec![1.0, 5.0], vec![3.0, 4.0], vec![2.0, 9.0]]), [2.0, 5.0]);
}

#[test]
fn three_digits_mean_something() {
    let figures = [0.0, 0.0123, 0.5, 1.0, 9.996, 12.34, 123.4, 999.6, 12_345.0, 1_234_567.0];
    let written = ["0.000", "0.012", "0.500", "1.00", "10.00", "12.3", "123", "1000", "12300", "1230000"];
    assert_eq!(figures.map(three_digits), written);
}

#[test]
fn ratios_are_above_one_where_csp_is_faster() {
    let table = table(&[("yield", [Some(10.0), Some(12.0), Some(60.0), Some(25.0), None])]);
    let row = &table.rows[0];
    assert_eq!(table.go_to(row, CSP), Some(6.0));
    assert_eq!(table.go_to(row, DEFAULT_PROFILE), Some(5.0));
    assert_eq!(table.best_peer_to_csp(row), Some(2.5));
    assert!(table.markdown().contains("| 60.0 | **25.0** |     – |     6.00 |            2.50 | 4.8 ✓ |"));
}

#[test]
fn csp_is_no_peer_of_its_own() {
    let table = table(&[("yield", [Some(1.0), Some(2.0), Some(60.0), None, Some(70.0)])]);
    assert_eq!(table.best_peer(&table.rows[0]), Some(2));
}

#[test]
fn without_a_figure_there_is_no_ratio() {
    let table = table(&[("yield", [Some(10.0), Some(10.0), None, None, None]), ("yield", [None; 5])]);
    for row in &table.rows {
        assert_eq!((table.go_to(row, CSP), table.best_peer_to_csp(row)), (None, None));
    }
    assert!(table.misses().is_empty());
}

#[test]
fn nothing_is_infinitely_better() {
    let table = table(&[("after_a_peak", [Some(0.0), Some(0.0), Some(60.0), None, None])]);
    assert_eq!(table.go_to(&table.rows[0], CSP), None);
}

#[test]
fn a_floor_that_is_missed_is_told_and_only_that() {
    let just = table(&[("yield", [Some(10.0), Some(13.3), Some(48.0), None, None])]);
    assert!(just.misses().is_empty(), "{:?}", just.misses());
    let short = table(&[("yield", [Some(10.1), Some(13.4), Some(48.0), None, None])]);
    assert_eq!(
        short.misses(),
        [
            "yield: csp is 4.75 times as fast as Go; the floor is 4.80.",
            "yield: csp, default profile is 3.58 times as fast as Go; the floor is 3.60."
        ]
    );
    assert!(short.markdown().contains("4.8, short by 0.048"));
    let none = table(&[("large_value", [Some(10.0), Some(10.0), Some(1.0), None, None])]);
    assert!(none.misses().is_empty());
}

#[test]
fn more_than_is_promised_is_told() {
    let row = |figure| Row {
        workload: workloads::find("idle_connection").unwrap(),
        measure: Measure::Bytes,
        figures: vec![Some(figure), Some(1000.0)],
    };
    let table = Table { columns: vec![CSP, GO], rows: vec![row(6144.0), row(7000.0)] };
    assert_eq!(table.misses(), ["idle_connection: csp needs 7000 bytes / connection; the ceiling is 6144."]);
    let markdown = table.markdown();
    assert!(markdown.contains("| 6144 at most ✓ "), "{markdown}");
    assert!(markdown.contains("| 6144 at most, too many by 856 |"), "{markdown}");
}

#[test]
fn only_what_is_first_measured_of_a_workload_is_promised() {
    let row =
        |measure| Row { workload: workloads::find("echo_64").unwrap(), measure, figures: vec![Some(10.0), Some(9.0)] };
    let table = Table { columns: vec![CSP, GO], rows: vec![row(Measure::Wall), row(Measure::Within(990))] };
    assert_eq!(table.misses(), ["echo_64: csp is 0.900 times as fast as the best peer; the floor is 0.980."]);
    assert!(table.markdown().contains("| echo_64  | ns, 99 %     |"), "{}", table.markdown());
}

#[test]
fn between_threads_the_better_of_the_two_columns_of_csp_is_compared_with_everything() {
    let row = |name, figures: [f64; 4]| Row {
        workload: workloads::find(name).unwrap(),
        measure: Measure::Wall,
        figures: figures.map(Some).to_vec(),
    };
    let columns = vec!["csp_processes", "csp_threads", GO, "one"];
    let rows = vec![row("mandelbrot_1", [20.0, 19.0, 19.0, 10.0]), row("mandelbrot_2", [10.0, 12.0, 11.0, 9.0])];
    let table = Table { columns, rows };
    assert_eq!(table.best_peer(&table.rows[1]), Some(3));
    assert_eq!(table.misses(), ["mandelbrot_1: csp is 0.526 times as fast as the best peer; the floor is 0.769.",]);
    let table =
        Table { rows: vec![row("mandelbrot_1", [18.0; 4]), row("mandelbrot_2", [10.0, 9.9, 9.0, 9.9])], ..table };
    assert_eq!(
        table.misses(),
        [
            "mandelbrot_2: csp is 0.909 times as fast as Go; the floor is 1.00.",
            "mandelbrot_2: csp is 1.82 times as fast as mandelbrot_1; the floor is 1.90."
        ]
    );
    assert!(
        table
            .markdown()
            .contains("| 1, short by 0.091; 0.769 of the best peer ✓; 1.9 of mandelbrot_1, short by 0.082 |")
    );
}

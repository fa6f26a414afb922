//! What the pages say of this repository is true of it: paths exist, the report is the real one.
//! (Their programs run as documentation tests.)

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: &[&str] = &[
    "README.md",
    "HACKING.md",
    "CHANGELOG.md",
    "examples/README.md",
    "docs/tour.md",
    "docs/reactors.md",
    "docs/rules.md",
    "docs/design-notes.md",
    "docs/performance.md",
    "docs/benchmarks.md",
    "docs/from-go.md",
    "docs/from-twisted-csp.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_path_that_a_page_names_exists() {
    let mut dead = Vec::new();
    for page in PAGES {
        let text = read(page);
        let folder = root().join(page).parent().unwrap().to_owned();
        let links = links(&text).into_iter().map(|link| (link.to_owned(), folder.join(link)));
        let paths = paths(&text).into_iter().map(|path| (path.to_owned(), root().join(path)));
        dead.extend(links.chain(paths).filter(|(_, path)| !path.exists()).map(|(named, _)| format!("{page}: {named}")));
    }
    assert!(dead.is_empty(), "these are no more:\n  {}", dead.join("\n  "));
}

#[test]
fn every_page_is_read_by_these_tests() {
    let pages: BTreeSet<PathBuf> = PAGES.iter().map(|page| root().join(page)).collect();
    for folder in [root().to_owned(), root().join("docs")] {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
            assert!(pages.contains(&file), "{}: name it in PAGES", file.display());
        }
    }
}

#[test]
fn the_report_in_the_tour_is_the_real_one() {
    let kept = read("tests/examples/go.pingpong_deadlock.out");
    let report: Vec<&str> = kept
        .lines()
        .skip_while(|line| !line.starts_with("csp: deadlock"))
        .take_while(|line| !line.starts_with("---"))
        .collect();
    assert!(report.len() > 3, "{kept}");
    assert!(read("docs/tour.md").contains(&report.join("\n")), "the tour does not show\n{kept}");
}

#[test]
fn the_floors_in_hacking_are_those_that_are_kept() {
    let kept = read("tests/house.rs");
    let kept = kept.split("const FLOORS").nth(1).and_then(|rest| rest.split('"').nth(1)).expect("the floors");
    let hacking = read("HACKING.md");
    for row in kept.lines().filter(|row| !row.trim().is_empty()) {
        let (number, modules) = row.trim().split_once(' ').expect("a number and modules");
        let modules: Vec<String> = modules.split_whitespace().map(|module| format!("`{module}`")).collect();
        let row = format!("| {number} | {} |", modules.join(" "));
        assert!(hacking.contains(&row), "HACKING.md has no row {row}");
    }
}

#[test]
fn every_name_of_core_async_has_the_tests_that_its_row_names() {
    let mut tests = String::new();
    for file in fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "rs") {
            tests += &format!("fn {}\n", file.file_stem().unwrap().to_str().unwrap());
            tests += &fs::read_to_string(file).unwrap();
        }
    }
    let page = read("docs/from-twisted-csp.md");
    let table = page.split("## Every name of core.async").nth(1).and_then(|rest| rest.split("\n\n").nth(2)).unwrap();
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let cells = row.strip_prefix("| ").and_then(|row| row.strip_suffix('|')).expect("a row");
        let [_, here, named] = cells.split(" | ").collect::<Vec<_>>()[..] else { panic!("not three cells: {row}") };
        let named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        let needs_none = here.starts_with("none") || here.starts_with("types of");
        assert_eq!(named.is_empty(), needs_none, "{row}");
        for prefix in named {
            assert!(tests.contains(&format!("fn {prefix}")), "no test begins with {prefix}: {row}");
        }
    }
}

/// What the links of a page point at in this repository, without the part after `#`.
fn links(text: &str) -> Vec<&str> {
    let inline = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let below = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ").map(|(_, link)| link));
    let targets = inline.chain(below).filter(|link| !link.contains("://") && !link.starts_with('#'));
    targets.map(|link| link.split('#').next().unwrap_or(link)).collect()
}

/// The paths between back-quotes.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let named =
        quoted.filter(|word| ["src/", "tests/", "docs/", "macros/", "ci/"].iter().any(|at| word.starts_with(at)));
    named.filter_map(|path| path.split_whitespace().next()).collect()
}

#[test]
fn dead_paths_are_seen() {
    assert_eq!(links("[a](b.md#c), [d](https://e) and\n[f]: ../g.rs\n[h](#i)"), ["b.md", "../g.rs"]);
    assert_eq!(paths("`src/x.rs` and `take`, `tests/y/`"), ["src/x.rs", "tests/y/"]);
}

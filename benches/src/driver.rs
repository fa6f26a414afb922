//! Builds what is measured, runs it in turns, and tells what came out.

mod build;
mod chart;
mod machine;
mod page;
mod progress;
mod rounds;
mod serving;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use crate::command_line::Settings;

pub fn run(settings: &Settings) -> ExitCode {
    match measure(settings) {
        Ok(misses) if misses.is_empty() || !settings.check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("csp-bench: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What floors are missed.
fn measure(settings: &Settings) -> Result<Vec<String>, String> {
    let columns = build::columns(settings)?;
    let table = rounds::run(&columns, settings)?;
    print!("{}", table.markdown());
    let misses = table.misses();
    if !misses.is_empty() {
        println!("\n{}", misses.join("\n"));
    }
    if settings.write {
        let before = fs::read_to_string(docs().join(page::NAME)).unwrap_or_default();
        write(page::NAME, &page::page(&before, &table, settings))?;
        write(page::chart(settings.group), &chart::chart(&table))?;
    }
    Ok(misses)
}

/// The folder of the benchmarks.
fn benches() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn docs() -> PathBuf {
    benches().with_file_name("docs")
}

fn write(name: &str, text: &str) -> Result<(), String> {
    let file = docs().join(name);
    let written = fs::write(&file, text).map_err(|error: io::Error| format!("{}: {error}", file.display()));
    written.inspect(|()| eprintln!("written: docs/{name}"))
}

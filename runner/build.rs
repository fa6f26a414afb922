//! Makes a module of every file in `examples/`, and the list of them. To add an example is to add a file.
//!
//! `examples/go/boring.rs` becomes the module `go::boring` and the name `go.boring`. What the list says of it
//! stands in its first two lines:
//!
//! ```text
//! // Source: Go Concurrency Patterns (Pike 2012), slide 25
//! // A function that returns a channel: a handle on the process it started.
//! ```
//!
//! `examples/README.md` is the list: its headings are the chapters, and its items the examples in learning order. A file
//! without its two lines, or outside the list, fails the build in words, and so does an item without a file.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The words that no module can be named by.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static \
    struct super trait true try type typeof unsafe unsized use virtual where while yield";

struct Example {
    /// The folders below `examples/` and the name of the file: `["go", "boring"]`.
    path: Vec<String>,
    file: PathBuf,
    /// The talk, book or project: `Go Concurrency Patterns (Pike 2012)`.
    work: String,
    /// Where in it, perhaps nothing: `slide 25`.
    place: String,
    teaches: String,
    /// The heading it stands under in `examples/README.md`.
    chapter: String,
}

impl Example {
    fn name(&self) -> String {
        self.path.join(".")
    }
}

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder"));
    let root = manifest.parent().expect("the runner is inside of the project");
    let folder = root.join("examples");
    // Cargo looks for changes in the whole folder, new files included.
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut found = Found::default();
    found.folder(&folder, &mut Vec::new());
    found.put_in_order(&folder.join("README.md"));
    for problem in &found.problems {
        println!("cargo::error={problem}");
    }

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder for what is made"));
    fs::write(out.join("examples.rs"), found.modules + &list(&found.examples, root))
        .expect("the folder for what is made can be written");
}

#[derive(Default)]
struct Found {
    modules: String,
    examples: Vec<Example>,
    problems: Vec<String>,
}

impl Found {
    /// Adds what is in `folder`, whose modules stand inside of `path`.
    fn folder(&mut self, folder: &Path, path: &mut Vec<String>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
            .map(|entry| entry.expect("an entry of a folder that can be read").path())
            .collect();
        entries.sort();
        for entry in entries {
            let is_folder = entry.is_dir();
            if !is_folder && entry.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let name = entry.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if !is_module_name(&name) {
                self.problem(&entry, "cannot be a module's name: use small letters, digits and `_`");
            } else if is_folder && entry.with_extension("rs").exists() {
                self.problem(&entry, "a folder and a file of one name: both would be the same module");
            } else {
                path.push(name);
                if is_folder {
                    writeln!(self.modules, "pub mod {} {{", path[path.len() - 1]).unwrap();
                    self.folder(&entry, path);
                    self.modules.push_str("}\n");
                } else {
                    self.file(&entry, path);
                }
                path.pop();
            }
        }
    }

    fn file(&mut self, file: &Path, path: &[String]) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
        let mut lines = text.lines();
        let source = lines.next().and_then(|line| line.strip_prefix("// Source: "));
        let teaches = lines.next().and_then(|line| line.strip_prefix("// "));
        let (Some(source), Some(teaches)) = (source, teaches) else {
            return self.problem(
                file,
                "line 1 must say where the example is from (`// Source: Go Concurrency Patterns (Pike 2012), \
                 slide 25`), line 2 what it teaches (`// One sentence.`)",
            );
        };
        let (work, place) = source.rsplit_once(", ").unwrap_or((source, ""));
        writeln!(self.modules, "#[path = {:?}]\npub mod {};", utf8(file), path[path.len() - 1]).unwrap();
        self.examples.push(Example {
            path: path.to_vec(),
            file: file.to_owned(),
            work: work.to_owned(),
            place: place.to_owned(),
            teaches: teaches.to_owned(),
            chapter: String::new(),
        });
    }

    /// Sorts the examples as the reading path has them: `## A chapter`, and below it items that begin with a link,
    /// ``- [`go.boring`](go/boring.rs)``.
    fn put_in_order(&mut self, reading_path: &Path) {
        let text = fs::read_to_string(reading_path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", reading_path.display()));
        let mut unlisted = std::mem::take(&mut self.examples);
        let mut chapter = "";
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                chapter = heading;
            }
            let Some((name, link)) = line.strip_prefix("- [`").and_then(|item| item.split_once("`](")) else {
                continue;
            };
            match unlisted.iter().position(|example| example.name() == name) {
                Some(at) if link.starts_with(&format!("{}.rs)", name.replace('.', "/"))) => {
                    let example = unlisted.remove(at);
                    self.examples.push(Example { chapter: chapter.to_owned(), ..example });
                }
                Some(_) => self.problem(reading_path, &format!("the link of `{name}` leads elsewhere")),
                None => self.problem(reading_path, &format!("`{name}` has no file, or is listed twice")),
            }
        }
        for example in unlisted {
            self.problem(&example.file, "is not in examples/README.md: give it its place there");
        }
    }

    fn problem(&mut self, path: &Path, what: &str) {
        self.problems.push(format!("{}: {what}", path.display()));
    }
}

/// The table that the runner looks in.
fn list(examples: &[Example], root: &Path) -> String {
    let mut list = String::from("pub static ALL: &[crate::catalogue::Example] = &[\n");
    for example in examples {
        let module = example.path.join("::");
        let below_root = example.file.strip_prefix(root).expect("found below it");
        writeln!(
            list,
            "    crate::catalogue::Example {{ name: {:?}, file: {:?}, chapter: {:?}, work: {:?}, place: {:?}, \
             teaches: {:?}, text: include_str!({:?}), main: || crate::catalogue::run({module}::main) }},",
            example.name(),
            utf8(below_root),
            example.chapter,
            example.work,
            example.place,
            example.teaches,
            utf8(&example.file),
        )
        .unwrap();
    }
    list + "];\n"
}

fn is_module_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !KEYWORDS.split_whitespace().any(|keyword| keyword == name)
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap_or_else(|| panic!("a path that is not UTF-8: {}", path.display()))
}

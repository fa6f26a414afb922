//! What examples there are: find one, name the nearest, list them, show one.

use std::fmt::{Debug, Write};

use crate::examples::ALL;

/// One file of `examples/`.
pub struct Example {
    /// What it is called by: `go.boring`.
    pub name: &'static str,
    /// Where it is: `examples/go/boring.rs`.
    pub file: &'static str,
    /// The heading it stands under in `examples/README.md`.
    pub chapter: &'static str,
    /// The talk, book or project it is from, of its first line.
    pub work: &'static str,
    /// Where in it, perhaps nothing.
    pub place: &'static str,
    /// Its second line.
    pub teaches: &'static str,
    pub text: &'static str,
    /// Its `main`, see [`run`].
    pub main: fn() -> Result<String, String>,
}

/// Runs the `main` of an example, and says in words what it returned: a value, or an error.
pub fn run<R: Returned>(main: fn() -> R) -> Result<String, String> {
    main().in_words()
}

/// What the `main` of an example may return.
#[diagnostic::on_unimplemented(message = "the `main` of an example returns nothing, a `&str` or a `Result`")]
pub trait Returned {
    fn in_words(self) -> Result<String, String>;
}

impl Returned for () {
    fn in_words(self) -> Result<String, String> {
        Ok("()".to_owned())
    }
}

impl Returned for &str {
    fn in_words(self) -> Result<String, String> {
        Ok(format!("{self:?}"))
    }
}

impl<E: Debug> Returned for Result<(), E> {
    fn in_words(self) -> Result<String, String> {
        self.map(|()| "Ok(())".to_owned()).map_err(|error| format!("{error:?}"))
    }
}

impl Example {
    /// How it is meant to end: what its head says, if that is not the usual way.
    pub fn status(&self) -> i32 {
        let said = self.text.lines().find_map(|line| line.strip_prefix("// Exit status: "));
        said.map_or(0, |status| status.parse().expect("a number, as the tests see to"))
    }

    fn is_in(&self, folder: &str) -> bool {
        self.name.rsplit_once('.').is_some_and(|(its_folder, _)| its_folder == folder)
    }
}

/// The example of this name. The file's path will do too: it is what a shell completes.
pub fn find(name: &str) -> Option<&'static Example> {
    ALL.iter().find(|example| example.name == name || example.file == name)
}

/// The names that somebody who wrote `name` may have meant, the nearest first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let mut near: Vec<_> = ALL
        .iter()
        .map(|example| (distance(name, example.name), example.name))
        .filter(|(distance, _)| *distance <= 1 + name.len() / 4)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).take(4).collect()
}

/// How many letters lie between what was written and a name, with or without its folder. A part of a name counts
/// as one away.
fn distance(written: &str, name: &str) -> usize {
    let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
    let edits = strsim::damerau_levenshtein(written, name).min(strsim::damerau_levenshtein(written, last));
    if written.len() > 2 && name.contains(written) { edits.min(1) } else { edits }
}

/// Whether examples stand in a folder of this name: `go`.
pub fn is_folder(name: &str) -> bool {
    ALL.iter().any(|example| example.is_in(name))
}

/// The examples of a folder, or all, in learning order, one line each.
pub fn list(folder: Option<&str>) -> String {
    let mut list = String::from(
        "./run.sh NAME runs one of these, ./run.sh --help tells more. examples/README.md is a path through them.\n",
    );
    let listed = ALL.iter().filter(|example| folder.is_none_or(|folder| example.is_in(folder)));
    let (mut chapter, mut work) = ("", "");
    for example in listed {
        if example.chapter != chapter {
            (chapter, work) = (example.chapter, "");
            writeln!(list, "\n{chapter}").unwrap();
        }
        if example.work != work {
            work = example.work;
            writeln!(list, "  {work}:").unwrap();
        }
        write!(list, "    {:<26}  {}", example.name, example.teaches).unwrap();
        if !example.place.is_empty() {
            write!(list, " [{}]", example.place).unwrap();
        }
        list.push('\n');
    }
    list
}

/// The text with a number before each line.
pub fn numbered(text: &str) -> String {
    text.lines().zip(1..).fold(String::new(), |mut shown, (line, number)| {
        writeln!(shown, "{}", format!("{number:4}  {line}").trim_end()).unwrap();
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name() {
        assert_eq!(nearest("go.borring").first(), Some(&"go.boring"));
        assert_eq!(nearest("bufferd"), ["buffered"]);
    }

    #[test]
    fn a_name_without_its_folder_finds_it() {
        assert_eq!(nearest("daisy_chain"), ["go.daisy_chain"]);
    }

    #[test]
    fn a_part_of_a_name_finds_those_that_have_it() {
        let near = nearest("timeout");
        assert!(near.contains(&"go.timeout_using_select"), "{near:?}");
        assert!(near.contains(&"go.timeout_for_whole_conversation_using_select"), "{near:?}");
    }

    #[test]
    fn nonsense_finds_nothing() {
        assert!(nearest("xyzzy_qwertz").is_empty());
    }

    #[test]
    fn a_folder_is_listed_alone() {
        let list = list(Some("go"));
        assert!(list.contains("  go.boring ") && !list.contains("  buffered "), "{list}");
    }

    #[test]
    fn lines_are_numbered_from_one() {
        assert_eq!(numbered("a\n\nb\n"), "   1  a\n   2\n   3  b\n");
    }
}

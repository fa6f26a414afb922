//! The house is kept in order: who may see whom, and where the few dangerous or hidden things may live.
//!
//! A file names only files on lower floors, and none on its own: so every file can be understood from what is below
//! it. A directory belongs to the file of its name (`channel/arms.rs` is a room of `channel`), and inside one there are
//! no floors. Modules for tests, comments and texts are not looked at; nor is `$crate::`, which is the user's code.

use std::fs;
use std::path::Path;

/// The floors, from the roof down. `lib` and `prelude` are the front door, which everything passes through on its way
/// out and nothing on its way in; `export` is the door of the macros. `go` stands above `deferred` and `stop`, which it
/// puts together; `error` above `place`, for one error tells where.
const FLOORS: &str = "
    12  lib  prelude
    11  export    ops    streams    child    signal    stdin
    10  net
    9   sync
    8   runtime  go    futures
    7   alts  select  op    stop    deferred    timeout    reactor    stats
    6   scheduler    channel
    5   context
    4   process    port    abroad
    3   rendezvous    timers    operation    poller
    2   wait    report    stack    blocks
    1   letterbox    working_set    transducer    error    watch    ring
    0   id    place    time    choice    buffer    inside    census    room    prefetch    body    threads    ready
";

/// What may stand only in certain files: the words, as the compiler reads them, the files (`a/` is a directory), and why.
const CONFINED: &[(&[&str], &[&str], &str)] = &[
    (
        &["Instant::now", "SystemTime"],
        &["abroad.rs", "net/ready.rs", "reactor/", "watch.rs"],
        "the machine's clock is read in the reactors alone, where there is none, and by the watchdog",
    ),
    (&["rand::"], &["choice.rs"], "chance comes from `choice` alone, or a seed replays nothing"),
    (&["corosensei::"], &["process.rs", "stack.rs", "stack/"], "`process` is the only one that knows coroutines"),
    (&["libc::"], &["blocks.rs", "stack.rs", "stack/"], "the system is called for memory alone"),
    (
        &["thread_local!", "thread_state!"],
        &[
            "choice.rs",
            "context.rs",
            "id.rs",
            "inside.rs",
            "stack/altstack.rs",
            "sync/",
            "threads.rs",
            "wait.rs",
            "wait/",
        ],
        "hidden state is confined",
    ),
    (&["HashMap", "HashSet", "RandomState"], &[], "the order of a hash map is chance that no seed replays"),
    (
        &["unsafe"],
        &[
            "abroad.rs",
            "alts.rs",
            "alts/",
            "blocks.rs",
            "body.rs",
            "channel/",
            "context.rs",
            "letterbox.rs",
            "net/ready.rs",
            "op.rs",
            "operation.rs",
            "poller.rs",
            "poller/",
            "prefetch.rs",
            "process.rs",
            "ready.rs",
            "rendezvous.rs",
            "ring.rs",
            "room.rs",
            "runtime.rs",
            "scheduler.rs",
            "stack.rs",
            "stack/",
            "sync/",
            "timeout.rs",
            "timers.rs",
            "wait.rs",
        ],
        "unsafe code is confined to the files that need it",
    ),
];

/// The exception: `random_range` in `lib.rs` has the crate's traits in its signature, and no generator.
const BOUNDS_OF_RAND: (&str, &str) = ("lib.rs", "use rand::distr::uniform::{SampleRange, SampleUniform};");

#[test]
fn every_file_has_its_floor() {
    let files = sources();
    assert!(files.len() > 20, "the sources were not found");
    let mut wrong = Vec::new();
    for file in &files {
        if floor(file.module()).is_none() {
            wrong.push(format!("{}: `{}` has no floor: name it in FLOORS", file.path, file.module()));
        }
    }
    for (line, module) in rows().flat_map(|(number, modules)| modules.map(move |module| (number, module))) {
        if !files.iter().any(|file| file.path == format!("{module}.rs")) {
            wrong.push(format!("floor {line}: there is no file `{module}.rs` any more"));
        }
    }
    report(wrong);
}

#[test]
fn nobody_looks_up_or_sideways() {
    report(sources().iter().flat_map(looks).collect());
}

#[test]
fn what_is_confined_stays_where_it_is() {
    let mut wrong: Vec<String> = sources().iter().flat_map(strays).collect();
    for (_, files, _) in CONFINED {
        for file in *files {
            if !Path::new(SRC).join(file).exists() {
                wrong.push(format!("CONFINED names `{file}`, which is no more"));
            }
        }
    }
    report(wrong);
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let files = sources();
    let blocks: usize = files.iter().map(|file| unsafe_blocks(file).count()).sum();
    assert!(blocks > 30, "only {blocks} unsafe blocks were found: this test has gone blind");
    report(files.iter().flat_map(unargued).collect());
}

/// The guards bite: each rule, broken once on purpose.
#[test]
fn broken_rules_are_seen() {
    let looking = |path: &str, text: &str| looks(&Source::new(path, text)).join("\n");
    assert_eq!(looking("wait.rs", "use crate::ready::Ready;\nuse std::rc::Rc;"), "");
    assert!(looking("wait.rs", "\nuse crate::channel::Channel;").starts_with("wait.rs:2: `wait` (floor 2) looks up"));
    assert!(looking("channel/arms.rs", "fn f() { crate::scheduler::spawn() }").contains("looks sideways"));
    assert!(looking("alts.rs", "use crate::{wait::Claim, op::{Op, X}, id};").contains("looks sideways at `op`"));
    assert!(looking("alts.rs", "use crate::Channel;").contains("front door"));
    assert!(looking("alts.rs", "use csp::Channel;").contains("front door"));
    assert!(looking("ready.rs", "use super::go;").contains("looks up"));
    assert!(looking("stack/arenas/arena.rs", "use super::super::super::process::Record;").contains("looks up"));
    assert_eq!(looking("stack/arenas/arena.rs", "use super::guard; use super::super::sizes;"), "");
    assert_eq!(looking("id.rs", "// crate::go\n/* crate::go */ const S: &str = \"crate::go\"; $crate::go"), "");
    assert_eq!(looking("id.rs", "#[cfg(test)]\nmod tests { use crate::go::go; fn f() {} }"), "");
    assert!(looking("id.rs", "#[cfg(test)]\nmod tests { }\nuse crate::go::go;").starts_with("id.rs:3"));

    let straying = |path: &str, text: &str| strays(&Source::new(path, text)).join("\n");
    assert!(straying("timers.rs", "let now = Instant::now();").contains("clock"));
    assert_eq!(straying("reactor/park.rs", "let now = Instant::now();"), "");
    assert!(straying("alts.rs", "use rand::rng;").contains("chance"));
    assert!(straying("lib.rs", "use rand::rng;").contains("chance"));
    assert_eq!(straying("lib.rs", BOUNDS_OF_RAND.1), "");
    assert_eq!(straying("alts.rs", "operand::x()"), "");
    assert!(straying("go.rs", "unsafe { f() }").contains("unsafe"));
    assert!(straying("channel.rs", "std::collections::HashMap::new()").contains("hash map"));

    let arguing = |text: &str| unargued(&Source::new("wait.rs", text)).len();
    assert_eq!(arguing("fn f() {\n    // SAFETY: so.\n    // And so.\n    let x =\n        unsafe { g() };\n}"), 0);
    assert_eq!(arguing("fn f() {\n    unsafe {\n        // SAFETY: so.\n        g()\n    }\n}"), 0);
    assert_eq!(arguing("fn f() {\n    // SAFETY: of another.\n    g();\n    unsafe { g() }\n}"), 1);
    assert_eq!(arguing("fn f() {\n    // It is safe.\n    unsafe { g() }\n}"), 1);
    assert_eq!(arguing("unsafe fn f() {}\nunsafe impl T for U {}"), 1);
}

/// A file of the library: its path in `src/`, its lines, and the same lines with everything blanked that the compiler
/// does not read as code of the library: comments, texts, tests.
struct Source {
    path: String,
    lines: Vec<String>,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        let code = without_tests(without_comments(text));
        Source { path: path.to_owned(), lines: text.lines().map(str::to_owned).collect(), code }
    }

    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap()
    }

    /// Line numbers are counted from 1.
    fn line_of(&self, offset: usize) -> usize {
        self.code[..offset].matches('\n').count() + 1
    }
}

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// All files of the library but those of tests.
fn sources() -> Vec<Source> {
    fn walk(dir: &Path, found: &mut Vec<Source>) {
        let mut entries: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") && path.file_stem().is_some_and(|s| s != "tests") {
                let name = path.strip_prefix(SRC).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(SRC), &mut found);
    found
}

fn rows() -> impl Iterator<Item = (u32, impl Iterator<Item = &'static str>)> {
    FLOORS.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.parse().expect("a row of FLOORS begins with its number"), words))
    })
}

fn floor(module: &str) -> Option<u32> {
    rows().find_map(|(number, mut modules)| modules.any(|other| other == module).then_some(number))
}

fn report(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "the house is not in order:\n  {}\n", wrong.join("\n  "));
}

/// Where a file looks up, sideways, or out of the front door.
fn looks(file: &Source) -> Vec<String> {
    let (module, mut wrong) = (file.module(), Vec::new());
    let Some(own) = floor(module).filter(|_| !matches!(module, "lib" | "prelude")) else { return wrong };
    for (offset, seen) in seen(file) {
        let place = format!("{}:{}", file.path, file.line_of(offset));
        match floor(&seen) {
            _ if seen == module => {}
            Some(other) if other > own => wrong.push(format!(
                "{place}: `{module}` (floor {own}) looks up at `{seen}` (floor {other}): a file names only files on lower floors"
            )),
            Some(other) if other == own => wrong.push(format!(
                "{place}: `{module}` looks sideways at `{seen}`: files of one floor ({own}) do not see each other"
            )),
            Some(_) => {}
            None => wrong.push(format!(
                "{place}: `{module}` goes through the front door for `{seen}`: inside the house name the file it is in"
            )),
        }
    }
    wrong
}

/// The names right below the root of the crate that a file mentions, each with its place.
fn seen(file: &Source) -> Vec<(usize, String)> {
    let code = &file.code;
    let mut seen = Vec::new();
    for root in ["crate::", "csp::"] {
        for at in words(code, root).filter(|&at| !code[..at].ends_with('$')) {
            heads(&code[at + root.len()..]).into_iter().for_each(|head| seen.push((at, head)));
        }
    }
    // As many `super`s as there are parts in the path lead to the root.
    let to_root = "super::".repeat(file.path.split('/').count());
    for at in words(code, &to_root).filter(|&at| !code[..at].ends_with("::")) {
        heads(&code[at + to_root.len()..]).into_iter().for_each(|head| seen.push((at, head)));
    }
    seen
}

/// Where `word` begins in `code`, not as the end of a longer word.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let after = code[at + word.len()..].chars().next();
        let longer = code[..at].ends_with(inside) || (word.ends_with(inside) && after.is_some_and(inside));
        !longer
    })
}

/// The first names of a path: one, or those of a list in braces.
fn heads(path: &str) -> Vec<String> {
    let name = |s: &str| s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(list) = path.trim_start().strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut begin, mut heads) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                heads.push(name(&list[begin..at]));
                begin = at + 1;
            }
            '}' => depth -= 1,
            _ => {}
        }
        if c == '}' && begin == at + 1 {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// Confined words outside the files they are confined to.
fn strays(file: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    for (confined, files, why) in CONFINED {
        let at_home = |home: &str| file.path == home || (home.ends_with('/') && file.path.starts_with(home));
        if files.iter().any(|home| at_home(home)) {
            continue;
        }
        for word in *confined {
            for at in words(&file.code, word) {
                let line = file.line_of(at);
                if (file.path.as_str(), file.lines[line - 1].as_str()) != BOUNDS_OF_RAND {
                    wrong.push(format!("{}:{line}: `{word}` does not belong here: {why}", file.path));
                }
            }
        }
    }
    wrong
}

/// Where unsafe blocks and unsafe implementations begin.
fn unsafe_blocks(file: &Source) -> impl Iterator<Item = usize> + '_ {
    words(&file.code, "unsafe").filter(|at| {
        let after = file.code[at + "unsafe".len()..].trim_start();
        after.starts_with('{') || after.starts_with("impl")
    })
}

/// Unsafe blocks without `// SAFETY:` in the comment right above their statement, or in their first lines.
fn unargued(file: &Source) -> Vec<String> {
    let code: Vec<&str> = file.code.lines().collect();
    let argues = |line: &str| line.trim_start().starts_with("// SAFETY");
    let mut wrong = Vec::new();
    for at in unsafe_blocks(file) {
        let line = file.line_of(at);
        // Up to where the statement begins: below what ends another, or below a comment.
        let mut first = line - 1;
        while first > 0
            && !code[first - 1].trim().is_empty()
            && !code[first - 1].trim_end().ends_with([';', '{', '}', ','])
        {
            first -= 1;
        }
        let mut above = file.lines[..first].iter().rev().take_while(|line| line.trim_start().starts_with("//"));
        let inside = file.lines.get(line).is_some_and(|line| argues(line));
        if !inside && !above.any(|line| argues(line)) {
            wrong.push(format!("{}:{line}: this unsafe block has no `// SAFETY:` right above it", file.path));
        }
    }
    wrong
}

/// The same text with comments, and what stands between quotes, blanked.
fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\n');
    let starts = |i: usize, s: &str| s.chars().enumerate().all(|(n, c)| at(i + n) == c);
    let mut code = String::new();
    let mut i = 0;
    while i < chars.len() {
        let word_before = i > 0 && (at(i - 1).is_alphanumeric() || at(i - 1) == '_');
        let hashes = (i + 1..).take_while(|&n| at(n) == '#').count();
        let end = if starts(i, "//") {
            (i..chars.len()).find(|&n| at(n) == '\n').unwrap_or(chars.len())
        } else if starts(i, "/*") {
            let (mut n, mut depth) = (i + 2, 1);
            while depth > 0 && n < chars.len() {
                (n, depth) = match () {
                    _ if starts(n, "/*") => (n + 2, depth + 1),
                    _ if starts(n, "*/") => (n + 2, depth - 1),
                    _ => (n + 1, depth),
                };
            }
            n
        } else if at(i) == 'r' && !word_before && at(i + 1 + hashes) == '"' {
            let close = format!("\"{}", "#".repeat(hashes));
            let begin = i + 2 + hashes;
            (begin..chars.len()).find(|&n| starts(n, &close)).map_or(chars.len(), |n| n + close.len())
        } else if at(i) == '"' || (at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'')) {
            let mut n = i + 1;
            while n < chars.len() && at(n) != at(i) {
                n += if at(n) == '\\' { 2 } else { 1 };
            }
            n + 1
        } else {
            code.push(at(i));
            i += 1;
            continue;
        };
        code.extend((i..end.min(chars.len())).map(|n| if at(n) == '\n' { '\n' } else { ' ' }));
        i = end;
    }
    code
}

/// The same code with every item blanked that is compiled for tests alone.
fn without_tests(mut code: String) -> String {
    for attribute in ["#[cfg(test)]", "#[cfg(all(test,"] {
        while let Some(begin) = code.find(attribute) {
            let item = &code[begin..];
            let mut depth = 0;
            let end = item.char_indices().find(|&(_, c)| {
                depth += (c == '{') as i32 - (c == '}') as i32;
                (c == ';' || c == '}') && depth == 0
            });
            let end = begin + end.map_or(item.len(), |(at, c)| at + c.len_utf8());
            let blank: String = code[begin..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            code.replace_range(begin..end, &blank);
        }
    }
    code
}

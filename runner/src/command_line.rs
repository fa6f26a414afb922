//! What was asked for: `[OPTIONS] NAME [ARGS]`.

use crate::catalogue::{self, Example};

pub const HELP: &str = "\
Runs the examples of csp.

  ./run.sh                        lists them; ./run.sh go those in examples/go
  ./run.sh [OPTIONS] NAME [ARGS]  runs one; ARGS are its own
  ./run.sh [OPTIONS] --all        runs them all, one line for each, and sums up
  ./run.sh --show NAME            prints its file, with line numbers
  ./run.sh bench                  measures csp beside its peers; ./run.sh bench --help tells more

NAME is go.boring for examples/go/boring.rs; the path of the file will do too.

Options:
  --seed N    the number that alts and random_range draw from: the same number, the same choices
  --virtual   virtual time: when all processes wait, the clock jumps, and an hour takes no time
  --leaks     lists the processes that were left waiting when main ended: who, where, for what
  --census    counts what happened: processes, messages, timers, closes
  -h, --help  this

Exit status: 0; 1 when the examples cannot be built, main returns an error, or one of --all does not end as its head
says; 2 after a deadlock, and for a command line that makes no sense; 101 after a panic; 130 after Ctrl-C, which lets
destructors run (a second one does not wait for them), but 0 where a server waits for Ctrl-C to end.
";

/// How to go on when a command line made no sense.
const LISTS: &str = "./run.sh lists the examples, ./run.sh --help tells more.";

pub enum Request {
    /// The examples of a folder, or all.
    List(Option<String>),
    Help,
    Show(&'static Example),
    Start(&'static Example, Settings, Vec<String>),
    All(Settings),
}

/// What the options before the name ask for.
#[derive(Debug, Default, PartialEq)]
pub struct Settings {
    seed: Option<u64>,
    virtual_time: bool,
    leaks: bool,
    census: bool,
}

impl Settings {
    /// The environment variables that `#[csp::main]` reads.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let seed = self.seed.map(|seed| ("CSP_SEED", seed.to_string()));
        let switches = [("CSP_VIRTUAL", self.virtual_time), ("CSP_LEAKS", self.leaks), ("CSP_CENSUS", self.census)];
        let on = switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| (name, "1".to_owned()));
        seed.into_iter().chain(on).collect()
    }
}

/// What the arguments ask for, or what is wrong with them, in words.
pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Request, String> {
    let mut args = args.into_iter();
    let mut settings = Settings::default();
    let (mut given, mut all) = (false, false);
    while let Some(arg) = args.next() {
        let (option, attached) = match arg.split_once('=') {
            Some((option, value)) if arg.starts_with("--") => (option, Some(value.to_owned())),
            _ => (arg.as_str(), None),
        };
        match (option, attached) {
            ("--seed", value) => settings.seed = Some(seed(value.or_else(|| args.next()))?),
            ("--virtual", None) => settings.virtual_time = true,
            ("--leaks", None) => settings.leaks = true,
            ("--census", None) => settings.census = true,
            ("--all", None) => all = true,
            ("-h" | "--help", None) => return Ok(Request::Help),
            ("--show", value) => {
                let name = value.or_else(|| args.next());
                let name = name.ok_or_else(|| format!("--show needs the name of an example: {LISTS}"))?;
                return example(&name).map(Request::Show);
            }
            ("--virtual" | "--leaks" | "--census" | "--all" | "--help", Some(_)) => {
                return Err(format!("{option} takes no value"));
            }
            (option, _) if option.starts_with('-') => {
                return Err(format!("There is no option {option}. {LISTS}"));
            }
            _ if all => return Err(format!("--all runs every example, and {arg:?} is one more word. {LISTS}")),
            _ if catalogue::is_folder(&arg) => {
                return match args.next() {
                    None => Ok(Request::List(Some(arg))),
                    Some(name) => Err(format!("{arg:?} is a folder: write {arg}.{name} in one word. {LISTS}")),
                };
            }
            _ => return Ok(Request::Start(example(&arg)?, settings, args.collect())),
        }
        given = true;
    }
    if all {
        return Ok(Request::All(settings));
    }
    if given { Err(format!("The name of an example is missing. {LISTS}")) } else { Ok(Request::List(None)) }
}

fn seed(value: Option<String>) -> Result<u64, String> {
    let wanted = format!("--seed needs a whole number from 0 to {}", u64::MAX);
    let value = value.ok_or_else(|| format!("{wanted} after it"))?;
    value.parse().map_err(|_| format!("{wanted}, not {value:?}"))
}

fn example(name: &str) -> Result<&'static Example, String> {
    catalogue::find(name).ok_or_else(|| {
        let near = catalogue::nearest(name);
        if near.is_empty() {
            format!("There is no example {name:?}. {LISTS}")
        } else {
            format!("There is no example {name:?}. Did you mean {}? {LISTS}", near.join(" or "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Request, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_lists() {
        assert!(matches!(asked(""), Ok(Request::List(None))));
    }

    #[test]
    fn a_folder_and_a_name_are_one_word() {
        let Err(complaint) = asked("go boring") else { panic!() };
        assert!(complaint.contains("go.boring"), "{complaint}");
    }

    #[test]
    fn a_folder_lists_what_is_in_it() {
        let Ok(Request::List(Some(folder))) = asked("go") else { panic!() };
        assert_eq!(folder, "go");
    }

    #[test]
    fn options_before_the_name_are_ours_and_what_follows_is_the_programs() {
        for line in ["--seed 7 --virtual go.boring --seed x", "--virtual --seed=7 examples/go/boring.rs --seed x"] {
            let Ok(Request::Start(example, settings, args)) = asked(line) else { panic!("{line}") };
            assert_eq!(example.name, "go.boring");
            assert_eq!(settings, Settings { seed: Some(7), virtual_time: true, ..Settings::default() });
            assert_eq!(args, ["--seed", "x"]);
        }
    }

    #[test]
    fn all_takes_options_and_no_name() {
        let Ok(Request::All(settings)) = asked("--all --virtual --leaks") else { panic!() };
        assert_eq!(settings, Settings { virtual_time: true, leaks: true, ..Settings::default() });
        let Err(complaint) = asked("--all go.boring") else { panic!() };
        assert!(complaint.contains("one more word"), "{complaint}");
    }

    #[test]
    fn settings_become_variables() {
        let all = Settings { seed: Some(u64::MAX), virtual_time: true, leaks: true, census: true };
        let expected =
            [("CSP_SEED", "18446744073709551615"), ("CSP_VIRTUAL", "1"), ("CSP_LEAKS", "1"), ("CSP_CENSUS", "1")];
        assert_eq!(all.variables(), expected.map(|(name, value)| (name, value.to_owned())));
        assert!(Settings::default().variables().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        for (line, says) in [
            ("--seed", "--seed needs a whole number"),
            ("--seed go.boring", "not \"go.boring\""),
            ("--seed=-1 go.boring", "not \"-1\""),
            ("--seed=18446744073709551616 go.boring", "from 0 to 18446744073709551615"),
            ("--virtual", "name of an example is missing"),
            ("--virtual=1 go.boring", "--virtual takes no value"),
            ("--fast go.boring", "no option --fast"),
            ("-x", "no option -x"),
            ("--show", "--show needs the name"),
            ("--show boring", "Did you mean go.boring"),
            ("xyzzy_qwertz", "no example \"xyzzy_qwertz\". ./run.sh lists"),
        ] {
            let Err(complaint) = asked(line) else { panic!("{line:?} was accepted") };
            assert!(complaint.contains(says), "{line:?}: {complaint}");
        }
    }
}

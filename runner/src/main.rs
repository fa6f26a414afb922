//! Runs the programs of `examples/`: what `./run.sh` calls once it has built this.
//!
//! There are two ways in. Called under its own name it reads the command line: list, show, or start an example.
//! To start one it replaces itself by itself, *called by the example's name*; so an example finds in
//! `std::env::args()` its own name and its own arguments and nothing else, as a program of its own would, and
//! the settings reach the library as environment variables, which only a program that starts can be given.

mod all;
mod catalogue;
mod command_line;

/// The examples as modules, and the list of them, made by `build.rs`.
mod examples {
    include!(concat!(env!("OUT_DIR"), "/examples.rs"));
}

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};

use catalogue::Example;
use command_line::{Request, Settings};

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
/// A command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    end_quietly_on_a_closed_pipe();
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let called = args.next().unwrap_or_default();
    if let Some(example) = catalogue::find(&called) {
        return run(example);
    }
    match command_line::parse(args) {
        Ok(Request::List(folder)) => print!("{}", catalogue::list(folder.as_deref())),
        Ok(Request::Help) => print!("{}", command_line::HELP),
        Ok(Request::Show(example)) => print!("{}", catalogue::numbered(example.text)),
        Ok(Request::All(settings)) => return all::run(&settings),
        Ok(Request::Start(example, settings, args)) => return start(example, &settings, &args),
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(USAGE);
        }
    }
    ExitCode::SUCCESS
}

/// Begins again under the example's name. Comes back only where that is not possible.
fn start(example: &Example, settings: &Settings, args: &[String]) -> ExitCode {
    let error = match env::current_exe() {
        Ok(this) => Command::new(this).arg0(example.name).args(args).envs(settings.variables()).exec(),
        Err(error) => error,
    };
    eprintln!("cannot start {}: {error}", example.name);
    ExitCode::FAILURE
}

/// Runs the example to its end. After a deadlock, a panic or Ctrl-C its `main` does not return: `#[csp::main]`
/// has reported, and ended the program with the status that belongs to it. An error that it returns is told as that
/// of a program of its own would be.
fn run(example: &Example) -> ExitCode {
    // Who waits for Ctrl-C itself ends when it has come, as a program of its own would.
    if !example.text.contains("signal::ctrl_c()") {
        on_ctrl_c();
    }
    match (example.main)() {
        Ok(value) => println!("{:-<60}\nmain returned {value}", ""),
        Err(error) => {
            eprintln!("Error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The first Ctrl-C ends the processes, whose destructors run; the second one does not wait for them.
fn on_ctrl_c() {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let installed = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            exit(INTERRUPTED);
        }
        csp::interrupt();
    });
    if let Err(error) = installed {
        eprintln!("Ctrl-C will not run destructors: {error}");
    }
}

/// `./run.sh go.boring | head -3`: when nobody reads any more, there is nothing more to do. Rust starts a
/// program with SIGPIPE ignored, so that `println!` would panic instead.
fn end_quietly_on_a_closed_pipe() {
    // SAFETY: SIG_DFL is no function of ours, and no other thread runs yet that could be setting handlers.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

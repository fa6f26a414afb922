//! Measures csp beside its peers: `./run.sh bench`.

use std::process::ExitCode;

use csp_bench::command_line::{self, Request};
use csp_bench::{child, count};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command_line::read(&arguments) {
        Ok(Request::Help) => {
            print!("{}", command_line::HELP);
            ExitCode::SUCCESS
        }
        Ok(Request::List) => {
            print!("{}", command_line::list());
            ExitCode::SUCCESS
        }
        Ok(Request::Child(job)) => child::run(&job),
        Ok(Request::Count(arguments)) => count::run(&arguments),
        Ok(Request::Measure(settings)) => measure(&settings),
        Err(message) => {
            eprintln!("csp-bench: {message}\ncsp-bench --help tells more.");
            ExitCode::from(2)
        }
    }
}

#[cfg(feature = "peers")]
fn measure(settings: &command_line::Settings) -> ExitCode {
    csp_bench::driver::run(settings)
}

#[cfg(not(feature = "peers"))]
fn measure(_: &command_line::Settings) -> ExitCode {
    eprintln!("csp-bench: this was built without the peers, to be measured itself. ./run.sh bench measures.");
    ExitCode::from(2)
}

//! The attributes of the library `csp` (package `twisted-csp`): `process`, `process_channel`, `process_deferred`, `main`
//! and `test`. Use them through that crate, which re-exports them: what they expand to names `::csp`, and its
//! documentation holds the examples that run.
//!
//! Each attribute turns a function's body into a closure and hands it to the library. Nothing else happens to the
//! body: it keeps its place in the source, so that every error and warning points where it was written, and `return`,
//! `?` and labels mean what they mean in any function.
//!
//! | attribute | calling the function | the body's result |
//! | --- | --- | --- |
//! | [`#[process]`](macro@process) | spawns the body, gives its `Process` | dropped |
//! | [`#[process_channel]`](macro@process_channel) | spawns the body, gives a `Channel` | delivered by the channel, which then closes |
//! | [`#[process_deferred]`](macro@process_deferred) | spawns the body, gives a `Deferred` | what the deferred waits for |
//! | [`#[csp::main]`](macro@main) | runs the body as the main process of a scheduler | returned |
//! | [`#[csp::test]`](macro@test) | as `main`, by the test harness | returned |

use proc_macro::TokenStream;

mod entry;
mod errors;
mod function;
mod options;
mod process;
mod signature;
#[cfg(test)]
mod tests;
mod types;

/// Calling the function spawns its body as a process.
///
/// The function keeps its name, visibility, attributes, generics and arguments, and returns a `csp::Process`. What
/// the body returns is dropped, as by `go`.
///
/// ```ignore
/// use csp::prelude::*;
///
/// #[process]
/// fn boring(message: &'static str, out: Channel<String>) {
///     for i in 0.. {
///         put(&out, format!("{message} {i}")).or_stop();
///     }
/// }
///
/// #[csp::main]
/// fn main() {
///     let out = Channel::new();
///     boring("Joe", out.clone());             // returns at once
///     println!("{}", take(&out).unwrap());    // Joe 0
/// }
/// ```
///
/// It expands to
///
/// ```ignore
/// #[track_caller]
/// fn boring(message: &'static str, out: Channel<String>) -> ::csp::Process {
///     ::csp::Process::builder().name("boring").go(move || {
///         ::csp::__private::call((message, out), |(message, out)| -> () { /* the body */ })
///     })
/// }
/// ```
///
/// so the process is named after the function, and reports say that it was spawned where the function was called. All
/// arguments move into the process, also those the body never mentions, and are dropped when it ends.
///
/// # Options
///
/// - `#[process(name = "worker")]`: another name than the function's. A name known only at run time needs
///   `Process::builder().name(…).go(…)`.
/// - `#[process(stack_size = 64 * 1024)]`: the bytes of the process's stack. Arguments cannot be used here.
///
/// # What a process cannot take
///
/// A process outlives the call that starts it, so it owns its arguments: no `&str`, no `&self` (`self` by value is
/// fine), and type parameters are `'static`. `async`, `const`, `unsafe` and `extern` functions are refused.
#[proc_macro_attribute]
pub fn process(options: TokenStream, function: TokenStream) -> TokenStream {
    process::expand(process::Spawn::Process, options.into(), function.into()).into()
}

/// Calling the function spawns its body as a process, and gives a channel that delivers what the body returns and
/// then closes.
///
/// ```ignore
/// use csp::prelude::*;
///
/// #[process_channel]
/// fn sum(numbers: Vec<u64>) -> u64 {
///     numbers.iter().sum()
/// }
///
/// #[csp::main]
/// fn main() {
///     let small = sum(vec![1, 2]);
///     let large = sum(vec![100, 200]);        // both are under way
///     println!("{:?} {:?}", take(&small), take(&large));
/// }
/// ```
///
/// The function returns a `csp::Channel<u64>` here: of whatever type the body returns. It expands as
/// [`process`](macro@process) does, with `go_channel` for `go`, and takes the same options. The type has to be one
/// that can be named: no `impl Trait`.
#[proc_macro_attribute]
pub fn process_channel(options: TokenStream, function: TokenStream) -> TokenStream {
    process::expand(process::Spawn::Channel, options.into(), function.into()).into()
}

/// Calling the function spawns its body as a process, and gives a deferred: wait for it to learn what the body
/// returned, or how the process ended without returning.
///
/// ```ignore
/// use csp::prelude::*;
///
/// #[process_deferred]
/// fn divide(a: u32, b: u32) -> u32 {
///     a / b
/// }
///
/// #[csp::main]
/// fn main() {
///     assert_eq!(divide(6, 2).wait().unwrap(), 3);
///     assert!(divide(6, 0).wait().is_err());  // it panicked
/// }
/// ```
///
/// The function returns a `csp::Deferred<u32>` here: of whatever type the body returns. It expands as
/// [`process`](macro@process) does, with `go_deferred` for `go`, and takes the same options. The type has to be one
/// that can be named: no `impl Trait`.
#[proc_macro_attribute]
pub fn process_deferred(options: TokenStream, function: TokenStream) -> TokenStream {
    process::expand(process::Spawn::Deferred, options.into(), function.into()).into()
}

/// The function becomes a program: its body is the main process of a scheduler that runs until the body returns.
///
/// It may have any name and return what any `main` may, a `Result` for instance. It takes no arguments.
///
/// ```ignore
/// use csp::prelude::*;
///
/// #[csp::main]
/// fn main() {
///     let c = Channel::new();
///     let out = c.clone();
///     go(move || put(&out, "hello"));
///     println!("{}", take(&c).unwrap());
/// }
/// ```
///
/// It expands to
///
/// ```ignore
/// fn main() {
///     ::csp::__private::main(move || -> () { /* the body */ })
/// }
/// ```
///
/// The documentation of `csp` tells what becomes of a deadlock, a panic and an interrupt, and which variables of the
/// environment set up the scheduler.
///
/// # Options
///
/// They are stronger than the environment.
///
/// - `#[csp::main(seed = 7)]`: every choice and every random number follows from this seed.
/// - `#[csp::main(virtual_time)]`: when all are waiting, the clock jumps to the next timer.
/// - `#[csp::main(stack_size = 4 << 20)]`: the bytes of the main process's stack.
///
/// With options it expands to
/// `::csp::__private::main_with(::csp::Builder::from_env().seed(7).virtual_time().main_stack_size(4 << 20), closure)`.
#[proc_macro_attribute]
pub fn main(options: TokenStream, function: TokenStream) -> TokenStream {
    entry::expand(entry::Entry::Main, options.into(), function.into()).into()
}

/// The function becomes a test: its body is the main process of a scheduler.
///
/// `#[should_panic]`, `#[ignore]` and all other attributes stay, and it may return what any test may. Leave out
/// `#[test]`.
///
/// ```ignore
/// use csp::prelude::*;
///
/// #[csp::test]
/// fn a_closed_channel_delivers_nothing() {
///     let c = Channel::<u32>::new();
///     close(&c);
///     assert_eq!(take(&c), None);
/// }
/// ```
///
/// It expands to
///
/// ```ignore
/// #[test]
/// fn a_closed_channel_delivers_nothing() {
///     ::csp::__private::test(move || -> () { /* the body */ })
/// }
/// ```
///
/// The options are those of [`main`](macro@main); with them it calls `::csp::__private::test_with`, with a builder
/// that starts as `::csp::__private::test_builder()`.
#[proc_macro_attribute]
pub fn test(options: TokenStream, function: TokenStream) -> TokenStream {
    entry::expand(entry::Entry::Test, options.into(), function.into()).into()
}

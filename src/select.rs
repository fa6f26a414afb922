//! The macro form of choice.

/// Waits until one of several operations of any types can happen, and runs its branch; nothing of the others happens.
///
/// ```text
/// alts! {
///     pattern = take(&channel)            => body,   // Option<T>
///     pattern = put(&channel, value)      => body,   // Result<(), Closed<T>>
///     pattern = put(&channel, from slot)  => body,   // the value is in an Option or at the front of a VecDeque
///     pattern = closed(&channel)          => body,   // (): nobody wants anything that way any more
///     pattern = sleep(duration)           => body,   // ()
///     pattern = wait(future)              => body,   // what a future that may be moved (or `&mut`, or pinned) comes to
///     pattern = op(operation)             => body,   // the Answer of anything that implements Op
///     default                             => body,   // if nothing is ready now: makes it non-blocking
/// }
/// ```
///
/// - `, if guard` after an operation turns the branch off when the guard is false. All guards are evaluated first;
///   then the operands of the branches that are on, once, in the order written.
/// - Among several ready branches each has the same chance; with `priority;` in front, the first as written happens.
/// - A closed channel is always ready, and beats the default. A sleep, even of zero, is never ready at once: beside a
///   default it never happens.
/// - `put(&c, from slot)` takes the value out of its slot only if the branch wins; an empty slot turns the branch off.
///   Written as `put(&c, value)`, the value is the branch's own, and is dropped when the branch loses.
/// - Bodies are outside the choice: slots and channels are free again, and `break`, `continue`, `return` and `?` mean
///   what they mean around the macro.
/// - Some 40 branches fit into the compiler's limit on recursion; for more, `#![recursion_limit = "256"]` raises it.
///
/// # Panics
/// If every branch is turned off and there is no default. If it would have to wait and the caller is no process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let (numbers, words) = (Channel::<i32>::new(), Channel::buffered(1));
///     let mut word = Some("hello");
///     let mut log = Vec::new();
///     for _ in 0..2 {
///         alts! {
///             n = take(&numbers) => log.push(format!("took {n:?}")),
///             r = put(&words, from word) => log.push(format!("put {r:?}")),
///             _ = sleep(Duration::from_secs(1)) => log.push("nothing happens".to_owned()),
///         }
///     }
///     assert_eq!(log, ["put Ok(())", "nothing happens"]);
///     assert_eq!(word, None);
/// });
/// ```
///
/// ```compile_fail
/// csp::alts! {} // an empty choice would wait for ever
/// ```
#[macro_export]
macro_rules! alts {
    () => {
        ::core::compile_error!("alts!: a choice without branches would wait for ever; write `pattern = take(&channel) => body` or another branch")
    };
    (priority; $($branches:tt)+) => {
        $crate::__alts!(@branch [Priority] [none] [] 0usize; $($branches)+)
    };
    ($($branches:tt)+) => {
        $crate::__alts!(@branch [Random] [none] [] 0usize; $($branches)+)
    };
}

/// The steps of [`alts!`]: `@branch` reads the head of a branch, `@body` its body, `@emit` writes the code.
///
/// A branch that was read is kept as `{ index, names, pattern, operation, operands, guard, body }`. The names of its
/// variables come from the expansion of the step that read it, so those of different branches differ, though they are
/// spelt the same.
#[doc(hidden)]
#[macro_export]
macro_rules! __alts {
    // All read.
    (@branch [$order:ident] [none] [] $n:expr;) => { $crate::alts!() };
    (@branch [$order:ident] $default:tt $arms:tt $n:expr;) => {
        $crate::__alts!(@emit [$order] $default $arms)
    };

    // The heads.
    (@branch $order:tt [none] $arms:tt $n:expr; default => $($rest:tt)+) => {
        $crate::__alts!(@default $order $arms $n; $($rest)+)
    };
    (@branch $order:tt [$($d:tt)+] $arms:tt $n:expr; default => $($rest:tt)*) => {
        ::core::compile_error!("alts!: there can be only one `default` branch")
    };
    (@branch $order:tt $default:tt $arms:tt $n:expr; default $($rest:tt)*) => {
        ::core::compile_error!("alts!: after `default` comes `=> body`")
    };
    (@branch $order:tt $default:tt $arms:tt $n:expr; $pattern:pat = $op:ident $operands:tt, if $guard:expr => $($rest:tt)+) => {
        $crate::__alts!(@body $order $default $arms $n; [$pattern] [$op $operands] [$guard] $($rest)+)
    };
    (@branch $order:tt $default:tt $arms:tt $n:expr; $pattern:pat = $op:ident $operands:tt if $guard:expr => $($rest:tt)+) => {
        ::core::compile_error!("alts!: write a comma before `if`: `pattern = take(&channel), if guard => body`")
    };
    (@branch $order:tt $default:tt $arms:tt $n:expr; $pattern:pat = $op:ident $operands:tt => $($rest:tt)+) => {
        $crate::__alts!(@body $order $default $arms $n; [$pattern] [$op $operands] [true] $($rest)+)
    };
    (@branch $order:tt $default:tt $arms:tt $n:expr; $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "alts!: expected `pattern = operation => body`, with `take(&channel)`, `put(&channel, value)`, ",
            "`put(&channel, from slot)`, `closed(&channel)`, `sleep(duration)`, `wait(future)` or `op(operation)`; or `default => body`. Near: ",
            ::core::stringify!($($rest)*)
        ))
    };

    // The bodies: a block needs no comma after it.
    (@body $order:tt $default:tt [$($arms:tt)*] $n:expr; $p:tt $op:tt $g:tt $body:block , $($rest:tt)*) => {
        $crate::__alts!(@branch $order $default [$($arms)* { [$n] [guard operand arm answer] $p $op $g [$body] }] $n + 1usize; $($rest)*)
    };
    (@body $order:tt $default:tt [$($arms:tt)*] $n:expr; $p:tt $op:tt $g:tt $body:block $($rest:tt)*) => {
        $crate::__alts!(@branch $order $default [$($arms)* { [$n] [guard operand arm answer] $p $op $g [$body] }] $n + 1usize; $($rest)*)
    };
    (@body $order:tt $default:tt [$($arms:tt)*] $n:expr; $p:tt $op:tt $g:tt $body:expr , $($rest:tt)*) => {
        $crate::__alts!(@branch $order $default [$($arms)* { [$n] [guard operand arm answer] $p $op $g [$body] }] $n + 1usize; $($rest)*)
    };
    (@body $order:tt $default:tt [$($arms:tt)*] $n:expr; $p:tt $op:tt $g:tt $body:expr) => {
        $crate::__alts!(@branch $order $default [$($arms)* { [$n] [guard operand arm answer] $p $op $g [$body] }] $n + 1usize;)
    };
    (@body $order:tt $default:tt $arms:tt $n:expr; $p:tt $op:tt $g:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "alts!: put a comma after the body of a branch; only a block `{ ... }` needs none. Near: ",
            ::core::stringify!($($rest)*)
        ))
    };
    (@default $order:tt $arms:tt $n:expr; $body:block , $($rest:tt)*) => {
        $crate::__alts!(@branch $order [some $body] $arms $n; $($rest)*)
    };
    (@default $order:tt $arms:tt $n:expr; $body:block $($rest:tt)*) => {
        $crate::__alts!(@branch $order [some $body] $arms $n; $($rest)*)
    };
    (@default $order:tt $arms:tt $n:expr; $body:expr , $($rest:tt)*) => {
        $crate::__alts!(@branch $order [some $body] $arms $n; $($rest)*)
    };
    (@default $order:tt $arms:tt $n:expr; $body:expr) => {
        $crate::__alts!(@branch $order [some $body] $arms $n;)
    };

    // The code. Guards, then operands, then the choice; the branches are gone before a body runs.
    (@emit [$order:ident] [$has:ident $($default:expr)?]
        [$({ [$n:expr] [$guard:ident $operand:ident $arm:ident $answer:ident] [$pattern:pat] [$op:ident $operands:tt] [$g:expr] [$body:expr] })*]
    ) => {{
        let (winner, ($($answer,)*)) = {
            $(let $guard: bool = $g;)*
            $(let $operand = if $guard { ::core::option::Option::Some($crate::__alts_operand!($op $operands)) } else { ::core::option::Option::None };)*
            $(let $arm = ::core::pin::pin!($crate::__alts_arm!($op $operands, $operand));)*
            let winner = $crate::__private::select(
                &[$($crate::__private::erase(&$arm)),*],
                $crate::__private::Order::$order,
                $crate::__alts_has!($has),
            );
            (winner, ($(if winner == $n { $crate::__private::answer($arm.as_ref()) } else { ::core::option::Option::None },)*))
        };
        $(if winner == $n {
            let $pattern = $answer.expect("the branch that was chosen has its answer");
            $body
        } else)* {
            $crate::__alts_else!($($default)?)
        }
    }};
}

/// What an operation has between its parentheses, evaluated.
#[doc(hidden)]
#[macro_export]
macro_rules! __alts_operand {
    (take ($port:expr $(,)?)) => { $port };
    (put ($port:expr, from $slot:expr $(,)?)) => { ($port, &mut $slot) };
    (put ($port:expr, $value:expr $(,)?)) => { ($port, $value) };
    (closed ($port:expr $(,)?)) => { $port };
    (sleep ($duration:expr $(,)?)) => { $duration };
    (wait ($future:expr $(,)?)) => { $future };
    (op ($operation:expr $(,)?)) => { $operation };
    (take $operands:tt) => { ::core::compile_error!("alts!: `take` needs one channel: `take(&channel)`") };
    (put $operands:tt) => { ::core::compile_error!("alts!: `put` needs a channel and a value: `put(&channel, value)` or `put(&channel, from slot)`") };
    (closed $operands:tt) => { ::core::compile_error!("alts!: `closed` needs one channel: `closed(&channel)`") };
    (sleep $operands:tt) => { ::core::compile_error!("alts!: `sleep` needs one duration: `sleep(duration)`") };
    (wait $operands:tt) => { ::core::compile_error!("alts!: `wait` needs one future: `wait(&mut future)`") };
    (op $operands:tt) => { ::core::compile_error!("alts!: `op` needs one value that implements `Op`: `op(operation)`") };
    ($op:ident $operands:tt) => {
        ::core::compile_error!(::core::concat!(
            "alts!: there is no operation `", ::core::stringify!($op),
            "`: use `take(&channel)`, `put(&channel, value)`, `put(&channel, from slot)`, `closed(&channel)`, `sleep(duration)`, `wait(future)` or `op(operation)`"
        ))
    };
}

/// The branch made of an operand; `None` if it is off.
#[doc(hidden)]
#[macro_export]
macro_rules! __alts_arm {
    (take $operands:tt, $operand:ident) => {
        $operand.map(|port| $crate::__private::ReadPort::taking(port))
    };
    (put ($port:expr, from $slot:expr $(,)?), $operand:ident) => {
        $operand.and_then(|(port, slot)| $crate::__private::putting_from(port, slot))
    };
    (put $operands:tt, $operand:ident) => {
        $operand.map(|(port, value)| $crate::__private::putting(port, value))
    };
    (closed $operands:tt, $operand:ident) => {
        $operand.map(|port| $crate::__private::WritePort::closing(port))
    };
    (sleep $operands:tt, $operand:ident) => {
        $operand.map($crate::__private::sleeping)
    };
    (wait $operands:tt, $operand:ident) => {
        $operand.map($crate::__private::awaiting)
    };
    (op $operands:tt, $operand:ident) => {
        $operand.map($crate::__private::waiting)
    };
    // Anything else was an error in the operand already.
    ($op:ident $operands:tt, $operand:ident) => {
        $operand.map($crate::__private::sleeping)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __alts_has {
    (some) => {
        true
    };
    (none) => {
        false
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __alts_else {
    () => {
        ::core::unreachable!("one of the branches was chosen")
    };
    ($default:expr) => {
        $default
    };
}

//! What each attribute expands to, and what each error says and points at.
//!
//! Whether the expansions do what they should is tested where the library is at hand: in `csp` itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::entry::{self, Entry};
use crate::errors::Errors;
use crate::process::{self, Spawn};

/// `#[process(options)] item` becomes `expected`.
#[track_caller]
fn spawns(spawn: Spawn, options: TokenStream, item: TokenStream, expected: TokenStream) {
    let found = process::expand(spawn, options, item);
    assert_eq!(found.to_string(), expected.to_string());
}

/// `#[csp::main(options)] item` becomes `expected`.
#[track_caller]
fn enters(entry: Entry, options: TokenStream, item: TokenStream, expected: TokenStream) {
    let found = entry::expand(entry, options, item);
    assert_eq!(found.to_string(), expected.to_string());
}

mod process_expands {
    use super::*;

    #[test]
    fn without_arguments() {
        spawns(
            Spawn::Process,
            quote!(),
            quote!(
                fn idle() {
                    work()
                }
            ),
            quote! {
                #[track_caller]
                fn idle() -> ::csp::Process {
                    ::csp::Process::builder().name("idle").go(move || -> () { work() })
                }
            },
        );
    }

    #[test]
    fn with_arguments_of_any_pattern() {
        spawns(
            Spawn::Process,
            quote!(),
            quote! {
                fn boring(message: &'static str, mut n: u32, (a, _): (A, B), _: C, ref d: D) -> Out {
                    n += 1;
                }
            },
            quote! {
                #[track_caller]
                fn boring(message: &'static str, n: u32, __2: (A, B), __3: C, d: D) -> ::csp::Process {
                    ::csp::Process::builder().name("boring").go(move || {
                        ::csp::__private::call(
                            (message, n, __2, __3, d,),
                            |(message, mut n, (a, _), __3, ref d,)| -> Out { n += 1; }
                        )
                    })
                }
            },
        );
    }

    #[test]
    fn keeping_all_else() {
        spawns(
            Spawn::Process,
            quote!(),
            quote! {
                /// Docs.
                #[cfg(unix)]
                pub(crate) fn r#type<T, const N: usize>(x: impl Into<T>)
                where
                    T: 'static,
                {
                    #![allow(unused)]
                    body
                }
            },
            quote! {
                /// Docs.
                #[cfg(unix)]
                #[track_caller]
                pub(crate) fn r#type<T, const N: usize>(x: impl Into<T>) -> ::csp::Process
                where
                    T: 'static,
                {
                    #![allow(unused)]
                    ::csp::Process::builder().name("type").go(move || {
                        ::csp::__private::call((x,), |(x,)| -> () { body })
                    })
                }
            },
        );
    }

    #[test]
    fn a_method_that_takes_self_by_value() {
        spawns(
            Spawn::Process,
            quote!(),
            quote!(
                fn run(mut self) {
                    self.n += 1
                }
            ),
            quote! {
                #[track_caller]
                fn run(mut self) -> ::csp::Process {
                    ::csp::Process::builder().name("run").go(move || {
                        let _ = &self;
                        ::csp::__private::call((), |()| -> () { self.n += 1 })
                    })
                }
            },
        );
        spawns(
            Spawn::Deferred,
            quote!(),
            quote!(
                fn run(self: Rc<Self>, n: u32) -> u32 {
                    self.n + n
                }
            ),
            quote! {
                #[track_caller]
                fn run(self: Rc<Self>, n: u32) -> ::csp::Deferred<u32> {
                    ::csp::Process::builder().name("run").go_deferred(move || {
                        let _ = &self;
                        ::csp::__private::call((n,), |(n,)| -> u32 { self.n + n })
                    })
                }
            },
        );
    }

    #[test]
    fn with_options() {
        spawns(
            Spawn::Process,
            quote!(stack_size = 64 * 1024, name = "worker",),
            quote!(
                fn f() {}
            ),
            quote! {
                #[track_caller]
                fn f() -> ::csp::Process {
                    ::csp::Process::builder().name("worker").stack_size(64 * 1024).go(move || -> () {})
                }
            },
        );
    }

    #[test]
    fn with_one_track_caller() {
        spawns(
            Spawn::Process,
            quote!(),
            quote!(
                #[track_caller]
                fn f() {}
            ),
            quote! {
                #[track_caller]
                fn f() -> ::csp::Process {
                    ::csp::Process::builder().name("f").go(move || -> () {})
                }
            },
        );
    }

    #[test]
    fn to_a_channel_or_a_deferred_of_what_the_body_returns() {
        spawns(
            Spawn::Channel,
            quote!(),
            quote!(
                pub fn sum() -> Result<u64, E> {
                    total()?
                }
            ),
            quote! {
                #[track_caller]
                pub fn sum() -> ::csp::Channel<Result<u64, E> > {
                    ::csp::Process::builder().name("sum").go_channel(move || -> Result<u64, E> { total()? })
                }
            },
        );
        spawns(
            Spawn::Deferred,
            quote!(),
            quote!(
                fn nothing() {}
            ),
            quote! {
                #[track_caller]
                fn nothing() -> ::csp::Deferred<()> {
                    ::csp::Process::builder().name("nothing").go_deferred(move || -> () {})
                }
            },
        );
    }

    #[test]
    fn a_body_that_never_returns() {
        spawns(
            Spawn::Process,
            quote!(),
            quote!(
                fn forever() -> ! {
                    loop {}
                }
            ),
            quote! {
                #[track_caller]
                fn forever() -> ::csp::Process {
                    ::csp::Process::builder().name("forever").go(move || -> ! { loop {} })
                }
            },
        );
    }
}

mod entry_expands {
    use super::*;

    #[test]
    fn main() {
        enters(
            Entry::Main,
            quote!(),
            quote!(
                pub fn main() -> Result<(), E> {
                    go()?;
                    Ok(())
                }
            ),
            quote! {
                pub fn main() -> Result<(), E> {
                    ::csp::__private::main(move || -> Result<(), E> { go()?; Ok(()) })
                }
            },
        );
        enters(
            Entry::Main,
            quote!(),
            quote!(
                fn main() {}
            ),
            quote!(
                fn main() {
                    ::csp::__private::main(move || -> () {})
                }
            ),
        );
    }

    #[test]
    fn test() {
        enters(
            Entry::Test,
            quote!(),
            quote!(
                #[should_panic]
                fn works() {
                    assert!(true)
                }
            ),
            quote! {
                #[::core::prelude::v1::test]
                #[should_panic]
                fn works() { ::csp::__private::test(move || -> () { assert!(true) }) }
            },
        );
    }

    #[test]
    fn with_options() {
        enters(
            Entry::Main,
            quote!(stack_size = 4 << 20, virtual_time, seed = 7),
            quote!(
                fn main() {}
            ),
            quote! {
                fn main() {
                    ::csp::__private::main_with(
                        ::csp::Builder::from_env().seed(7).virtual_time().main_stack_size(4 << 20),
                        move || -> () {}
                    )
                }
            },
        );
        enters(
            Entry::Test,
            quote!(virtual_time),
            quote!(
                fn t() {}
            ),
            quote! {
                #[::core::prelude::v1::test]
                fn t() {
                    ::csp::__private::test_with(
                        ::csp::__private::test_builder().virtual_time(),
                        move || -> () {}
                    )
                }
            },
        );
    }
}

/// The errors in the source `#[attribute(options)] item`: for each, what it points at and what it says. Beside
/// them the expansion has to go on defining the function.
fn errors(attribute: &str, options: &str, item: &str) -> (Vec<(String, String)>, String) {
    let mut errors = Errors::default();
    let (options, item) = (options.parse().unwrap(), item.parse().unwrap());
    let expanded = match attribute {
        "process" => process::expand_with(Spawn::Process, options, item, &mut errors),
        "process_channel" => process::expand_with(Spawn::Channel, options, item, &mut errors),
        "process_deferred" => process::expand_with(Spawn::Deferred, options, item, &mut errors),
        "csp::main" => entry::expand_with(Entry::Main, options, item, &mut errors),
        "csp::test" => entry::expand_with(Entry::Test, options, item, &mut errors),
        other => panic!("no such attribute: {other}"),
    };
    let list = errors.list().into_iter();
    let list = list.map(|error| (error.span().source_text().unwrap(), error.to_string()));
    (list.collect(), expanded.to_string())
}

/// One error, at `place`. What is emitted beside it is returned.
#[track_caller]
fn one_error(attribute: &str, options: &str, item: &str, place: &str, message: &str) -> String {
    let (errors, expanded) = errors(attribute, options, item);
    assert_eq!(errors, [(place.to_string(), message.to_string())]);
    expanded
}

mod options_refuse {
    use super::*;

    const PLAIN: &str = "#[track_caller] fn f () -> :: csp :: Process { :: csp :: Process :: builder () . name (\"f\") . \
                         go (move || -> () { }) }";

    /// One error, and the function expands as if the wrong option were not there.
    #[track_caller]
    fn option_error(options: &str, place: &str, message: &str) {
        let expanded = one_error("process", options, "fn f() {}", place, message);
        let plain: TokenStream = PLAIN.parse().unwrap();
        assert_eq!(expanded, plain.to_string());
    }

    #[test]
    fn unknown_ones() {
        option_error(
            "nam = \"x\"",
            "nam",
            "unknown option `nam`: the options of `#[process]` are `name = \"…\"` and `stack_size = …`",
        );
        one_error(
            "csp::test",
            "virtual_time, name = \"x\"",
            "fn f() {}",
            "name",
            "unknown option `name`: the options of `#[csp::test]` are `seed = …`, `virtual_time` and `stack_size = …`",
        );
    }

    #[test]
    fn anything_else_in_their_place() {
        option_error(
            "\"x\"",
            "\"x\"",
            "expected the name of an option: the options of `#[process]` are `name = \"…\"` and `stack_size = …`",
        );
    }

    #[test]
    fn what_is_given_twice() {
        let (found, _) = errors("csp::main", "seed = 1, virtual_time, seed = 2", "fn main() {}");
        assert_eq!(found, [("seed".into(), "`seed` is given twice: keep one of them".into())]);
    }

    #[test]
    fn what_lacks_its_value() {
        option_error("stack_size", "stack_size", "`stack_size` needs a value: `stack_size = 65536`");
        option_error("name", "name", "`name` needs a value: `name = \"…\"`");
        one_error("csp::main", "seed", "fn f() {}", "seed", "`seed` needs a value: `seed = 7`");
        one_error(
            "csp::main",
            "stack_size",
            "fn f() {}",
            "stack_size",
            "`stack_size` needs a value: `stack_size = 1048576`",
        );
    }

    #[test]
    fn values_of_the_wrong_kind() {
        option_error(
            "name = format!(\"{n}\")",
            "format!(\"{n}\")",
            "`name` is a string literal here: to make it up at run time, spawn with `Process::builder().name(…).go(…)`",
        );
        one_error(
            "csp::main",
            "virtual_time = true",
            "fn f() {}",
            "true",
            "`virtual_time` takes no value: leave it out for real time",
        );
    }

    #[test]
    fn several_at_once() {
        let (found, _) = errors("process", "a = 1, name = 2", "async fn f() {}");
        let places: Vec<_> = found.into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["a", "2", "async"]);
    }
}

mod signatures_refuse {
    use super::*;

    #[test]
    fn what_is_no_function() {
        let left = one_error(
            "process",
            "",
            "pub struct S;",
            "struct",
            "this attribute goes on a function, `fn name(…) { … }`",
        );
        assert_eq!(left, "pub struct S ;");
    }

    #[test]
    fn async_functions() {
        let left = one_error(
            "process",
            "",
            "async fn f(c: C) -> u8 { c.recv().await }",
            "async",
            "`#[process]`: processes wait without `async`: remove it, and call `take`, `put` or `sleep` without `.await`",
        );
        let expected = quote! {
            #[allow(unused)]
            #[track_caller]
            fn f(c: C) -> ::csp::Process {
                let _ = move || {
                    ::csp::__private::call((c,), async |(c,)| -> u8 { c.recv().await })
                };
                ::core::unreachable!()
            }
        };
        assert_eq!(left, expected.to_string());
        let left = one_error(
            "csp::main",
            "",
            "async fn main() { f().await }",
            "async",
            "`#[csp::main]`: processes wait without `async`: remove it, and call `take`, `put` or `sleep` without \
             `.await`",
        );
        let expected = quote! {
            #[allow(unused)]
            fn main() {
                let _ = async move || -> () { f().await };
                ::core::unreachable!()
            }
        };
        assert_eq!(left, expected.to_string());
    }

    #[test]
    fn other_kinds_of_functions() {
        one_error(
            "process",
            "",
            "const fn f() {}",
            "const",
            "`#[process]`: a function that runs processes cannot be `const`: remove `const`",
        );
        one_error(
            "process",
            "",
            "unsafe fn f() {}",
            "unsafe",
            "`#[process]`: nobody keeps an `unsafe` function's promises for as long as a process runs: remove `unsafe`, \
             and use an `unsafe` block inside",
        );
        one_error(
            "process_channel",
            "",
            "extern \"C\" fn f() {}",
            "extern \"C\"",
            "`#[process_channel]`: a process cannot be called from another language: remove `extern`, and call this \
             function from one that has it",
        );
    }

    #[test]
    fn variable_arguments() {
        let left = one_error(
            "process",
            "",
            "fn f(a: u8, args: ...) { args }",
            "args: ...",
            "`#[process]`: a process takes no variable arguments: take a `Vec`",
        );
        assert!(!left.contains("..."), "{left}");
    }

    #[test]
    fn a_missing_body() {
        let left = one_error(
            "process_deferred",
            "",
            "fn f(n: u32) -> u8;",
            ";",
            "`#[process_deferred]`: there is no body to run: in a trait, declare what the function returns once the \
             attribute has done its work, and put the attribute on the implementation",
        );
        let expected = quote! {
            #[allow(unused)]
            #[track_caller]
            fn f(n: u32) -> ::csp::Deferred<u8> { ::core::unreachable!() }
        };
        assert_eq!(left, expected.to_string());
    }

    #[test]
    fn results_that_cannot_be_named() {
        let left = one_error(
            "process_channel",
            "",
            "fn f() -> Option<impl Iterator<Item = u8>> { None }",
            "impl Iterator<Item = u8>",
            "`#[process_channel]`: the body becomes a closure, which cannot return `impl Trait`: name the type, or \
             return a `Box<dyn Trait>`",
        );
        assert!(left.contains(":: csp :: Channel < () >"), "{left}");
    }

    #[test]
    fn results_that_never_come() {
        for attribute in ["process_channel", "process_deferred"] {
            one_error(
                attribute,
                "",
                "fn f() -> ! { loop {} }",
                "-> !",
                &format!("`#[{attribute}]`: a body that never returns delivers nothing: use `#[process]`"),
            );
        }
    }

    #[test]
    fn a_second_attribute_of_the_kind() {
        for second in ["process_channel", "csp::process", "test", "csp::main"] {
            let left = one_error(
                "process",
                "",
                &format!("#[inline] #[{second}] fn f() {{}}"),
                &format!("#[{second}]"),
                "`#[process]` already says how this function runs: remove one of the two",
            );
            assert!(left.starts_with("# [inline] # [track_caller] fn f ()"), "{left}");
        }
        one_error(
            "csp::test",
            "",
            "#[test] fn f() {}",
            "#[test]",
            "`#[csp::test]` already says how this function runs: remove one of the two",
        );
    }
}

mod arguments_refuse {
    use super::*;

    /// The one argument `argument` is refused at `place`.
    #[track_caller]
    fn argument_error(argument: &str, place: &str, message: &str) {
        let item = format!("fn f({argument}) {{ body }}");
        let left = one_error("process", "", &item, place, message);
        // Checked, but not spawned: the compiler would say once more that it is not `'static`.
        assert!(left.contains("let _ = move ||"), "{left}");
        assert!(!left.contains("builder"), "{left}");
    }

    #[test]
    fn a_borrowed_self() {
        let message = "a process outlives its caller and cannot borrow `self`: clone what it needs, and take `self` by \
                       value";
        argument_error("&self", "&self", message);
        argument_error("&'a mut self, n: u8", "&'a mut self", message);
        argument_error("self: Pin<&mut Self>", "&mut Self", message);
    }

    #[test]
    fn borrows() {
        const WHY: &str = "a process outlives its caller and cannot borrow an argument";
        let by_value = format!("{WHY}: take it by value, as a clone or in an `Rc`");
        let text = format!("{WHY}: take a `String` or a `&'static str`");
        let elided = format!("{WHY}: take what is owned, or `'static`");
        argument_error("s: &str", "&str", &text);
        argument_error("s: &[u8]", "&[u8]", &format!("{WHY}: take a `Vec`"));
        argument_error("s: &mut Thing", "&mut Thing", &by_value);
        argument_error("s: Vec<(u8, [&str; 2])>", "&str", &text);
        argument_error("s: Cow<'_, str>", "'_", &elided);
        argument_error("s: &'_ str", "'_", &elided);
        argument_error("s: Box<dyn Iterator<Item = &u8>>", "&u8", &by_value);
        argument_error("s: impl Iterator<Item: Into<&u8>> + '_", "&u8", &by_value);
    }

    #[test]
    fn nothing_that_may_be_static() {
        for ty in [
            "&'static str",
            "&'a str",
            "fn(&str) -> &str",
            "Box<dyn Fn(&str) -> &str>",
            "impl for<'a> Fn(&'a str)",
            "<&str as ToOwned>::Owned",
            "*const u8",
        ] {
            let (found, _) = errors("process", "", &format!("fn f(x: {ty}) {{}}"));
            assert!(found.is_empty(), "{ty}: {found:?}");
        }
    }

    #[test]
    fn attributes() {
        argument_error(
            "#[cfg(unix)] n: u8",
            "#[cfg(unix)]",
            "the arguments of a process carry no attributes: put it on the function",
        );
    }
}

mod entries_refuse {
    use super::*;

    #[test]
    fn arguments() {
        let left = one_error(
            "csp::main",
            "",
            "fn main(a: A, b: B) -> R { a }",
            "a: A, b: B",
            "`#[csp::main]`: nobody gives it arguments: the command line is in `std::env::args()`",
        );
        let expected = quote!(
            #[allow(unused)]
            fn main() -> R {
                ::core::unreachable!()
            }
        );
        assert_eq!(left, expected.to_string());
        one_error(
            "csp::test",
            "",
            "fn t(a: A) {}",
            "a: A",
            "`#[csp::test]`: nobody gives it arguments: call a function that has them from the test",
        );
        one_error(
            "csp::test",
            "",
            "fn t(&self) {}",
            "&self",
            "`#[csp::test]`: nobody gives it arguments: move it out of the `impl`",
        );
    }

    #[test]
    fn type_parameters() {
        let (found, left) = errors("csp::test", "", "fn t<T>() where T: Copy { body::<T>() }");
        let expected = [
            ("<T>", "`#[csp::test]`: nobody chooses its type parameters: remove them"),
            ("where T: Copy", "`#[csp::test]`: there are no type parameters: remove the `where`"),
        ];
        assert_eq!(found, expected.map(|(place, message)| (place.into(), message.into())));
        let expected = quote! {
            #[::core::prelude::v1::test]
            #[allow(unused)]
            fn t() { ::core::unreachable!() }
        };
        assert_eq!(left, expected.to_string());
    }
}

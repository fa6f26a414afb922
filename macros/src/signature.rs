//! What no attribute of this crate accepts in a function, in words that say what to do instead.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Safety, parse_quote};

use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::types;

/// How much of a refused function's body can still be shown to the compiler, so that it neither complains for a
/// second time about the same thing, nor takes what the body uses for unused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remains {
    /// Nothing was refused.
    All,
    /// The body can be checked, not spawned.
    Unspawned,
    /// The body is missing, or uses what had to be taken away from the signature.
    Nothing,
}

/// A refused body that is checked, and then goes nowhere.
pub fn unspawned(closure: &TokenStream) -> TokenStream {
    quote! {
        let _ = #closure;
        ::core::unreachable!()
    }
}

/// What stands for a body that cannot even be checked.
pub fn nothing() -> TokenStream {
    quote!(::core::unreachable!())
}

/// For what is left of a refused function: whoever has an error to mend is not to be told what it leaves unused.
pub fn silence(remains: Remains) -> Option<Attribute> {
    (remains != Remains::All).then(|| parse_quote!(#[allow(unused)]))
}

/// Refuses, and removes from the signature, what a function that becomes a process cannot be.
pub fn check(attribute: &str, function: &mut Function, errors: &mut Errors) -> Remains {
    let mut remains = Remains::All;
    let mut refuse = |place: &dyn ToTokens, what: Remains, message: &str| {
        errors.at(place, format!("`#[{attribute}]`: {message}"));
        remains = remains.max(what);
    };
    let signature = &mut function.signature;
    if let Some(constness) = signature.constness.take() {
        refuse(&constness, Remains::Unspawned, "a function that runs processes cannot be `const`: remove `const`");
    }
    // This one stays: the closure that is made of the body needs it.
    if let Some(asyncness) = &signature.asyncness {
        refuse(
            asyncness,
            Remains::Unspawned,
            "processes wait without `async`: remove it, and call `take`, `put` or `sleep` without `.await`",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        refuse(
            token,
            Remains::Unspawned,
            "nobody keeps an `unsafe` function's promises for as long as a process runs: remove `unsafe`, and use an \
             `unsafe` block inside",
        );
    }
    if let Some(abi) = signature.abi.take() {
        refuse(
            &abi,
            Remains::Unspawned,
            "a process cannot be called from another language: remove `extern`, and call this function from one \
             that has it",
        );
    }
    if let Some(variadic) = signature.variadic.take() {
        refuse(&variadic, Remains::Nothing, "a process takes no variable arguments: take a `Vec`");
    }
    if let Some(opaque) = types::first_impl_trait(&signature.output) {
        refuse(
            opaque,
            Remains::Nothing,
            "the body becomes a closure, which cannot return `impl Trait`: name the type, or return a `Box<dyn Trait>`",
        );
    }
    if let Body::Missing(semicolon) = &function.body {
        refuse(
            semicolon,
            Remains::Nothing,
            "there is no body to run: in a trait, declare what the function returns once the attribute has done its \
             work, and put the attribute on the implementation",
        );
    }
    remains
}

/// Refuses a second attribute that would run the body in a way of its own, and removes it.
pub fn check_alone(attribute: &str, attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    const OURS: [&str; 5] = ["process", "process_channel", "process_deferred", "main", "test"];
    attributes.retain(|other| {
        let name = other.path().segments.last().map(|segment| segment.ident.to_string());
        let clashes = name.is_some_and(|name| OURS.contains(&name.as_str()));
        if clashes {
            errors.at(other, format!("`#[{attribute}]` already says how this function runs: remove one of the two"));
        }
        !clashes
    });
}

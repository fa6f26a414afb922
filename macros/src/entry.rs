//! `#[csp::main]`, `#[csp::test]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, Safety, Signature, parse_quote};

use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::options::EntryOptions;
use crate::signature::{self, Remains};

/// Who calls the function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The operating system.
    Main,
    /// The test harness.
    Test,
}

impl Entry {
    fn attribute(self) -> &'static str {
        match self {
            Self::Main => "csp::main",
            Self::Test => "csp::test",
        }
    }

    /// The call that runs the body under a scheduler.
    fn call(self, options: EntryOptions, body: TokenStream) -> TokenStream {
        if options.is_empty() {
            return match self {
                Self::Main => quote!(::csp::__private::main(#body)),
                Self::Test => quote!(::csp::__private::test(#body)),
            };
        }
        let seed = options.seed.map(|seed| quote!(.seed(#seed)));
        let virtual_time = options.virtual_time.then(|| quote!(.virtual_time()));
        let stack_size = options.stack_size.map(|size| quote!(.main_stack_size(#size)));
        let settings = quote!(#seed #virtual_time #stack_size);
        match self {
            Self::Main => quote! {
                ::csp::__private::main_with(::csp::Builder::from_env()#settings, #body)
            },
            Self::Test => quote! {
                ::csp::__private::test_with(::csp::__private::test_builder()#settings, #body)
            },
        }
    }
}

/// The function that starts a scheduler. Where something is wrong, the errors, and beside them as much of that
/// function as keeps the compiler from complaining too.
pub fn expand(entry: Entry, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let expanded = expand_with(entry, options, item, &mut errors);
    quote!(#errors #expanded)
}

/// As [`expand`], with the errors set apart.
pub fn expand_with(entry: Entry, options: TokenStream, item: TokenStream, errors: &mut Errors) -> TokenStream {
    let attribute = entry.attribute();
    let options = EntryOptions::parse(attribute, options, errors);
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return item;
        }
    };
    signature::check_alone(attribute, &mut function.attributes, errors);
    let mut remains = signature::check(attribute, &mut function, errors);
    remains = remains.max(check_callable(entry, &mut function.signature, errors));
    function.signature.safety = Safety::Default;

    let output = function.output();
    let asyncness = function.signature.asyncness.take();
    let body = match (&function.body, remains) {
        (Body::Block(block), Remains::All) => entry.call(options, quote!(move || -> #output #block)),
        (Body::Block(block), Remains::Unspawned) => signature::unspawned(&quote!(#asyncness move || -> #output #block)),
        _ => signature::nothing(),
    };
    function.attributes.extend(signature::silence(remains));
    if entry == Entry::Test {
        // By its full path: `use csp::test` may have taken the name.
        function.attributes.insert(0, parse_quote!(#[::core::prelude::v1::test]));
    }
    function.with_body(body)
}

/// Refuses, and removes, what nobody could supply: arguments and type parameters.
fn check_callable(entry: Entry, signature: &mut Signature, errors: &mut Errors) -> Remains {
    let attribute = entry.attribute();
    let mut remains = Remains::All;
    if !signature.inputs.is_empty() {
        let remedy = match (entry, &signature.inputs[0]) {
            (_, FnArg::Receiver(_)) => "move it out of the `impl`",
            (Entry::Main, _) => "the command line is in `std::env::args()`",
            (Entry::Test, _) => "call a function that has them from the test",
        };
        errors.at(&signature.inputs, format!("`#[{attribute}]`: nobody gives it arguments: {remedy}"));
        signature.inputs.clear();
        remains = Remains::Nothing;
    }
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics, format!("`#[{attribute}]`: nobody chooses its type parameters: remove them"));
        signature.generics.params.clear();
        remains = Remains::Nothing;
    }
    if let Some(clause) = signature.generics.where_clause.take() {
        errors.at(clause, format!("`#[{attribute}]`: there are no type parameters: remove the `where`"));
        remains = Remains::Nothing;
    }
    remains
}

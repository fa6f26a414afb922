//! `#[process]`, `#[process_channel]`, `#[process_deferred]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{FnArg, Pat, PatIdent, PatType, Receiver, ReceiverKind, ReturnType, Signature, Type, parse_quote};

use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::options::ProcessOptions;
use crate::signature::{self, Remains};
use crate::types::{self, Part};

/// The three ways of spawning: what becomes of the body's result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spawn {
    /// It is dropped.
    Process,
    /// A channel delivers it.
    Channel,
    /// One can wait for it.
    Deferred,
}

impl Spawn {
    fn attribute(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Channel => "process_channel",
            Self::Deferred => "process_deferred",
        }
    }

    /// The builder's method.
    fn method(self) -> Ident {
        match self {
            Self::Process => format_ident!("go"),
            Self::Channel => format_ident!("go_channel"),
            Self::Deferred => format_ident!("go_deferred"),
        }
    }

    /// What the expanded function returns, for a body that returns `output`.
    fn handle(self, output: TokenStream) -> Type {
        match self {
            Self::Process => parse_quote!(::csp::Process),
            Self::Channel => parse_quote!(::csp::Channel<#output>),
            Self::Deferred => parse_quote!(::csp::Deferred<#output>),
        }
    }
}

/// The function that spawns instead of running. Where something is wrong, the errors, and beside them as much of
/// that function as keeps its callers from complaining too.
pub fn expand(spawn: Spawn, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let expanded = expand_with(spawn, options, item, &mut errors);
    quote!(#errors #expanded)
}

/// As [`expand`], with the errors set apart.
pub fn expand_with(spawn: Spawn, options: TokenStream, item: TokenStream, errors: &mut Errors) -> TokenStream {
    let attribute = spawn.attribute();
    let options = ProcessOptions::parse(attribute, options, errors);
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return item;
        }
    };
    signature::check_alone(attribute, &mut function.attributes, errors);
    let mut remains = signature::check(attribute, &mut function, errors);
    remains = remains.max(check_arguments(&function.signature, errors));

    let mut output = function.output();
    if types::first_impl_trait(&function.signature.output).is_some() {
        // Already refused. The handle still needs a type of its own.
        output = quote!(());
    } else if types::is_never(&function.signature.output) && spawn != Spawn::Process {
        errors.at(
            &function.signature.output,
            format!("`#[{attribute}]`: a body that never returns delivers nothing: use `#[process]`"),
        );
        output = quote!(());
        remains = remains.max(Remains::Unspawned);
    }
    let body = closure(&mut function);
    let body = match remains {
        Remains::All => {
            let builder = builder(&function.signature.ident, options);
            let method = spawn.method();
            quote!(#builder.#method(#body))
        }
        Remains::Unspawned => signature::unspawned(&body),
        Remains::Nothing => signature::nothing(),
    };

    let handle = spawn.handle(output);
    function.signature.output = ReturnType::Type(Default::default(), Box::new(handle));
    function.attributes.extend(signature::silence(remains));
    // The process is to be known by the place of the call, not by the attribute's.
    if !function.attributes.iter().any(|attribute| attribute.path().is_ident("track_caller")) {
        function.attributes.push(parse_quote!(#[track_caller]));
    }
    function.with_body(body)
}

/// The body as a closure without arguments. Those of the function get the names under which it takes them in.
///
/// A plain `move` closure would leave behind, at the caller, whatever the body never mentions. So the arguments are
/// moved into it as one tuple and meet their patterns inside, as the parameters of a second closure, where they are
/// dropped in the order of any function's. `call` is there for the compiler: it tells the second closure its types.
fn closure(function: &mut Function) -> TokenStream {
    let output = function.output();
    let asyncness = function.signature.asyncness.take();
    let Body::Block(block) = &function.body else {
        return TokenStream::new();
    };
    let mut receiver = None;
    let (mut names, mut patterns) = (Vec::new(), Vec::new());
    for (index, input) in function.signature.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Receiver(this) => receiver = Some(this.self_token.to_token_stream()),
            FnArg::Typed(argument) => {
                let name = outer_name(index, &argument.pat);
                let pattern = std::mem::replace(&mut *argument.pat, parse_quote!(#name));
                // An unnamed argument lives as long as the others: its hidden name keeps it.
                patterns.push(match pattern {
                    Pat::Wild(_) => parse_quote!(#name),
                    pattern => pattern,
                });
                names.push(name);
            }
        }
    }
    if receiver.is_none() && names.is_empty() {
        return quote!(#asyncness move || -> #output #block);
    }
    // `self` cannot be renamed. Mentioned as a whole, it moves as a whole.
    let receiver = receiver.map(|this| quote!(let _ = &#this;));
    // A pattern that may not match is reported as the whole tuple: let that be the list of arguments.
    let place = Span::mixed_site().located_at(function.signature.paren_token.span.join());
    let patterns = quote_spanned!(place=> (#(#patterns,)*));
    quote! {
        move || {
            #receiver
            ::csp::__private::call((#(#names,)*), #asyncness |#patterns| -> #output #block)
        }
    }
}

/// An argument's name outside the closure: its own where it has one, for the documentation, but of another hygiene,
/// so that it is no variable of the user's and no lint speaks of it.
fn outer_name(index: usize, pattern: &Pat) -> Ident {
    let hygiene = Span::mixed_site();
    match pattern {
        Pat::Ident(PatIdent { ident, .. }) => {
            let mut name = ident.clone();
            name.set_span(hygiene.located_at(ident.span()));
            name
        }
        _ => Ident::new(&format!("__{index}"), hygiene),
    }
}

/// `::csp::Process::builder()` with everything set.
fn builder(function: &Ident, options: ProcessOptions) -> TokenStream {
    let name = match options.name {
        Some(name) => name.to_token_stream(),
        None => function.unraw().to_string().to_token_stream(),
    };
    let stack_size = options.stack_size.map(|size| quote!(.stack_size(#size)));
    quote!(::csp::Process::builder().name(#name)#stack_size)
}

/// Refuses arguments that a process cannot keep, or that cannot be carried into it.
fn check_arguments(signature: &Signature, errors: &mut Errors) -> Remains {
    let mut found = Errors::default();
    for input in &signature.inputs {
        let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = input;
        for attribute in attrs {
            let message = "the arguments of a process carry no attributes: put it on the function";
            found.at(attribute, message);
        }
        match input {
            FnArg::Receiver(receiver) => check_self(receiver, &mut found),
            FnArg::Typed(argument) => check_borrow(&argument.ty, &mut found),
        }
    }
    if found.is_empty() {
        return Remains::All;
    }
    errors.append(found);
    Remains::Unspawned
}

fn check_self(receiver: &Receiver, errors: &mut Errors) {
    let borrow = match &receiver.kind {
        ReceiverKind::Reference(..) => Some(receiver.to_token_stream()),
        ReceiverKind::Typed(_, ty) => types::first_borrow(ty).map(|part| part.to_token_stream()),
        _ => None,
    };
    if let Some(place) = borrow {
        errors.at(
            place,
            "a process outlives its caller and cannot borrow `self`: clone what it needs, and take `self` by value",
        );
    }
}

fn check_borrow(ty: &Type, errors: &mut Errors) {
    let Some(borrow) = types::first_borrow(ty) else {
        return;
    };
    let remedy = match borrow {
        Part::Lifetime(_) => "what is owned, or `'static`",
        Part::Type(Type::Reference(reference)) => owned(&reference.elem),
        Part::Type(_) => unreachable!("no other type is a borrow by itself"),
    };
    errors.at(borrow, format!("a process outlives its caller and cannot borrow an argument: take {remedy}"));
}

/// What to take in place of a reference to this.
fn owned(target: &Type) -> &'static str {
    match target {
        Type::Slice(_) => "a `Vec`",
        Type::Path(path) if path.path.is_ident("str") => "a `String` or a `&'static str`",
        _ => "it by value, as a clone or in an `Rc`",
    }
}

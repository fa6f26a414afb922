//! What stands in an attribute's parentheses: `name = "x", stack_size = 65536`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Token};

use crate::errors::Errors;

/// The options of `#[process]` and its two sisters.
#[derive(Default)]
pub struct ProcessOptions {
    pub name: Option<LitStr>,
    pub stack_size: Option<Expr>,
}

/// The options of `#[csp::main]` and `#[csp::test]`.
#[derive(Default)]
pub struct EntryOptions {
    pub seed: Option<Expr>,
    pub virtual_time: bool,
    pub stack_size: Option<Expr>,
}

impl ProcessOptions {
    /// Reads the options; what is wrong becomes an error, and is otherwise passed over.
    pub fn parse(attribute: &str, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let allowed = "`name = \"…\"` and `stack_size = …`";
        for Item { key, value } in items(attribute, allowed, tokens, errors) {
            match key.to_string().as_str() {
                "name" => options.name = string(&key, value, errors),
                "stack_size" => options.stack_size = needed(&key, "65536", value, errors),
                _ => unknown(attribute, allowed, &key, errors),
            }
        }
        options
    }
}

impl EntryOptions {
    /// Reads the options; what is wrong becomes an error, and is otherwise passed over.
    pub fn parse(attribute: &str, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let allowed = "`seed = …`, `virtual_time` and `stack_size = …`";
        for Item { key, value } in items(attribute, allowed, tokens, errors) {
            match key.to_string().as_str() {
                "seed" => options.seed = needed(&key, "7", value, errors),
                "stack_size" => options.stack_size = needed(&key, "1048576", value, errors),
                "virtual_time" => {
                    options.virtual_time = true;
                    if let Some(value) = value {
                        errors.at(value, "`virtual_time` takes no value: leave it out for real time");
                    }
                }
                _ => unknown(attribute, allowed, &key, errors),
            }
        }
        options
    }

    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self.seed.is_none() && !self.virtual_time && self.stack_size.is_none()
    }
}

/// `key` or `key = value`.
struct Item {
    key: Ident,
    value: Option<Expr>,
}

impl Parse for Item {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let key =
            Ident::parse_any(input).map_err(|error| syn::Error::new(error.span(), "expected the name of an option"))?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { key, value })
    }
}

/// The items between the commas, each key once.
fn items(attribute: &str, allowed: &str, tokens: TokenStream, errors: &mut Errors) -> Vec<Item> {
    let items = match Punctuated::<Item, Token![,]>::parse_terminated.parse2(tokens) {
        Ok(items) => items,
        Err(error) => {
            let message = format!("{error}: the options of `#[{attribute}]` are {allowed}");
            errors.push(syn::Error::new(error.span(), message));
            return Vec::new();
        }
    };
    let mut once: Vec<Item> = Vec::new();
    for item in items {
        if once.iter().any(|earlier| earlier.key == item.key) {
            errors.at(&item.key, format!("`{}` is given twice: keep one of them", item.key));
        } else {
            once.push(item);
        }
    }
    once
}

fn unknown(attribute: &str, allowed: &str, key: &Ident, errors: &mut Errors) {
    errors.at(key, format!("unknown option `{key}`: the options of `#[{attribute}]` are {allowed}"));
}

/// The value of an option that is nothing without one.
fn needed(key: &Ident, example: &str, value: Option<Expr>, errors: &mut Errors) -> Option<Expr> {
    if value.is_none() {
        errors.at(key, format!("`{key}` needs a value: `{key} = {example}`"));
    }
    value
}

/// A value that has to be a string literal.
fn string(key: &Ident, value: Option<Expr>, errors: &mut Errors) -> Option<LitStr> {
    match needed(key, "\"…\"", value, errors)? {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        other => {
            errors.at(
                other,
                format!(
                    "`{key}` is a string literal here: to make it up at run time, spawn with \
                     `Process::builder().{key}(…).go(…)`"
                ),
            );
            None
        }
    }
}

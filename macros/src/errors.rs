//! What is wrong with one use of an attribute: everything at once, not the first finding alone.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// A list of errors, shown to the user by emitting it beside the expansion.
#[derive(Default)]
pub struct Errors(Option<Error>);

impl Errors {
    /// Adds an error that points at `place`.
    pub fn at(&mut self, place: impl ToTokens, message: impl std::fmt::Display) {
        self.push(Error::new_spanned(place, message));
    }

    /// Adds an error that was made elsewhere.
    pub fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// Adds all of another list.
    pub fn append(&mut self, others: Self) {
        others.0.into_iter().for_each(|error| self.push(error));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The errors one by one.
    #[cfg(test)]
    pub fn list(self) -> Vec<Error> {
        self.0.into_iter().flatten().collect()
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(error) = &self.0 {
            tokens.extend(error.to_compile_error());
        }
    }
}

//! The function that an attribute stands on.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Abi, Attribute, ReturnType, Safety, Signature, Token, Visibility, token};

/// A function. Its body is kept as it was written and not looked into: so it costs nothing, and whatever is wrong
/// with it is reported by the compiler, at its place.
pub struct Function {
    pub attributes: Vec<Attribute>,
    /// The `#![…]` at the start of the body, which only mean something at the start of a function.
    pub inner_attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub signature: Signature,
    pub body: Body,
}

/// What follows the signature.
pub enum Body {
    /// `{ … }`, without the inner attributes.
    Block(Group),
    /// `;`
    Missing(Token![;]),
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if !at_signature(input) {
            return Err(input.error("this attribute goes on a function, `fn name(…) { … }`"));
        }
        let signature = input.parse()?;
        let mut inner_attributes = Vec::new();
        let body = if input.peek(Token![;]) {
            Body::Missing(input.parse()?)
        } else {
            let content;
            let brace: token::Brace = syn::braced!(content in input);
            inner_attributes = content.call(Attribute::parse_inner)?;
            Body::Block(block(brace, content.parse()?))
        };
        Ok(Self { attributes, inner_attributes, visibility, signature, body })
    }
}

/// A block with the braces of the source.
fn block(brace: token::Brace, content: TokenStream) -> Group {
    let mut tokens = TokenStream::new();
    brace.surround(&mut tokens, |inside| inside.extend(content));
    match tokens.into_iter().next() {
        Some(TokenTree::Group(group)) => group,
        _ => unreachable!("a brace surrounds nothing but a group"),
    }
}

/// Whether a function's signature comes next, however wrong.
fn at_signature(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<Option<Token![const]>>().is_ok()
        && ahead.parse::<Option<Token![async]>>().is_ok()
        && Safety::parse_unsafe_only(&ahead).is_ok()
        && ahead.parse::<Option<Abi>>().is_ok()
        && ahead.peek(Token![fn])
}

impl Function {
    /// The type that the body returns.
    pub fn output(&self) -> TokenStream {
        match &self.signature.output {
            ReturnType::Default => {
                // As for any function without a type, an error about it points at the name.
                let name = self.signature.ident.span();
                quote_spanned!(Span::mixed_site().located_at(name)=> ())
            }
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        }
    }

    /// The function again, with this for a body.
    pub fn with_body(&self, body: TokenStream) -> TokenStream {
        let Self { attributes, inner_attributes, visibility, signature, .. } = self;
        quote! {
            #(#attributes)* #visibility #signature {
                #(#inner_attributes)*
                #body
            }
        }
    }
}

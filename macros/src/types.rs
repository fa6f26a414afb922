//! Looking into the types of a signature for what a process cannot have there.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, Path, PathArguments, ReturnType, Token, Type,
    TypeParamBound,
};

/// The first borrow in the type of an argument that is good for the duration of the call alone: `&T`, `&'_ T`,
/// `Cow<'_, T>`, at any depth.
pub fn first_borrow(ty: &Type) -> Option<Part<'_>> {
    let mut found = None;
    each_part(ty, &mut |part| {
        let borrows = match part {
            Part::Type(Type::Reference(reference)) => reference.lifetime.is_none(),
            Part::Type(_) => false,
            Part::Lifetime(lifetime) => lifetime.ident == "_",
        };
        if borrows {
            found.get_or_insert(part);
        }
    });
    found
}

/// The first `impl Trait` in the type that a function returns: it can be written there, but not for a closure.
pub fn first_impl_trait(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    let mut found = None;
    each_part(ty, &mut |part| {
        if let Part::Type(ty @ Type::ImplTrait(_)) = part {
            found.get_or_insert(ty);
        }
    });
    found
}

/// Whether a function says that it never returns.
pub fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
}

/// What a type is made of.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Type(&'a Type),
    Lifetime(&'a Lifetime),
}

impl ToTokens for Part<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Type(ty) => ty.to_tokens(tokens),
            Self::Lifetime(lifetime) => lifetime.to_tokens(tokens),
        }
    }
}

/// Shows `see` the type, then what is inside. Left out is what does not make a value borrow: the arguments and results
/// of functions (`fn(&str)`, `dyn Fn(&str)`), and the type that a projection starts from (`<&str as ToOwned>::Owned`).
fn each_part<'a>(ty: &'a Type, see: &mut dyn FnMut(Part<'a>)) {
    see(Part::Type(ty));
    match ty {
        Type::Array(array) => each_part(&array.elem, see),
        Type::Group(group) => each_part(&group.elem, see),
        Type::ImplTrait(implementor) => in_bounds(&implementor.bounds, see),
        Type::Paren(paren) => each_part(&paren.elem, see),
        Type::Path(path) if path.qself.is_none() => in_path(&path.path, see),
        Type::Ptr(pointer) => each_part(&pointer.elem, see),
        Type::Reference(reference) => {
            reference.lifetime.iter().for_each(|lifetime| see(Part::Lifetime(lifetime)));
            each_part(&reference.elem, see);
        }
        Type::Slice(slice) => each_part(&slice.elem, see),
        Type::TraitObject(object) => in_bounds(&object.bounds, see),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| each_part(ty, see)),
        _ => {}
    }
}

fn in_path<'a>(path: &'a Path, see: &mut dyn FnMut(Part<'a>)) {
    for segment in &path.segments {
        if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
            in_arguments(arguments, see);
        }
    }
}

fn in_arguments<'a>(arguments: &'a AngleBracketedGenericArguments, see: &mut dyn FnMut(Part<'a>)) {
    for argument in &arguments.args {
        match argument {
            GenericArgument::Lifetime(lifetime) => see(Part::Lifetime(lifetime)),
            GenericArgument::Type(ty) => each_part(ty, see),
            GenericArgument::AssocType(assoc) => each_part(&assoc.ty, see),
            GenericArgument::Constraint(constraint) => in_bounds(&constraint.bounds, see),
            _ => {}
        }
    }
}

fn in_bounds<'a>(bounds: &'a Punctuated<TypeParamBound, Token![+]>, see: &mut dyn FnMut(Part<'a>)) {
    for bound in bounds {
        match bound {
            TypeParamBound::Trait(bound) => in_path(&bound.path, see),
            TypeParamBound::Lifetime(lifetime) => see(Part::Lifetime(lifetime)),
            _ => {}
        }
    }
}

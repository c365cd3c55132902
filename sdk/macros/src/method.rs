//! One method of a contract: what it may look like, its export, its entry in the interface.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, Ident, ImplItemFn, Lit, MetaNameValue, Pat, Receiver,
    ReceiverKind, Result, ReturnType, Safety, Signature, TraitItemFn, Type, Visibility, ext::IdentExt,
    spanned::Spanned,
};

use crate::{attribute, field};

/// The attributes that a method may have from us.
const MARKS: [&str; 5] = ["init", "migrate", "payable", "private", "reentrant"];
/// Arguments of one method; as many as a tuple of the SDK has.
const MAX_ARGS: usize = 8;
/// Bytes of a method's name, as in `lockstep_abi::limits`.
const MAX_NAME_BYTES: usize = 64;
/// Names that the compiler's own functions and the linker's exports have.
const RESERVED: [&str; 8] = ["bcmp", "main", "memcmp", "memcpy", "memmove", "memory", "memset", "strlen"];

/// What a method is that can be called from outside.
pub(crate) struct Method {
    pub(crate) is_init: bool,
    pub(crate) ident: Ident,
    pub(crate) payable: bool,
    pub(crate) reentrant: bool,
    pub(crate) args: Vec<(Ident, Type)>,
    pub(crate) result: Type,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) migration: Option<Migration>,
    private: bool,
    kind: Kind,
    docs: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Init,
    Call,
    View,
    Upgrade,
}

/// What `#[migrate]` does.
pub(crate) struct Migration {
    /// The version of the storage that it begins with; it ends with the next one.
    pub(crate) from: u32,
    /// The storage of that version.
    old: Type,
}

/// Which of our attributes a method has.
struct Marks {
    init: bool,
    payable: bool,
    private: bool,
    reentrant: bool,
    /// `from` of `#[migrate]`.
    migrate: Option<u32>,
}

impl Marks {
    /// Takes them out.
    fn take(attributes: &mut Vec<Attribute>) -> Result<Self> {
        Ok(Self {
            init: attribute::take_mark(attributes, "init")?,
            payable: attribute::take_mark(attributes, "payable")?,
            private: attribute::take_mark(attributes, "private")?,
            reentrant: attribute::take_mark(attributes, "reentrant")?,
            migrate: take_version(attributes)?,
        })
    }

    /// Refuses marks that exclude each other, and those that say nothing beside another.
    fn check(&self, sig: &Signature) -> Result<()> {
        let Self { init, payable, private, reentrant, migrate } = *self;
        let message = match () {
            () if migrate.is_some() && (init || payable || private || reentrant) => {
                "`#[migrate]` stands alone: an upgrade by the admin runs it, and nothing else"
            }
            () if init && private => "`#[init]` runs once, at creation: it is nobody's to call",
            () if init && reentrant => "`#[init]` runs once, so it is never called again from inside",
            () if private && reentrant => {
                "`#[private]` is reentrant by itself: a contract that calls itself is on the stack"
            }
            () => return Ok(()),
        };
        Err(Error::new_spanned(sig, message))
    }

    /// Refuses what a method of an interface cannot be.
    fn check_of_interface(&self, sig: &Signature) -> Result<()> {
        let message = match () {
            () if self.init => {
                "an interface has no `#[init]`: how it is created is each contract's own affair"
            }
            () if self.private => "an interface is for others to call: `#[private]` refuses them",
            () if self.migrate.is_some() => {
                "an interface has no `#[migrate]`: versions are each contract's own"
            }
            () => return Ok(()),
        };
        Err(Error::new_spanned(sig, message))
    }
}

/// Takes `#[migrate(from = 1)]` out.
fn take_version(attributes: &mut Vec<Attribute>) -> Result<Option<u32>> {
    let mut found = None;
    for attribute in attribute::take(attributes, "migrate") {
        let form = || {
            Error::new_spanned(
                &attribute,
                "say which version of the storage it begins with: `#[migrate(from = 1)]`",
            )
        };
        let list = attribute.meta.require_list().map_err(|_| form())?;
        let pair: MetaNameValue = list.parse_args().map_err(|_| form())?;
        let Expr::Lit(ExprLit { lit: Lit::Int(version), .. }) = &pair.value else { return Err(form()) };
        if !pair.path.is_ident("from") {
            return Err(form());
        }
        // The next one has a number too.
        let version = version.base10_parse::<u32>()?;
        if version == 0 || version == u32::MAX {
            return Err(Error::new_spanned(&pair.value, "versions are numbered from 1, in 32 bits"));
        }
        if found.replace(version).is_some() {
            return Err(Error::new_spanned(attribute, "`#[migrate]` is here twice"));
        }
    }
    Ok(found)
}

impl Method {
    /// Takes our attributes out of a method of the contract's own, and what it is if it can be called from outside.
    ///
    /// # Errors
    /// Where it is something that cannot be called.
    pub(crate) fn take(item: &mut ImplItemFn) -> Result<Option<Self>> {
        let marks = Marks::take(&mut item.attrs)?;
        if marks.init {
            // The usual name is `new`, but the contract exists already.
            item.attrs.push(syn::parse_quote!(
                #[allow(clippy::new_ret_no_self, reason = "it fills the contract that exists")]
            ));
        }
        if !matches!(item.vis, Visibility::Public(_)) {
            if marks.init || marks.payable || marks.private || marks.reentrant {
                return Err(Error::new_spanned(&item.sig, "only a `pub` method can be called from outside"));
            }
            // An upgrade runs it; Rust calls it as little as others do.
            if marks.migrate.is_none() {
                return Ok(None);
            }
        }
        Self::new(&item.attrs, &item.sig, &marks).map(Some)
    }

    /// The same of a method of a trait that the contract implements. All of these can be called from outside.
    ///
    /// # Errors
    /// Where it is something that cannot be called.
    pub(crate) fn take_implemented(item: &mut ImplItemFn) -> Result<Self> {
        let marks = Marks::take(&mut item.attrs)?;
        marks.check_of_interface(&item.sig)?;
        // The names in the schema are the trait's; here an argument may be any pattern, `_` for example.
        let mut sig = item.sig.clone();
        for input in &mut sig.inputs {
            if let FnArg::Typed(argument) = input {
                *argument.pat = syn::parse_quote!(argument);
            }
        }
        Self::new(&item.attrs, &sig, &marks)
    }

    /// The same of a method that an interface declares.
    ///
    /// # Errors
    /// Where it is something that cannot be called.
    pub(crate) fn take_declared(item: &mut TraitItemFn) -> Result<Self> {
        let marks = Marks::take(&mut item.attrs)?;
        marks.check_of_interface(&item.sig)?;
        if marks.reentrant {
            return Err(Error::new_spanned(
                &item.sig,
                "whether a method is `#[reentrant]` is for each contract to say that implements it",
            ));
        }
        if let Some(body) = &item.default {
            return Err(Error::new_spanned(
                body,
                "a method of an interface has no body: each contract that implements it has one",
            ));
        }
        Self::new(&item.attrs, &item.sig, &marks)
    }

    fn new(attributes: &[Attribute], sig: &Signature, marks: &Marks) -> Result<Self> {
        let Marks { init, payable, private, reentrant, migrate } = *marks;
        attribute::refuse_strangers(attributes, &MARKS)?;
        marks.check(sig)?;
        check_signature(sig)?;
        check_name(&sig.ident)?;

        let receiver = receiver(sig)?;
        let writes = matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_)));
        let kind = match (init, migrate, writes) {
            (true, _, true) => Kind::Init,
            (_, Some(_), true) => Kind::Upgrade,
            (true, _, false) | (_, Some(_), false) => {
                let name = if init { "init" } else { "migrate" };
                return Err(Error::new_spanned(
                    receiver,
                    format!("`#[{name}]` fills the storage: it takes `&mut self`"),
                ));
            }
            (false, None, true) => Kind::Call,
            (false, None, false) => Kind::View,
        };
        if payable && kind == Kind::View {
            return Err(Error::new_spanned(
                receiver,
                "a view cannot accept value: take `&mut self`, or drop `#[payable]`",
            ));
        }
        let mut args = arguments(sig)?;
        let migration = match migrate {
            None => None,
            Some(from) if !args.is_empty() => Some(Migration { from, old: args.remove(0).1 }),
            Some(_) => {
                return Err(Error::new_spanned(
                    sig,
                    "`#[migrate]` is given the storage as it was: `old: TokenV1`, a struct with `#[storage]`",
                ));
            }
        };
        Ok(Self {
            is_init: init,
            ident: sig.ident.clone(),
            payable,
            reentrant: reentrant || private,
            args,
            result: result(&sig.output)?,
            cfgs: attribute::cfgs(attributes).into_iter().cloned().collect(),
            migration,
            private,
            kind,
            docs: attribute::docs(attributes),
        })
    }

    /// The place for errors about the whole method.
    pub(crate) fn span(&self) -> Span {
        self.ident.span()
    }

    /// Its entry in the interface.
    pub(crate) fn described(&self) -> TokenStream {
        let Self { docs, payable, reentrant, private, result, cfgs, .. } = self;
        let name = self.name();
        let kind = match self.kind {
            Kind::Init => quote!(Init),
            Kind::Call => quote!(Call),
            Kind::View => quote!(View),
            Kind::Upgrade => quote!(Upgrade),
        };
        let args = self.args.iter().map(|(name, ty)| {
            let (name, ty) = (name.unraw().to_string(), field::description(ty));
            quote!(::lockstep_sdk::schema::Field { name: #name, ty: #ty })
        });
        let result = quote_spanned!(result.span()=> <#result as ::lockstep_sdk::method::Outcome>::RESULT);
        quote! {
            #(#cfgs)*
            ::lockstep_sdk::schema::Method {
                name: #name,
                docs: #docs,
                kind: ::lockstep_sdk::schema::MethodKind::#kind,
                payable: #payable,
                reentrant: #reentrant,
                private: #private,
                args: &[#(#args),*],
                result: #result,
            }
        }
    }

    /// The errors that it can end with: a `&[ErrorDef]`.
    pub(crate) fn errors(&self) -> TokenStream {
        let Self { result, cfgs, .. } = self;
        quote_spanned!(result.span()=> #(#cfgs)* <#result as ::lockstep_sdk::method::Outcome>::ERRORS)
    }

    /// The function that the VM calls, for a method that is found at `of`; `before` runs before the method. An `Export`.
    pub(crate) fn export(&self, of: &TokenStream, contract: &Type, before: &TokenStream) -> TokenStream {
        let Self { ident, result, cfgs, migration, .. } = self;
        let (begin, old) = migration.as_ref().map(|migration| migration.parts(result)).unzip();
        let name = self.name();
        let types = self.args.iter().map(|(_, ty)| ty);
        let bindings: Vec<_> =
            (0..self.args.len()).map(|at| format_ident!("argument{at}", span = Span::mixed_site())).collect();
        let finish = quote_spanned!(result.span()=> <#result as ::lockstep_sdk::method::Outcome>::finish);
        quote! {
            #(#cfgs)*
            {
                #[cfg_attr(target_family = "wasm", unsafe(export_name = #name))]
                extern "C-unwind" fn export() {
                    let (#(#bindings,)*) = ::lockstep_sdk::method::arguments::<(#(#types,)*)>();
                    #begin
                    #before
                    let mut contract = <#contract as ::lockstep_sdk::storage::Storage>::open();
                    #finish(#of::#ident(&mut contract, #old #(#bindings),*));
                }
                ::lockstep_sdk::method::Export { name: #name, run: export }
            }
        }
    }

    /// Its name outside of Rust.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

impl Migration {
    /// What is before the method, and what it is given first.
    fn parts(&self, result: &Type) -> (TokenStream, TokenStream) {
        let Self { from, old } = self;
        let begin = quote_spanned! {result.span()=>
            const { ::lockstep_sdk::method::check_migration::<#result>() };
            if !::lockstep_sdk::method::migrates_from(#from) {
                return;
            }
        };
        let old = quote_spanned!(old.span()=> <#old as ::lockstep_sdk::storage::Storage>::open(),);
        (begin, old)
    }
}

/// Refuses what has no form outside Rust.
fn check_signature(sig: &Signature) -> Result<()> {
    field::no_generics(&sig.generics, "a method cannot be generic: callers outside know one signature")?;
    if let Some(token) = &sig.asyncness {
        return Err(Error::new_spanned(token, "a method cannot be async: a call runs to its end"));
    }
    if let Safety::Unsafe(token) = &sig.safety {
        return Err(Error::new_spanned(
            token,
            "a method cannot be unsafe: anybody calls it, with any arguments",
        ));
    }
    if let Some(abi) = &sig.abi {
        return Err(Error::new_spanned(
            abi,
            "a method is a plain Rust function; the export is written for it",
        ));
    }
    if sig.inputs.len() > MAX_ARGS + 1 {
        let message = format!("at most {MAX_ARGS} arguments; put some into a struct with `#[derive(Data)]`");
        return Err(Error::new_spanned(&sig.inputs, message));
    }
    Ok(())
}

fn check_name(ident: &Ident) -> Result<()> {
    let name = ident.unraw().to_string();
    if name.starts_with('_') || RESERVED.contains(&name.as_str()) {
        let message =
            format!("`{name}` is reserved: the compiler has an export of this name; choose another");
        return Err(Error::new_spanned(ident, message));
    }
    if !name.is_ascii() || name.len() > MAX_NAME_BYTES {
        let message =
            format!("a method's name has at most {MAX_NAME_BYTES} letters, digits and underscores of ASCII");
        return Err(Error::new_spanned(ident, message));
    }
    Ok(())
}

fn receiver(sig: &Signature) -> Result<&Receiver> {
    let Some(receiver) = sig.receiver() else {
        return Err(Error::new_spanned(
            sig,
            "a `pub` method takes `&self` to read or `&mut self` to change; a helper is not `pub`",
        ));
    };
    match receiver.kind {
        ReceiverKind::Reference(_, None, _) => Ok(receiver),
        _ => Err(Error::new_spanned(
            receiver,
            "a method borrows the contract: `&self` to read, `&mut self` to change",
        )),
    }
}

fn arguments(sig: &Signature) -> Result<Vec<(Ident, Type)>> {
    let mut arguments = Vec::new();
    for input in &sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        let name = match &*argument.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => pat.ident.clone(),
            pat => {
                return Err(Error::new_spanned(pat, "an argument has a plain name: it is in the interface"));
            }
        };
        check_owned(&argument.ty, "an argument")?;
        arguments.push((name, (*argument.ty).clone()));
    }
    Ok(arguments)
}

fn result(output: &ReturnType) -> Result<Type> {
    match output {
        ReturnType::Default => Ok(syn::parse_quote!(())),
        ReturnType::Type(_, ty) => {
            check_owned(ty, "a result")?;
            Ok((**ty).clone())
        }
    }
}

/// Refuses types that cannot cross the border.
fn check_owned(ty: &Type, what: &str) -> Result<()> {
    let message = match ty {
        Type::Reference(_) => format!("{what} is owned: `String` for `&str`, `Vec<T>` for `&[T]`"),
        Type::ImplTrait(_) => format!("{what} has one type: callers outside know one signature"),
        Type::Path(path) if path.path.is_ident("Self") => {
            format!("{what} is data; `Self` is the contract, which stays where it is")
        }
        _ => return Ok(()),
    };
    Err(Error::new_spanned(ty, message))
}

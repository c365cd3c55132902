//! What a contract may ask of the chain: the host table and what its rows mean.

pub mod native;
mod request;
#[macro_use]
mod table;

pub use request::{CallRequest, CreateRequest, status};

/// The name of the module that contracts import host functions from.
pub const IMPORT_MODULE: &str = "lockstep";

/// A Wasm type that host functions use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// 32 bits.
    I32,
    /// 64 bits.
    I64,
}

/// Whether a function may be used by a read-only method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes the state or the receipt; a `view` that uses it halts.
    Write,
}

/// What a host function costs, in gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// For the call itself.
    pub fixed: u64,
    /// For each byte that it reads from or writes to the contract's memory.
    pub per_byte: u64,
}

/// The Wasm type of a row's parameter or result.
trait Typed {
    const TYPE: ValueType;
}

impl Typed for u32 {
    const TYPE: ValueType = ValueType::I32;
}
impl Typed for u64 {
    const TYPE: ValueType = ValueType::I64;
}
impl Typed for i64 {
    const TYPE: ValueType = ValueType::I64;
}

macro_rules! access {
    (read) => {
        Access::Read
    };
    (write) => {
        Access::Write
    };
}

macro_rules! define {
    ($($(#[doc = $doc:literal])+ [$access:ident, $fixed:literal, $per_byte:literal]
        fn $name:ident($($param:ident: $type:ty),*) $(-> $result:ty)?;)+) => {
        /// A row of the host table.
        #[expect(non_camel_case_types, reason = "named as contracts import them")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum HostFunction {
            $($(#[doc = $doc])+ $name,)+
        }

        impl HostFunction {
            /// Every row, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name that contracts import.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// The types of its parameters.
            #[must_use]
            pub const fn params(self) -> &'static [ValueType] {
                match self { $(Self::$name => &[$(<$type as Typed>::TYPE),*],)+ }
            }

            /// The type of its result, if it has one.
            #[must_use]
            pub const fn result(self) -> Option<ValueType> {
                match self { $(Self::$name => {
                    let result: &[ValueType] = &[$(<$result as Typed>::TYPE)?];
                    match result { [one] => Some(*one), _ => None }
                })+ }
            }

            /// The names and types of its parameters as the table declares them.
            #[must_use]
            pub const fn declared_params(self) -> &'static [(&'static str, &'static str)] {
                match self { $(Self::$name => &[$((stringify!($param), stringify!($type))),*],)+ }
            }

            /// The type of its result as the table declares it, if it has one.
            #[must_use]
            pub const fn declared_result(self) -> Option<&'static str> {
                match self { $(Self::$name => {
                    let result: &[&'static str] = &[$(stringify!($result))?];
                    match result { [one] => Some(*one), _ => None }
                })+ }
            }

            /// What it does, one line of the table after the other; each starts with a space.
            #[must_use]
            pub const fn docs(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($doc),+],)+ }
            }

            /// Whether a read-only method may use it.
            #[must_use]
            pub const fn access(self) -> Access {
                match self { $(Self::$name => access!($access),)+ }
            }

            /// What it costs.
            #[must_use]
            pub const fn price(self) -> Price {
                match self { $(Self::$name => Price { fixed: $fixed, per_byte: $per_byte },)+ }
            }
        }
    };
}

for_each_host_function!(define);

impl HostFunction {
    /// The row with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }
}

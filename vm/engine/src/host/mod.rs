//! Answers a contract's host functions.
//!
//! Each row of the host table is a function of that name in one of the files here, and the macro below binds
//! them all; a row without a function does not compile. `access.rs` holds the only way to a contract's
//! memory, and it charges first.

mod access;
mod context;
mod contract;
mod crypto;
mod data;
mod event;
mod storage;

use std::{ptr::NonNull, sync::Arc};

use lockstep_abi::{
    Address, Amount, ChainId, Halt, Height,
    host::{Access, HostFunction, native::Word},
};
use wasmer::{AsStoreMut, Function, FunctionEnv, FunctionEnvMut};

use crate::{World, meter::Meters, outcome::Stop, place::MemoryPlace};

use access::HostCall;

/// What all contracts of a block see alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockContext {
    /// The chain.
    pub chain_id: ChainId,
    /// The block's height.
    pub height: Height,
    /// The block's time in milliseconds since 1970.
    pub time_ms: u64,
}

/// What one contract sees of the call that it answers.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// The block.
    pub block: Arc<BlockContext>,
    /// Who signed the transaction.
    pub origin: Address,
    /// Who calls: an account or a contract.
    pub caller: Address,
    /// The contract itself.
    pub own_address: Address,
    /// What came with the call.
    pub value: Amount,
    /// Whether the call may change anything.
    pub access: Access,
}

/// What host functions work on: one for each instance, and for each call of native code.
#[derive(Default)]
pub(crate) struct Env {
    /// The call under way; absent while nothing runs.
    call: Option<Running>,
    /// Absent until the instance exists, and while native code asks for nothing: so for no host function.
    pub(crate) handles: Option<Handles>,
}

/// The call under way.
pub(crate) struct Running {
    world: Lent,
    context: CallContext,
    input: Vec<u8>,
    /// What the method returns so far.
    result: Vec<u8>,
    /// The last result of unknown length, for `buffer_read`.
    buffer: Vec<u8>,
}

/// Parts of the instance that host functions reach into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handles {
    pub(crate) memory: Option<MemoryPlace>,
    pub(crate) meters: Meters,
}

/// A world that is borrowed for one call. A store holds only what lives for ever, hence the pointer.
struct Lent(NonNull<dyn World>);

// SAFETY: it is in an `Env` only while a call runs, on one thread: `Env::end` takes it out before that returns.
#[expect(unsafe_code, reason = "a store wants `Send`, and changes threads while nothing is called")]
unsafe impl Send for Lent {}

impl Running {
    /// A call on a world that must outlive it.
    ///
    /// # Safety
    /// `world` is valid, and nothing else uses it, until this is dropped.
    #[expect(unsafe_code, reason = "stores the borrowed world as a pointer")]
    pub(crate) unsafe fn new(world: NonNull<dyn World>, context: CallContext, input: Vec<u8>) -> Self {
        Self { world: Lent(world), context, input, result: Vec::new(), buffer: Vec::new() }
    }

    fn world(&mut self) -> &mut dyn World {
        // SAFETY: valid and unshared, as `new` demands; `&mut self` keeps it so for the result.
        #[expect(unsafe_code, reason = "the world is borrowed, see `Lent`")]
        unsafe {
            self.world.0.as_mut()
        }
    }
}

impl Env {
    pub(crate) fn begin(&mut self, call: Running) {
        self.call = Some(call);
    }

    /// Forgets the call, the world above all; gives what it returned.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        self.call.take().map(|call| call.result).unwrap_or_default()
    }
}

/// The file of each row is found by its name.
mod rows {
    pub(super) use super::{context::*, contract::*, crypto::*, data::*, event::*, storage::*};
}

macro_rules! define_bindings {
    ($($(#[doc = $doc:literal])+ [$access:ident, $fixed:literal, $per_byte:literal]
        fn $name:ident($($param:ident: $type:ty),*) $(-> $result:ty)?;)+) => {
        /// The host function of a row, ready to be imported.
        pub(crate) fn bind(
            row: HostFunction,
            store: &mut impl AsStoreMut,
            env: &FunctionEnv<Env>,
        ) -> Function {
            match row {
                $(HostFunction::$name => Function::new_typed_with_env(
                    store,
                    env,
                    |mut env: FunctionEnvMut<'_, Env>, $($param: $type),*| -> Result<define_bindings!(@result $($result)?), Stop> {
                        let mut call = HostCall::enter(env.data_mut(), HostFunction::$name)?;
                        rows::$name(&mut call, $($param),*)
                    },
                ),)+
            }
        }

        /// Answers a row for native code, which gives its arguments as words.
        pub(crate) fn answer(env: &mut Env, row: HostFunction, arguments: &[u64]) -> Result<u64, Stop> {
            let mut words = arguments.iter().copied();
            match row {
                $(HostFunction::$name => {
                    let mut call = HostCall::enter(env, HostFunction::$name)?;
                    $(let $param = <$type>::from_word(words.next().ok_or(Halt::HostArgument)?);)*
                    rows::$name(&mut call, $($param),*).map(Word::into_word)
                })+
            }
        }
    };
    (@result $result:ty) => { $result };
    (@result) => { () };
}

lockstep_abi::for_each_host_function!(define_bindings);

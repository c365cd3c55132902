//! That whatever is written, wherever and by whom, is gone after the call, with a window that fits what came before.

use std::sync::Arc;

use lockstep_abi::{
    Address, Amount, ChainId, Gas, Height, MethodName,
    host::{Access, CallRequest, CreateRequest},
    limits::run::MAX_STACK_UNITS,
    receipt::{EventData, Topics},
};

use crate::{
    Answer, BlockContext, Budget, Call, CallContext, CompiledModule, Direction, Engine, Fault, Visit, World,
    instance::Idle, prepare,
};

const PAGES: u32 = 17;
const BYTES: u32 = PAGES << 16;
/// Where the module's data is; its stack would be below, its heap above.
const DATA: u32 = 512 << 10;

/// A way of writing 8 bytes to an address that is not zero afterwards: by compiled code, by what the engine does for
/// it, by the host.
const WRITES: [&str; 4] = [
    "(i64.store (i32.const AT) (i64.const -1))",
    "(memory.fill (i32.const AT) (i32.const 255) (i32.const 8))",
    "(memory.copy (i32.const AT) (i32.const DATA) (i32.const 8))",
    "(drop (call $input (i32.const AT) (i32.const 8)))",
];

/// Addresses all over the memory, in an order that goes up, down and across: at the edges of the system's pages, and
/// over them.
fn addresses() -> Vec<u32> {
    let scattered = (1..40_u32).map(|n| n.wrapping_mul(2_654_435_761) % (BYTES - 8));
    let edges = [0, BYTES - 8, DATA - 4, DATA - 4096 - 3, DATA + 4096 - 1, (16 << 16) - 5];
    [DATA - 64, DATA + 64].into_iter().chain(edges).chain(scattered).collect()
}

/// A module with a method for each address; `write` says how.
fn module(addresses: &[u32], write: &str) -> Arc<CompiledModule> {
    let methods = addresses.iter().map(|at| {
        let write = write.replace("DATA", &DATA.to_string()).replace("AT", &at.to_string());
        format!(r#"(func (export "at_{at}") {write})"#)
    });
    let text = format!(
        r#"(module (import "lockstep" "input_read" (func $input (param i32 i32) (result i32)))
            (memory (export "memory") {PAGES}) (data (i32.const {DATA}) "contract")
            {})"#,
        methods.collect::<String>()
    );
    Engine::default().compile(&prepare(wat::parse_str(text).unwrap()).unwrap()).unwrap()
}

fn run(instance: &mut Idle, at: u32) {
    let method: MethodName = format!("at_{at}").parse().unwrap();
    let chain_id: ChainId = "test".parse().unwrap();
    let nobody = Address([0; 32]);
    let context = CallContext {
        block: Arc::new(BlockContext { chain_id, height: Height(1), time_ms: 0 }),
        origin: nobody,
        caller: nobody,
        own_address: nobody,
        value: Amount::ZERO,
        access: Access::Write,
    };
    let gas = 1 << 40;
    let budget = Budget { gas: Gas(gas), stack_units: MAX_STACK_UNITS };
    let call = Call { method: &method, input: vec![255; 8], context, budget };
    instance.run(call, gas, &mut Nowhere).unwrap().result.unwrap();
}

#[test]
fn whatever_is_written_is_gone_after_the_reset() {
    let addresses = addresses();
    for write in WRITES {
        let mut instance = Idle::new(&module(&addresses, write)).unwrap();
        let begin = instance.memory().to_vec();
        for at in &addresses {
            run(&mut instance, *at);
            let written = &instance.memory()[*at as usize..][..8];
            assert!(written.iter().all(|byte| *byte != 0), "{write} at {at} wrote {written:?}");
            instance.reset().unwrap();
            assert!(instance.memory() == begin, "something is left of {write} at {at}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_window_is_where_a_contract_writes() {
    let mut instance = Idle::new(&module(&[DATA - 64, DATA + 64], WRITES[0])).unwrap();
    assert_eq!(instance.window(), None, "before the first call is over, nothing is known");
    for at in [DATA - 64, DATA + 64, DATA - 64] {
        run(&mut instance, at);
        instance.reset().unwrap();
    }
    let (page, data) = (rustix::param::page_size(), DATA as usize);
    assert_eq!(instance.window(), Some(data - page..data + page));
}

/// A signal takes microseconds: a contract must not be able to have one for each page.
#[test]
#[cfg(target_os = "linux")]
fn the_window_is_widened_a_few_times_however_a_contract_writes() {
    let pages: Vec<_> = (DATA..BYTES).step_by(4096).chain((0..DATA).step_by(4096).rev()).collect();
    let mut instance = Idle::new(&module(&pages, WRITES[0])).unwrap();
    let mut windows = Vec::new();
    for at in pages {
        run(&mut instance, at);
        instance.reset().unwrap();
        windows.push(instance.window().unwrap());
    }
    windows.dedup();
    assert!(windows.len() < 20, "{windows:?}");
    assert_eq!(windows.last(), Some(&(0..BYTES as usize)));
}

/// A world that nobody asks.
struct Nowhere;

impl World for Nowhere {
    fn storage_get(&mut self, _: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        unreachable!()
    }
    fn storage_len(&mut self, _: &[u8]) -> Result<Option<usize>, Fault> {
        unreachable!()
    }
    fn storage_set(&mut self, _: &[u8], _: Vec<u8>) -> Result<(), Fault> {
        unreachable!()
    }
    fn storage_remove(&mut self, _: &[u8]) -> Result<(), Fault> {
        unreachable!()
    }
    fn storage_range(
        &mut self,
        _: &[u8],
        _: Option<&[u8]>,
        _: Direction,
        _: &mut Visit<'_>,
    ) -> Result<(), Fault> {
        unreachable!()
    }
    fn balance(&mut self, _: &Address) -> Result<Amount, Fault> {
        unreachable!()
    }
    fn transfer(&mut self, _: &Address, _: Amount) -> Result<bool, Fault> {
        unreachable!()
    }
    fn emit(&mut self, _: Topics, _: EventData) -> Result<bool, Fault> {
        unreachable!()
    }
    fn call(&mut self, _: CallRequest, _: Budget) -> Result<Answer, Fault> {
        unreachable!()
    }
    fn create(&mut self, _: CreateRequest, _: Budget) -> Result<Answer, Fault> {
        unreachable!()
    }
    fn log(&mut self, _: &[u8]) {}
}

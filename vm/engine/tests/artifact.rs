//! Compiled code on disk is used when it is sound and never otherwise, on every back end that is built in.

mod support;

use std::{cell::Cell, fs, path::PathBuf};

use lockstep_abi::{Hash, limits::run::FRAME_STACK_UNITS, price::SCHEDULE_VERSION};
use lockstep_engine::{Backend, Engine, EngineConfig, Prepared, prepare};
use support::{BACKENDS, Runner};

const CONTRACT: &str = r#"(module
    (import "lockstep" "return_data" (func $return (param i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "hello") (global (mut i32) (i32.const 4))
    (func (export "f") (local i32)
        (loop local.get 0 i32.const 1 i32.add local.tee 0 i32.const 9 i32.lt_u br_if 0)
        (call $return (i32.const 0) (i32.const 5))))"#;

/// A folder of artifacts, and engines that start on it one after the other.
struct Folder(tempfile::TempDir, Backend);

impl Folder {
    fn new() -> Self {
        Self::of(Backend::default())
    }

    fn of(backend: Backend) -> Self {
        Self(tempfile::tempdir().unwrap(), backend)
    }

    fn engine(&self) -> Engine {
        let artifacts = Some(self.0.path().into());
        let config = EngineConfig { backend: self.1, artifacts, ..EngineConfig::default() };
        Engine::new(&config).unwrap()
    }

    /// Whether an engine that starts now has to compile `module`.
    fn compiles(&self, module: &Prepared) -> bool {
        let asked = Cell::new(false);
        let read = || {
            asked.set(true);
            Ok(module.wasm().to_vec())
        };
        self.engine().load(module.code(), read).unwrap();
        asked.get()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "code")).collect()
    }
}

fn module(text: &str) -> Prepared {
    prepare(wat::parse_str(text).unwrap()).unwrap()
}

#[test]
fn a_module_from_disk_answers_and_costs_as_one_that_was_compiled() {
    for backend in BACKENDS {
        let folder = Folder::of(*backend);
        let contract = module(CONTRACT);
        assert!(folder.compiles(&contract));
        assert!(!folder.compiles(&contract));
        let from_disk = folder.engine().load(contract.code(), || panic!("it is on disk")).unwrap();
        let mut runner = Runner::new(CONTRACT);
        let compiled = runner.call("f");
        assert_eq!(compiled.result, Ok(b"hello".to_vec()));
        assert_eq!(runner.call_in(&from_disk, "f"), compiled);
        assert_eq!(from_disk.enter_price(), runner.enter_price());
    }
}

#[test]
fn a_back_end_does_not_take_the_code_of_another() {
    let mut folder = Folder::new();
    let contract = module(CONTRACT);
    for (index, backend) in BACKENDS.iter().enumerate() {
        folder.1 = *backend;
        assert!(folder.compiles(&contract), "{backend:?} took another's code");
        assert!(!folder.compiles(&contract));
        assert_eq!(folder.files().len(), index + 1);
    }
}

#[test]
fn a_damaged_file_is_compiled_again_and_replaced() {
    let contract = module(CONTRACT);
    let damages: [fn(&mut Vec<u8>); 7] = [
        |bytes| bytes.clear(),
        |bytes| bytes.truncate(31),
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.push(0),
        |bytes| bytes[0] ^= 1,
        |bytes| bytes[40] ^= 1,
        |bytes| *bytes.last_mut().unwrap() ^= 1,
    ];
    for (index, damage) in damages.iter().enumerate() {
        let folder = Folder::new();
        folder.compiles(&contract);
        let file = &folder.files()[0];
        let mut bytes = fs::read(file).unwrap();
        damage(&mut bytes);
        fs::write(file, bytes).unwrap();
        assert!(folder.compiles(&contract), "damage {index} was trusted");
        assert!(!folder.compiles(&contract), "damage {index} was not replaced");
    }
}

#[test]
fn the_file_of_another_module_is_not_taken_for_this_one() {
    let folder = Folder::new();
    let (one, other) = (module(CONTRACT), module(r#"(module (func (export "f")))"#));
    folder.compiles(&one);
    let ones = folder.files()[0].clone();
    folder.compiles(&other);
    let others = folder.files().into_iter().find(|file| *file != ones).unwrap();
    fs::copy(&others, &ones).unwrap();
    assert!(folder.compiles(&one));
}

#[test]
fn files_that_were_authenticated_with_another_secret_are_not_trusted() {
    let folder = Folder::new();
    let contract = module(CONTRACT);
    folder.compiles(&contract);
    fs::write(folder.0.path().join("secret"), [7; 32]).unwrap();
    assert!(folder.compiles(&contract));
    fs::write(folder.0.path().join("secret"), b"torn").unwrap();
    assert!(folder.compiles(&contract));
    assert!(!folder.compiles(&contract));
}

#[test]
fn the_folder_stays_within_its_bound() {
    let folder = Folder::new();
    folder.compiles(&module(CONTRACT));
    let size = fs::metadata(&folder.files()[0]).unwrap().len();
    let config = EngineConfig {
        artifacts: Some(folder.0.path().into()),
        artifact_bytes: 3 * size,
        ..EngineConfig::default()
    };
    let engine = Engine::new(&config).unwrap();
    for n in 0..10 {
        engine.compile(&module(&CONTRACT.replace("hello", &format!("hell{n}")))).unwrap();
        let total: u64 = folder.files().iter().map(|file| fs::metadata(file).unwrap().len()).sum();
        assert!(total <= 3 * size, "{total} of {}", 3 * size);
    }
    assert!(folder.files().len() >= 2);
}

#[test]
fn a_folder_that_cannot_be_used_is_said_at_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = EngineConfig { artifacts: Some(file.path().into()), ..EngineConfig::default() };
    assert!(Engine::new(&config).is_err());
}

/// The parts once more, on purpose: compiled code that outlives a change of a price, of the meter, of Wasmer or of the
/// processor forks the chain. Two of the versions are the engine's own secret; they are found by trying.
#[test]
fn a_files_key_holds_all_that_its_code_and_gas_depend_on() {
    let folder = Folder::new();
    let contract = module(CONTRACT);
    folder.compiles(&contract);
    let name = folder.files()[0].file_stem().unwrap().to_str().unwrap().to_owned();
    let target = wasmer::sys::Target::default();
    let key = |format: u32, meter: u32| {
        let mut hasher = blake3::Hasher::new_derive_key("lockstep 2026 artifact key");
        for part in [
            contract.code().0.as_slice(),
            b"singlepass",
            wasmer_types::VERSION.as_bytes(),
            target.triple().to_string().as_bytes(),
            &target.cpu_features().as_u64().to_le_bytes(),
            &format.to_le_bytes(),
            &SCHEDULE_VERSION.to_le_bytes(),
            &meter.to_le_bytes(),
            &FRAME_STACK_UNITS.to_le_bytes(),
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Hash(*hasher.finalize().as_bytes()).to_string()
    };
    let versions = |most: u32| (1..most).flat_map(move |format| (1..most).map(move |meter| (format, meter)));
    assert!(versions(100).any(|(format, meter)| key(format, meter) == name), "{name}");
}

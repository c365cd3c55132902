//! Looks at code before it is deployed: would it be accepted, and what would a contract lose by it?
//!
//! What is compared, and what counts as a loss, is `lockstep_abi::schema::upgrade`'s to say.

use std::{fmt::Write, path::Path};

use anyhow::Context as _;
use lockstep_abi::{
    Address, Hash,
    hash::Context,
    schema::{
        Description,
        build::BuildInfo,
        layout::Layout,
        upgrade::{InterfaceChange, StorageChange, Upgrade},
    },
};
use lockstep_node::client::ClientError;
use lockstep_runtime::{CompileError, Engine, Prepared, Usage};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Session, Shown,
    args::{AllowArgs, CheckArgs},
    failure::Failure,
    module::{read_module, read_wasm},
};

/// What `--allow` takes for all losses.
const ALL: &str = "*";

pub(crate) async fn run(args: CheckArgs, session: &Session) -> anyhow::Result<Shown> {
    let CheckArgs { file, old, allow } = args;
    let module = read_module(&file)?;
    let (mut json, mut text) = accepted(&file, &module)?;
    if let Some(old) = old {
        let old = match old.starts_with("ls1") {
            true => deployed(session.address(&old).await?, session).await?,
            false => read_wasm(Path::new(&old))?,
        };
        let comparison = Comparison::of(&old, module.wasm(), &allow)?;
        comparison.check()?;
        text.push_str(&comparison.text());
        json["changes"] = comparison.json();
    } else if !allow.allow.is_empty() {
        return Err(Failure::usage("--allow goes with --old: without it nothing is compared").into());
    }
    Shown::new(json, text)
}

/// The code that a contract runs.
pub(crate) async fn deployed(contract: Address, session: &Session) -> anyhow::Result<Vec<u8>> {
    stored(session.client.contract(contract, None).await?.code, session).await
}

/// The code with this hash.
pub(crate) async fn stored(code: Hash, session: &Session) -> anyhow::Result<Vec<u8>> {
    let answer = session.client.code(code).await?;
    let malformed = |what: String| ClientError::Answer { what: format!("code: {what}") };
    let wasm = hex::decode(answer.bytes).map_err(|error| malformed(error.to_string()))?;
    if Hash::of(Context::Code, &wasm) != code {
        return Err(malformed("it has another hash than was asked for".into()).into());
    }
    Ok(wasm)
}

/// Compiles a module as a node would, and says what it takes.
fn accepted(file: &Path, module: &Prepared) -> anyhow::Result<(Value, String)> {
    let compiled = Engine::default().compile(module).map_err(|error| match error {
        CompileError::NotCompilable(error) => {
            let text = format!("{} cannot be deployed: {error}", file.display());
            anyhow::Error::from(Failure::new("not_compilable", text, Value::Null))
        }
        CompileError::Fault(fault) => fault.into(),
    })?;
    let (code, enter_gas) = (module.code(), compiled.enter_price());
    let mut text = format!("{} can be deployed\n  code {code}\n", file.display());
    writeln!(text, "  {enter_gas} gas to enter it, beside what its bytes cost to load")?;
    let mut limits = Vec::new();
    for Usage { counted, used, limit } in module.usage() {
        writeln!(text, "  {used:>8} of {limit:>8} {counted}")?;
        limits.push(json!({ "counted": counted.to_string(), "used": used, "limit": limit }));
    }
    match module.schema() {
        None => writeln!(text, "it has no interface: each export is called with bytes")?,
        Some(schema) => {
            writeln!(text, "methods")?;
            for method in &schema.methods {
                writeln!(text, "  {:<8}{}", method.kind.to_string(), method.signature())?;
            }
        }
    }
    let description = Description::of(module.wasm()).context("what it says about itself cannot be read")?;
    if let Some(Layout { storage_version: version @ 2.., .. }) = &description.layout {
        writeln!(text, "its storage has version {version}")?;
    }
    if let Some(BuildInfo { package, toolchain, flags, lock, revision, changed, .. }) = &description.build {
        let changed = if *changed { ", with changes" } else { "" };
        writeln!(text, "built, by its own word, from {package}\n  compiler  {toolchain}, {flags}")?;
        writeln!(text, "  lock file {lock}\n  commit    {revision}{changed}")?;
    }
    let json = json!({
        "code": code, "code_bytes": module.wasm().len(), "enter_gas": enter_gas, "limits": limits,
        "schema": description.schema, "storage": description.layout, "build": description.build,
    });
    Ok((json, text))
}

/// What a contract's code becomes, and what of that is taken.
pub(crate) struct Comparison {
    upgrade: Upgrade,
    allowed: Vec<String>,
}

impl Comparison {
    /// Compares two modules.
    ///
    /// # Errors
    /// If one cannot be read, or if something is allowed that is no loss: most likely a typo.
    pub(crate) fn of(old: &[u8], new: &[u8], allow: &AllowArgs) -> anyhow::Result<Self> {
        let all = allow.allow.iter().any(|field| field == ALL);
        let old = match Description::of(old) {
            Err(_) if all => Description::default(),
            old => old.with_context(|| {
                format!("the old code cannot be compared; --allow '{ALL}' goes on all the same")
            })?,
        };
        let new = Description::of(new).context("what the new code says about itself cannot be read")?;
        let comparison = Self { upgrade: Upgrade::between(&old, &new), allowed: allow.allow.clone() };
        let unknown = |field: &&String| {
            **field != ALL && comparison.upgrade.losses().all(|change| change.field() != Some(field.as_str()))
        };
        match comparison.allowed.iter().find(unknown) {
            None => Ok(comparison),
            Some(field) => {
                let losses = comparison.text();
                Err(Failure::usage(&format!("--allow {field}: nothing of that field is lost{losses}")).into())
            }
        }
    }

    /// # Errors
    /// [`Failure`] with all changes, if data would be lost that nobody allowed.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let is_taken = |change: &StorageChange| {
            self.allowed.iter().any(|field| field == ALL || change.field() == Some(field))
        };
        if self.upgrade.losses().all(is_taken) {
            return Ok(());
        }
        let text = format!(
            "with this code the contract would lose data{}\n--allow FIELD takes a loss that you want, or that the new \
             code's `upgrade` method makes good; --allow '{ALL}' takes all, those of no one field too",
            self.text()
        );
        Err(Failure::new("data_loss", text, json!({ "changes": self.json() })))
    }

    /// For people, to be put behind a line.
    pub(crate) fn text(&self) -> String {
        let Upgrade { storage, interface } = &self.upgrade;
        let mut text = String::new();
        let mut list = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                text.push_str(&format!("\n{title}"));
                lines.iter().for_each(|line| text.push_str(&format!("\n  {line}")));
            }
        };
        let stored = |lost: bool| {
            let changes = storage.iter().filter(|change| change.loses_data() == lost);
            changes.map(StorageChange::to_string).collect()
        };
        let called = |noticed: bool| {
            let changes = interface.iter().filter(|change| change.is_noticed() == noticed);
            changes.map(InterfaceChange::to_string).collect()
        };
        list("lost", stored(true));
        list("noticed by callers", called(true));
        list("changed in storage", stored(false));
        list("changed in the interface", called(false));
        if text.is_empty() { "\nnothing changes in storage or interface".into() } else { text }
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let Upgrade { storage, interface } = &self.upgrade;
        let storage = storage.iter().map(|change| with_words(change, "loses_data", change.loses_data()));
        let interface = interface.iter().map(|change| with_words(change, "noticed", change.is_noticed()));
        json!({ "storage": storage.collect::<Vec<_>>(), "interface": interface.collect::<Vec<_>>() })
    }
}

/// A change with what is said of it to people, and how much it matters.
fn with_words<T: Serialize + ToString>(change: &T, flag: &str, value: bool) -> Value {
    let mut json = serde_json::to_value(change).expect("a change is made of texts and numbers");
    json["message"] = change.to_string().into();
    json[flag] = value.into();
    json
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{
        Action, Amount,
        schema::{
            Type,
            layout::{self, Slot, SlotKind},
            section::with_section,
        },
        tx::CodeSource,
    };
    use lockstep_node::{
        Node, NodeConfig, Settings,
        chain::ChainOptions,
        client::{Client, key::KeyFolder, send::Terms},
        dev,
    };

    use super::*;
    use crate::cli::{
        args::{SignArgs, UpgradeArgs},
        contract,
        locate::SymbolFolder,
    };

    /// A module that stores `fields`, each a number.
    fn module(fields: &[&str]) -> Vec<u8> {
        module_of_version(1, fields)
    }

    fn module_of_version(storage_version: u32, fields: &[&str]) -> Vec<u8> {
        let slot = |path: &&str| Slot { path: (*path).into(), kind: SlotKind::Cell { value: Type::U64 } };
        let layout = Layout::new(storage_version, fields.iter().map(slot).collect());
        let wasm = wat::parse_str(r#"(module (func (export "m")))"#).unwrap();
        with_section(&wasm, layout::SECTION, &layout.encode()).unwrap()
    }

    fn allow(fields: &[&str]) -> AllowArgs {
        AllowArgs { allow: fields.iter().map(|field| (*field).into()).collect() }
    }

    fn named(error: &anyhow::Error) -> (String, String) {
        let failure = Failure::of(error);
        let json = failure.json();
        (json["name"].as_str().unwrap().into(), failure.text().into())
    }

    #[test]
    fn a_loss_is_refused_unless_it_is_named() {
        let (old, new) = (module(&["a", "b", "c"]), module(&["c", "d"]));
        let compared = |fields: &[&str]| Comparison::of(&old, &new, &allow(fields));
        let refused = |fields: &[&str]| compared(fields).unwrap().check().unwrap_err();
        let failure = refused(&[]);
        assert!(failure.text().contains("`a` (Cell<u64>) is gone"), "{}", failure.text());
        assert_eq!(failure.json()["changes"]["storage"][0]["field"], "a");
        assert_eq!(failure.json()["changes"]["storage"][0]["loses_data"], true);
        refused(&["a"]);
        compared(&["a", "b"]).unwrap().check().unwrap();
        compared(&["*"]).unwrap().check().unwrap();
        for typo in ["e", "c", "d"] {
            let (name, text) = named(&compared(&["a", "b", typo]).map(|_| ()).unwrap_err());
            assert_eq!(name, "usage", "{text}");
        }
    }

    #[test]
    fn old_code_that_cannot_be_read_is_passed_over_only_on_demand() {
        let damaged = with_section(&module(&[]), layout::SECTION, &[9]).unwrap();
        let compared = |fields: &[&str]| Comparison::of(&damaged, &module(&["a"]), &allow(fields));
        let error = compared(&[]).map(|_| ()).unwrap_err();
        assert!(named(&error).1.contains("lockstep.storage"), "{error:#}");
        compared(&["*"]).unwrap().check().unwrap();
        // What the new code says must be readable: whoever comes next compares with it.
        let error = Comparison::of(&module(&[]), &damaged, &allow(&["*"])).map(|_| ()).unwrap_err();
        assert!(named(&error).1.contains("lockstep.storage"), "{error:#}");
    }

    #[test]
    fn old_code_that_does_not_say_what_it_stores_is_passed_over_only_on_demand() {
        let silent = wat::parse_str(r#"(module (func (export "m")))"#).unwrap();
        let compared = |fields: &[&str]| Comparison::of(&silent, &module(&["a"]), &allow(fields));
        let failure = compared(&[]).unwrap().check().unwrap_err();
        assert!(
            failure.text().contains("the old code does not describe what it stores"),
            "{}",
            failure.text()
        );
        assert!(failure.text().contains("--allow '*'"), "{}", failure.text());
        assert_eq!(named(&compared(&["a"]).map(|_| ()).unwrap_err()).0, "usage");
        compared(&["*"]).unwrap().check().unwrap();
    }

    #[test]
    fn a_version_that_goes_back_is_passed_over_only_on_demand() {
        let (old, new) = (module_of_version(3, &["a"]), module(&["a"]));
        let compared = |fields: &[&str]| Comparison::of(&old, &new, &allow(fields));
        let failure = compared(&[]).unwrap().check().unwrap_err();
        assert!(failure.text().contains("write `#[contract(version = 3)]`"), "{}", failure.text());
        assert_eq!(failure.json()["changes"]["storage"][0]["change"], "version_back");
        compared(&["*"]).unwrap().check().unwrap();
        Comparison::of(&new, &new, &allow(&[])).unwrap().check().unwrap();
    }

    #[tokio::test]
    async fn an_upgrade_is_compared_with_the_code_on_the_chain_before_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let config = NodeConfig {
            data: folder.path().join("chain"),
            listen: "127.0.0.1:0".parse().unwrap(),
            genesis: dev::genesis("a-chain".parse().unwrap()),
            chain: ChainOptions::default(),
            settings: Settings::dev(dev::proposer()),
        };
        let node = Node::start(config).await.unwrap();
        let client = Client::new(&format!("http://{}", node.address())).unwrap();
        let session =
            Session { client, keys: KeyFolder::new(folder.path()), symbols: SymbolFolder::default() };
        let key = session.key("alice").await.unwrap();
        let (salt, value, admin) = ([7; 32], Amount::ZERO, Some(key.address()));
        let code = CodeSource::Inline(module(&["a"]).try_into().unwrap());
        let create = Action::Create { code, salt, init: None, value, admin };
        session.client.send(&key, vec![create], Terms::default()).await.unwrap();
        let contract = Address::of_contract(&key.address(), &salt).to_string();

        let file = folder.path().join("new.wasm");
        std::fs::write(&file, module(&["b"])).unwrap();
        let check = |fields: &[&str]| {
            let (file, old) = (file.clone(), Some(contract.clone()));
            run(CheckArgs { file, old, allow: allow(fields) }, &session)
        };
        let upgrade = |fields: &[&str]| {
            let sign = SignArgs { from: "alice".into(), gas: None, gas_price: None };
            let (file, contract) = (file.clone(), contract.clone());
            let args = UpgradeArgs { contract, file, migrate: None, allow: allow(fields), sign };
            contract::upgrade(args, &session)
        };
        let height = session.client.status().await.unwrap().height;
        for refused in [check(&[]).await.map(|_| ()), upgrade(&[]).await.map(|_| ())] {
            let (name, text) = named(&refused.unwrap_err());
            assert_eq!(name, "data_loss", "{text}");
        }
        assert_eq!(session.client.status().await.unwrap().height, height);

        let shown = check(&["a"]).await.unwrap();
        assert!(shown.text.contains("of  1048576 bytes"), "{}", shown.text);
        assert!(upgrade(&["a"]).await.unwrap().text.contains("`b` (Cell<u64>) is new"));
        // Now it is the new code that the chain has.
        let refused = check(&["a"]).await.map(|_| ()).unwrap_err();
        assert_eq!(named(&refused).0, "usage");
        assert!(check(&[]).await.unwrap().text.contains("nothing changes"));
        node.stop().await.unwrap();
    }
}

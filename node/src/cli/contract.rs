//! Contracts: deploy, upgrade, call, query, show.

use std::fmt::Write;

use anyhow::Context;
use lockstep_abi::{
    Action, Address, Halt, Hash, codec,
    receipt::ActionResult,
    schema::{MethodKind, Schema},
    tx::CodeSource,
};
use lockstep_node::client::{interface::Interface, key::Key, send::Terms};
use lockstep_runtime::Prepared;
use serde_json::{Value, json};

use super::{
    Session, Shown,
    args::{CallArgs, ContractArgs, DeployArgs, QueryArgs, SignArgs, UpgradeArgs},
    check::{Comparison, deployed, stored},
    failure::Failure,
    interfaces::Listed,
    json_argument,
    module::read_module,
};

impl SignArgs {
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            gas_limit: self.gas.map(lockstep_abi::Gas),
            gas_price: self.gas_price.map(lockstep_abi::GasPrice),
        }
    }
}

pub(crate) async fn deploy(args: DeployArgs, session: &Session) -> anyhow::Result<Shown> {
    let DeployArgs { file, init, value, salt, admin, sign } = args;
    let module = read_module(&file)?;
    let interface = Interface::new(module.schema());
    let init = interface.special(MethodKind::Init, &json_argument(init.as_deref())?)?;
    let key = session.key(&sign.from).await?;
    let admin = match admin.as_deref() {
        None => Some(key.address()),
        Some("none") => None,
        Some(admin) => Some(session.address(admin).await?),
    };
    let salt = match salt {
        Some(Hash(salt)) => salt,
        None => nonce_salt(session, &key).await?,
    };
    let address = Address::of_contract(&key.address(), &salt);
    let action = Action::Create { code: inline(&module)?, salt, init, value, admin };
    let sent = session.client.send(&key, vec![action], sign.terms()).await;
    let done = session.outcome(sent, Some((address, &interface))).await?;
    let ActionResult::Created(contract) = done.result else {
        anyhow::bail!("the node answers with something else than a contract");
    };
    let (code, bytes) = (module.code(), module.wasm().len());
    let name = module.schema().map_or("a contract without an interface", |schema| &schema.name);
    let headline = format!("deployed {name}\n  contract {contract}\n  code {code}, {bytes} bytes");
    done.shown(&headline, json!({ "contract": contract, "code": code, "code_bytes": bytes }))
}

pub(crate) async fn upgrade(args: UpgradeArgs, session: &Session) -> anyhow::Result<Shown> {
    let UpgradeArgs { contract, file, migrate, allow, sign } = args;
    let contract = session.address(&contract).await?;
    let module = read_module(&file)?;
    let comparison = Comparison::of(&deployed(contract, session).await?, module.wasm(), &allow)?;
    comparison.check()?;
    let interface = Interface::new(module.schema());
    let migrate = interface.special(MethodKind::Upgrade, &json_argument(migrate.as_deref())?)?;
    let key = session.key(&sign.from).await?;
    let action = Action::Upgrade { contract, code: inline(&module)?, migrate };
    let sent = session.client.send(&key, vec![action], sign.terms()).await;
    let done = session.outcome(sent, Some((contract, &interface))).await?;
    let (code, bytes) = (module.code(), module.wasm().len());
    let headline = format!("upgraded {contract}\n  code {code}, {bytes} bytes{}", comparison.text());
    let changes = comparison.json();
    done.shown(
        &headline,
        json!({ "contract": contract, "code": code, "code_bytes": bytes, "changes": changes }),
    )
}

pub(crate) async fn call(args: CallArgs, session: &Session) -> anyhow::Result<Shown> {
    let CallArgs { contract, method, args, value, sign } = args;
    let to = session.address(&contract).await?;
    let args = json_argument(args.as_deref())?;
    let interface = session.interface(to, None).await?;
    let invocation = interface.call(&method, &args)?;
    let key = session.key(&sign.from).await?;
    let action = Action::Call { to, invocation, value };
    let sent = session.client.send(&key, vec![action], sign.terms()).await;
    let done = session.outcome(sent, Some((to, &interface))).await?;
    let ActionResult::Returned(data) = &done.result else {
        anyhow::bail!("the node answers with something else than a result");
    };
    let result = interface.result(&method, data);
    let headline = match result.text() {
        None => method,
        Some(text) => format!("{method}: {text}"),
    };
    done.shown(&headline, result.json())
}

pub(crate) async fn query(args: QueryArgs, session: &Session) -> anyhow::Result<Shown> {
    let QueryArgs { contract, method, args, from, height } = args;
    let to = session.address(&contract).await?;
    let args = json_argument(args.as_deref())?;
    let from = match from {
        None => None,
        Some(from) => Some(session.address(&from).await?),
    };
    let interface = session.interface(to, height).await?;
    let invocation = interface.call(&method, &args)?;
    let answer = session.client.query(to, invocation.method, &invocation.args, from, height).await?;
    let (height, gas_used) = (answer.height, answer.gas_used);
    if let Some(halt) = answer.halt {
        let bytes = hex::decode(&halt.bytes).context("the node's halt is not hexadecimal")?;
        let halt: Halt = codec::decode(&bytes, bytes.len()).context("the node's halt is not understood")?;
        let (explained, text) = interface.halt(&halt);
        let (traps, places) = session.symbols.tell(&answer.traps);
        let details = json!({
            "code": halt.code(), "halt": explained, "gas_used": gas_used, "height": height, "traps": traps,
        });
        return Err(Failure::new("halted", format!("{text}{places}"), details).into());
    }
    let data = hex::decode(answer.result.unwrap_or_default()).context("the result is not hexadecimal")?;
    let result = interface.result(&method, &data);
    let mut json = json!({ "gas_used": gas_used, "height": height });
    if let (Some(json), Value::Object(result)) = (json.as_object_mut(), result.json()) {
        json.extend(result);
    }
    Shown::new(json, result.text().unwrap_or_else(|| "null".into()))
}

pub(crate) async fn show(args: ContractArgs, session: &Session) -> anyhow::Result<Shown> {
    let address = session.address(&args.contract).await?;
    let answer = session.client.contract(address, None).await?;
    let interface = Interface::of(&answer)?;
    let mut text = String::new();
    let name = interface.schema().map_or("a contract without an interface", |schema| &schema.name);
    let admin = answer.admin.map_or("nobody".into(), |admin| admin.to_string());
    writeln!(text, "{name}\n  address {address}\n  code    {}\n  creator {}", answer.code, answer.creator)?;
    writeln!(text, "  admin   {admin}\n  balance {}", answer.balance)?;
    let mut json = json!(answer);
    json["interfaces"] = json!([]);
    if let Some(schema) = interface.schema() {
        // By its hash: the contract may have other code by now.
        let listed = Listed::of(&stored(answer.code, session).await?, schema);
        json["interfaces"] = listed.json();
        text.push_str(&listed.text());
        text.push_str(&describe(schema)?);
    }
    Shown::new(json, text)
}

/// An interface, for people.
fn describe(schema: &Schema) -> anyhow::Result<String> {
    let mut text = String::new();
    let docs = |docs: &str| match docs.lines().next() {
        Some(line) if !line.trim().is_empty() => format!("\n      {}", line.trim()),
        _ => String::new(),
    };
    writeln!(text, "methods")?;
    for method in &schema.methods {
        let payable = if method.payable { " payable" } else { "" };
        let private = if method.private { " private" } else { "" };
        writeln!(
            text,
            "  {:<8}{}{payable}{private}{}",
            method.kind.to_string(),
            method.signature(),
            docs(&method.docs)
        )?;
    }
    if !schema.events.is_empty() {
        writeln!(text, "events")?;
    }
    for event in &schema.events {
        writeln!(text, "  {}{}", event.signature(), docs(&event.docs))?;
    }
    if !schema.errors.is_empty() {
        writeln!(text, "errors")?;
    }
    for error in &schema.errors {
        writeln!(text, "  {:<8}{}{}", error.code, error.signature(), docs(&error.docs))?;
    }
    Ok(text)
}

fn inline(module: &Prepared) -> anyhow::Result<CodeSource> {
    Ok(CodeSource::Inline(module.wasm().to_vec().try_into()?))
}

/// A salt that no other deployment of the sender has.
async fn nonce_salt(session: &Session, key: &Key) -> anyhow::Result<[u8; 32]> {
    let nonce = session.client.account(key.address(), None).await?.next_nonce;
    let mut salt = [0; 32];
    salt[24..].copy_from_slice(&nonce.0.to_be_bytes());
    Ok(salt)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use jsonrpsee::{
        RpcModule,
        server::ServerBuilder,
        types::{ErrorCode, ErrorObjectOwned},
    };
    use lockstep_abi::{
        Amount, Height,
        hash::Context as HashContext,
        schema::{
            self,
            interfaces::{self, Interfaces},
            section::with_section,
        },
    };
    use lockstep_node::{
        client::{Client, key::KeyFolder},
        rpc::{CodeAnswer, ContractAnswer},
    };

    use super::*;
    use crate::cli::locate::SymbolFolder;

    const CONTRACT: Address = Address([7; 32]);

    /// A contract's answers, each time of the next code of two, and the codes.
    struct Upgraded {
        contracts: [ContractAnswer; 2],
        codes: [CodeAnswer; 2],
        looks: AtomicUsize,
    }

    impl Upgraded {
        fn new() -> Self {
            let [(first, old), (second, new)] = ["First", "Second"].map(code);
            Self { contracts: [first, second], codes: [old, new], looks: AtomicUsize::new(0) }
        }
    }

    /// Of code with an interface of this name, what a node says of a contract, and the code.
    fn code(name: &str) -> (ContractAnswer, CodeAnswer) {
        let (version, docs) = (schema::VERSION, String::new());
        let schema =
            Schema { version, name: name.into(), docs, methods: vec![], events: vec![], errors: vec![] };
        let one = interfaces::Interface { name: name.into(), first: 0, count: 0 };
        let listed = Interfaces { version: interfaces::VERSION, list: vec![one] };
        let wasm = with_section(b"\0asm\x01\0\0\0", interfaces::SECTION, &listed.encode()).unwrap();
        let code = Hash::of(HashContext::Code, &wasm);
        let contract = ContractAnswer {
            address: CONTRACT,
            code,
            creator: CONTRACT,
            admin: None,
            balance: Amount::ZERO,
            schema: None,
            schema_bytes: Some(hex::encode(schema.encode())),
            height: Height(1),
        };
        (contract, CodeAnswer { code, bytes: hex::encode(wasm) })
    }

    /// An upgrade between two requests paired the methods of the old code with the interfaces of the new one.
    #[tokio::test]
    async fn what_is_shown_of_a_contract_is_of_one_code() {
        let mut node = RpcModule::new(Upgraded::new());
        node.register_method("contract", |_, upgraded, _| {
            let look = upgraded.looks.fetch_add(1, Ordering::Relaxed);
            Ok::<_, ErrorObjectOwned>(upgraded.contracts[look].clone())
        })
        .unwrap();
        node.register_method("code", |params, upgraded, _| {
            let hash: Value = params.parse()?;
            let found = upgraded.codes.iter().find(|answer| hash["hash"] == json!(answer.code));
            found.cloned().ok_or(ErrorObjectOwned::from(ErrorCode::InvalidParams))
        })
        .unwrap();
        let server = ServerBuilder::new().build("127.0.0.1:0").await.unwrap();
        let client = Client::new(&format!("http://{}", server.local_addr().unwrap())).unwrap();
        let node = server.start(node);

        let keys = KeyFolder::new("/nowhere");
        let session = Session { client, keys, symbols: SymbolFolder::default() };
        let shown = show(ContractArgs { contract: CONTRACT.to_string() }, &session).await.unwrap();
        assert!(shown.text.starts_with("First\n"), "{}", shown.text);
        assert_eq!(shown.json["interfaces"][0]["name"], "First");
        node.stop().unwrap();
    }
}

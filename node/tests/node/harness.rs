//! Starts and ends nodes, runs commands, makes transactions and modules.
//!
//! Every wait has a deadline, and nothing sleeps for a fixed time. A node ends with the value that stands for
//! it, by its own process.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use lockstep_abi::{
    Action, Address, Amount, Gas, GasPrice, Hash, Height, List, Nonce, Receipt, SignedTx, TxBody,
    schema::{SECTION, Schema},
    tx::CodeSource,
};
use lockstep_node::{
    client::{Client, key::Key, send::receipt},
    dev,
    rpc::Status,
};
use serde_json::Value;
use tempfile::TempDir;

const LOCKSTEP: &str = env!("CARGO_BIN_EXE_lockstep");
/// For whatever must happen; far more than it takes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A folder for a test: the chain's, the keys', files.
pub(crate) struct Folder(TempDir);

/// A running node.
pub(crate) struct TestNode {
    child: Child,
    pub(crate) url: String,
    /// What it said when it began to listen.
    pub(crate) greeting: Value,
    pub(crate) client: Client,
}

/// What a command printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn chain(&self) -> PathBuf {
        self.0.path().join("chain")
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().into()
    }

    /// What the node in this folder wrote to its log.
    pub(crate) fn log(&self) -> String {
        read(&self.0.path().join("log"))
    }

    /// Runs `lockstep` with keys in this folder.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let keys = self.0.path().join("keys");
        let output = Command::new(LOCKSTEP).args(args).env("LOCKSTEP_KEYS", keys).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn start(&self) -> TestNode {
        self.start_with(&[])
    }

    /// Starts the process of a node; what it says first is in its standard output.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        Command::new(LOCKSTEP)
            .args(["node", "--dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.chain())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(File::create(self.0.path().join("log")).unwrap())
            .spawn()
            .unwrap()
    }

    pub(crate) fn start_with(&self, args: &[&str]) -> TestNode {
        let mut child = self.spawn(&[&["--json"], args].concat());
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            // The receiver may have given up.
            let _ = lines.read_line(&mut line).map(|_| sender.send(line));
        });
        let line = receiver.recv_timeout(DEADLINE).unwrap_or_default();
        let greeting: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the node did not start: {line}{}", self.log()));
        let url = greeting["listening"].as_str().unwrap_or_else(|| panic!("{greeting}")).to_owned();
        TestNode { child, client: Client::new(&url).unwrap(), url, greeting }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

impl TestNode {
    /// SIGKILL: nothing is finished.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: it finishes what it does.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -TERM $0", &id]).status().unwrap().success());
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < DEADLINE, "the node does not stop");
            thread::yield_now();
        }
    }

    /// Runs a command against this node.
    pub(crate) fn run(&self, folder: &Folder, args: &[&str]) -> Ran {
        folder.run(&[args, &["--url", &self.url]].concat())
    }

    /// Runs a command that must succeed; gives its JSON.
    pub(crate) fn json(&self, folder: &Folder, args: &[&str]) -> Value {
        let ran = self.run(folder, &[args, &["--json"]].concat());
        assert!(ran.status.success(), "{args:?}: {}{}", ran.out, ran.err);
        ran.json()
    }

    /// Runs a command that must fail; gives the error's JSON.
    pub(crate) fn error(&self, folder: &Folder, args: &[&str]) -> Value {
        let ran = self.run(folder, &[args, &["--json"]].concat());
        assert_eq!(ran.status.code(), Some(1), "{args:?}: {}{}", ran.out, ran.err);
        ran.json()["error"].clone()
    }

    /// Where the node is, with the root of the state after its newest block: it is there a little later than that.
    pub(crate) async fn settled(&self) -> Status {
        let started = Instant::now();
        loop {
            let status = self.client.status().await.unwrap();
            if status.state_root_height == status.height {
                return status;
            }
            assert!(started.elapsed() < DEADLINE, "no root of the newest state");
        }
    }

    pub(crate) async fn balance(&self, address: Address) -> u128 {
        self.client.account(address, None).await.unwrap().balance.0
    }

    /// Sends a transaction and waits for its receipt.
    pub(crate) async fn execute(&self, tx: &SignedTx) -> Receipt {
        let id = self.client.submit(&tx.encode()).await.unwrap();
        self.receipt(id).await
    }

    pub(crate) async fn receipt(&self, id: Hash) -> Receipt {
        receipt(&self.client.wait(id, DEADLINE).await.unwrap().bytes).unwrap()
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        let one_line = self.out.trim_end().lines().count() == 1;
        assert!(one_line, "not one JSON object on one line: {}", self.out);
        let value: Value = serde_json::from_str(&self.out).unwrap();
        assert!(value.is_object(), "{value}");
        value
    }
}

pub(crate) fn key(name: &str) -> Key {
    dev::key(name).unwrap().into()
}

pub(crate) fn address(name: &str) -> Address {
    key(name).address()
}

/// A transaction's body with the usual terms.
pub(crate) fn body(from: &str, nonce: u64, actions: Vec<Action>) -> TxBody {
    TxBody {
        chain_id: dev::CHAIN_ID.parse().unwrap(),
        signer: key(from).public(),
        nonce: Nonce(nonce),
        gas_limit: Gas::mega(1_000),
        gas_price: GasPrice(1),
        expiry: Height(1_000),
        actions: List::try_from(actions).unwrap(),
    }
}

pub(crate) fn sign(from: &str, body: TxBody) -> SignedTx {
    key(from).sign(body)
}

pub(crate) fn transfer(from: &str, nonce: u64, to: &str, amount: u128) -> SignedTx {
    let action = Action::Transfer { to: address(to), amount: Amount(amount) };
    sign(from, body(from, nonce, vec![action]))
}

pub(crate) fn call(to: Address, method: &str) -> Action {
    let invocation =
        lockstep_abi::tx::Invocation { method: method.parse().unwrap(), args: Default::default() };
    Action::Call { to, invocation, value: Amount::ZERO }
}

/// Creates a contract from Wasm.
pub(crate) fn create(wasm: Vec<u8>) -> Action {
    let code = CodeSource::Inline(wasm.try_into().unwrap());
    Action::Create { code, salt: [0; 32], init: None, value: Amount::ZERO, admin: None }
}

pub(crate) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A module with an interface, as the SDK's macros would make it.
pub(crate) fn with_schema(mut wasm: Vec<u8>, schema: &Schema) -> Vec<u8> {
    let payload = schema.encode();
    let mut section = vec![u8::try_from(SECTION.len()).unwrap()];
    section.extend(SECTION.as_bytes());
    section.extend(payload);
    wasm.push(0);
    wasm.extend(leb(section.len()));
    wasm.extend(section);
    wasm
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

//! Keys in a folder: one file each, readable by their owner alone.
//!
//! A file `NAME.key` holds one line, `ed25519 ` and the secret as 64 hexadecimal digits. It is not
//! encrypted: who can read it owns what the key owns.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use ed25519_dalek::{Signer, SigningKey};
use lockstep_abi::{Address, SignedTx, TxBody};
use tempfile::NamedTempFile;

use crate::dev;

const KIND: &str = "ed25519 ";
const EXTENSION: &str = "key";
/// Bytes of a key's name.
const MAX_NAME_BYTES: usize = 32;

/// A key that signs.
#[derive(Clone)]
pub struct Key(SigningKey);

/// A folder of keys; it need not exist.
#[derive(Debug, Clone)]
pub struct KeyFolder(PathBuf);

/// A key's name, and the key or why it cannot be used.
pub type Listed = (String, Result<Key, KeyError>);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name is not one.
    #[error(
        "`{name}` is no name for a key: 1 to {MAX_NAME_BYTES} of a-z, 0-9, `-` and `_`, not starting with ls1"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// The name belongs to a public key of dev chains.
    #[error("`{name}` is the name of a dev key that everybody knows; take another name")]
    Reserved {
        /// The name.
        name: String,
    },
    /// There is a key of this name.
    #[error("there is a key `{name}` already, in {}", file.display())]
    Exists {
        /// The name.
        name: String,
        /// Its file.
        file: PathBuf,
    },
    /// There is no key of this name.
    #[error("there is no key `{name}` in {}; `lockstep keys new {name}` makes one", folder.display())]
    Missing {
        /// The name.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A dev key on a chain that is none.
    #[error("`{name}` is a dev key that everybody knows, and this is not a dev chain")]
    NotADevChain {
        /// The name.
        name: String,
    },
    /// The file is not one of ours.
    #[error("{} is not a key file: it must hold `ed25519 ` and 64 hexadecimal digits", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// There are no random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl KeyError {
    /// A stable name for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Name { .. } => "bad_key_name",
            Self::Reserved { .. } => "reserved_key_name",
            Self::Exists { .. } => "key_exists",
            Self::Missing { .. } => "key_missing",
            Self::NotADevChain { .. } => "not_a_dev_chain",
            Self::Malformed { .. } => "bad_key_file",
            Self::Io { .. } | Self::Random(_) => "io",
        }
    }
}

/// Not the secret.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.address()).finish()
    }
}

impl From<SigningKey> for Key {
    fn from(key: SigningKey) -> Self {
        Self(key)
    }
}

impl Key {
    /// The public key, to be put into a transaction.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Whose key it is.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::of_key(&self.public())
    }

    /// Signs a transaction.
    #[must_use]
    pub fn sign(&self, body: TxBody) -> SignedTx {
        let signature = self.0.sign(&body.signing_hash().0).to_bytes();
        SignedTx { body, signature }
    }
}

impl KeyFolder {
    /// The folder at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Makes a key from the operating system's random numbers. Gives its file too.
    ///
    /// # Errors
    /// [`KeyError`]; a key that is there is never overwritten.
    pub fn create(&self, name: &str) -> Result<(Key, PathBuf), KeyError> {
        let file = self.file(name)?;
        if dev::NAMES.contains(&name) {
            return Err(KeyError::Reserved { name: name.into() });
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(KeyError::Random)?;
        let key = SigningKey::from_bytes(&secret);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(failed(&self.0))?;
        // Not into the file itself: after a crash it would be there, empty, and the name taken.
        let mut written = NamedTempFile::new_in(&self.0).map_err(failed(&self.0))?;
        let line = format!("{KIND}{}\n", hex::encode(secret));
        let synced = written.write_all(line.as_bytes()).and_then(|()| written.as_file().sync_all());
        synced.map_err(failed(written.path()))?;
        written.persist_noclobber(&file).map_err(|refused| match refused.error.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists { name: name.into(), file: file.clone() },
            _ => KeyError::Io { path: file.clone(), source: refused.error },
        })?;
        // The file's name too is to outlast a power cut: money may come to the key at once.
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(failed(&self.0))?;
        Ok((Key(key), file))
    }

    /// The key of this name.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn load(&self, name: &str) -> Result<Key, KeyError> {
        let file = self.file(name)?;
        let text = fs::read_to_string(&file).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => KeyError::Missing { name: name.into(), folder: self.0.clone() },
            _ => KeyError::Io { path: file.clone(), source },
        })?;
        let mut secret = [0; 32];
        let digits = text.strip_prefix(KIND).map(str::trim_end).unwrap_or_default();
        hex::decode_to_slice(digits, &mut secret).map_err(|_| KeyError::Malformed { file })?;
        Ok(Key(SigningKey::from_bytes(&secret)))
    }

    /// All keys here, by name, and of those that cannot be used why.
    ///
    /// # Errors
    /// [`KeyError`] if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, KeyError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&self.0)(error)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed(&self.0))?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            if let Some(name) = path.file_stem().and_then(|name| name.to_str())
                && is_name(name)
            {
                keys.push((String::from(name), self.load(name)));
            }
        }
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(keys)
    }

    fn file(&self, name: &str) -> Result<PathBuf, KeyError> {
        match is_name(name) {
            true => Ok(self.0.join(name).with_extension(EXTENSION)),
            false => Err(KeyError::Name { name: name.into() }),
        }
    }
}

/// Nothing that leaves the folder, and nothing that could be an address.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with("ls1")
}

fn failed(path: &Path) -> impl Fn(io::Error) -> KeyError {
    move |source| KeyError::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_read_again_as_it_was_made_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path().join("keys"));
        let (made, file) = keys.create("dora").unwrap();
        assert_eq!(keys.load("dora").unwrap().address(), made.address());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let listed: Vec<String> = keys.list().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(listed, ["dora"]);
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let (made, _) = keys.create("dora").unwrap();
        assert!(matches!(keys.create("dora"), Err(KeyError::Exists { .. })));
        assert_eq!(keys.load("dora").unwrap().address(), made.address());
        // Nothing is left of the second.
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_name_cannot_leave_the_folder_or_pass_for_an_address_or_a_dev_key() {
        let keys = KeyFolder::new("/nowhere");
        for name in ["", "../dora", "a/b", "Dora", "ls1dora", "a.b"] {
            assert!(matches!(keys.create(name), Err(KeyError::Name { .. })), "{name}");
        }
        assert!(matches!(keys.create("alice"), Err(KeyError::Reserved { .. })));
    }

    #[test]
    fn a_foreign_file_is_not_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        fs::write(folder.path().join("dora.key"), "-----BEGIN").unwrap();
        assert!(matches!(keys.load("dora"), Err(KeyError::Malformed { .. })));
        assert!(matches!(keys.load("erin"), Err(KeyError::Missing { .. })));
        assert!(matches!(&keys.list().unwrap()[..], [(_, Err(KeyError::Malformed { .. }))]));
    }
}

//! Compiled code on disk, so that a restart need not compile everything again.
//!
//! A file here becomes code of this process, so it is authenticated before it is looked at: keyed BLAKE3
//! over the key of the cache and the whole content, under a secret that never leaves the folder. The
//! cache's key holds everything that the code or its gas depends on. Whatever is wrong with a file
//! (truncated, damaged, another one's, of another version or processor), it is as if it were not there: the
//! module is compiled again and the file replaced.
//!
//! Nothing here can fail a call: a cache that cannot be written is only slow.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{Hash, limits::run, price::SCHEDULE_VERSION};
use wasmer::{
    Module,
    sys::{EngineBuilder, Target},
};

use crate::{
    Backend, CompiledModule,
    meter::METER_VERSION,
    prepare::{Interface, Shape},
};

/// Raised with every change of [`Artifact`], and of what native code is compiled from.
const FORMAT_VERSION: u32 = 2;
const SECRET_FILE: &str = "secret";
const TAG_BYTES: usize = 32;

/// A folder of compiled code.
#[derive(Debug)]
pub(crate) struct Artifacts {
    folder: PathBuf,
    secret: [u8; 32],
    limit_bytes: u64,
    backend: Backend,
}

/// What a file holds behind its tag.
#[derive(BorshSerialize, BorshDeserialize)]
struct Artifact {
    shape: Shape,
    native: Vec<u8>,
}

impl Artifacts {
    /// Opens a folder, or makes one.
    ///
    /// # Errors
    /// If it cannot be made, or its secret cannot be read or written.
    pub(crate) fn open(folder: &Path, limit_bytes: u64, backend: Backend) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = folder.join(SECRET_FILE);
        let secret = match fs::read(&file).map(<[u8; 32]>::try_from) {
            Ok(Ok(secret)) => secret,
            // None yet, or a torn one: whatever was authenticated with it is compiled again.
            Ok(Err(_)) | Err(_) => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(io::Error::other)?;
                replace(&file, &secret)?;
                secret
            }
        };
        Ok(Self { folder: folder.into(), secret, limit_bytes, backend })
    }

    /// The compiled module of stored code, if there is a sound file.
    pub(crate) fn load(&self, code: Hash) -> Option<CompiledModule> {
        let key = self.key(&code);
        let content = fs::read(self.file(&key)).ok()?;
        let (tag, content) = content.split_at_checked(TAG_BYTES)?;
        // Compared in constant time by `blake3::Hash`, though only whoever writes the folder could tell.
        if self.tag(&key, content) != blake3::Hash::from_slice(tag).ok()? {
            return None;
        }
        let Artifact { shape, native } = borsh::from_slice(content).ok()?;
        let interface = Interface::of(&shape).ok()?;
        let engine: wasmer::Engine = EngineBuilder::headless().engine().into();
        #[expect(unsafe_code, reason = "native code from disk")]
        // SAFETY: the tag says that this process, or one with the same secret, wrote these very bytes, from
        // the same compiler for the same processor.
        let module = unsafe { Module::deserialize_unchecked(&engine, native) }.ok()?;
        CompiledModule::new(code, engine, module, shape, interface).ok()
    }

    /// Keeps a compiled module. Whether that works has no effect but on time.
    pub(crate) fn save(&self, module: &CompiledModule) {
        let Ok(native) = module.module().serialize() else { return };
        let artifact = Artifact { shape: module.shape().clone(), native: native.to_vec() };
        let Ok(content) = borsh::to_vec(&artifact) else { return };
        let key = self.key(&module.code());
        let tag = self.tag(&key, &content);
        self.make_room((content.len() as u64).saturating_add(TAG_BYTES as u64));
        // A file that could not be written whole has no valid tag, or is not there.
        let _: io::Result<()> = replace(&self.file(&key), &[tag.as_bytes().as_slice(), &content].concat());
    }

    /// Everything that native code and its gas depend on, as one hash.
    fn key(&self, code: &Hash) -> Hash {
        let target = Target::default();
        let mut hasher = blake3::Hasher::new_derive_key("lockstep 2026 artifact key");
        for part in [
            code.0.as_slice(),
            self.backend.id().as_bytes(),
            wasmer_types::VERSION.as_bytes(),
            target.triple().to_string().as_bytes(),
            &target.cpu_features().as_u64().to_le_bytes(),
            &FORMAT_VERSION.to_le_bytes(),
            &SCHEDULE_VERSION.to_le_bytes(),
            &METER_VERSION.to_le_bytes(),
            &run::FRAME_STACK_UNITS.to_le_bytes(),
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Hash(*hasher.finalize().as_bytes())
    }

    fn tag(&self, key: &Hash, content: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(&key.0).update(content);
        hasher.finalize()
    }

    fn file(&self, key: &Hash) -> PathBuf {
        self.folder.join(format!("{key}.code"))
    }

    /// Removes the oldest files until `bytes` fit.
    fn make_room(&self, bytes: u64) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "code"))
            .filter_map(|entry| {
                let data = entry.metadata().ok()?;
                Some((data.modified().ok()?, data.len(), entry.path()))
            })
            .collect();
        let mut total = files.iter().fold(bytes, |total, (_, length, _)| total.saturating_add(*length));
        files.sort();
        for (_, length, path) in files {
            if total <= self.limit_bytes {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total = total.saturating_sub(length);
            }
        }
    }
}

/// Writes a file whole or not at all, readable by its owner only.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

//! A folder that appears as a whole or not at all.
//!
//! It is made as `content` within `TARGET.partial`, beside its target so that a rename is all that it takes in the
//! end. A lock tells a draft that is being made from one whose maker was killed; the latter is removed by the next who
//! wants the same target, if it holds nothing but what a draft holds.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

const SUFFIX: &str = ".partial";
const LOCK: &str = "lockstep-draft";
const CONTENT: &str = "content";

/// Why a folder cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// The target is in use.
    #[error("{} exists and is not an empty folder", path.display())]
    Used {
        /// The target.
        path: PathBuf,
    },
    /// Nothing can be renamed to it.
    #[error(
        "{} cannot become another folder: it is the root of a file system, or has no name; give one inside it",
        path.display()
    )]
    Unnamed {
        /// The target.
        path: PathBuf,
    },
    /// What stands beside the target was not made here.
    #[error("{} is in the way, and not what an earlier attempt left; move it away", path.display())]
    Foreign {
        /// Where the draft would be.
        path: PathBuf,
    },
    /// Somebody else is making it.
    #[error("another process is working on {}", path.display())]
    Locked {
        /// Where the draft is.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot make {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
}

impl DraftError {
    /// A name for programs, which stays.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Used { .. } => "not_empty",
            Self::Unnamed { .. } => "unnamed",
            Self::Foreign { .. } => "in_the_way",
            Self::Locked { .. } => "locked",
            Self::Io { .. } => "io",
        }
    }
}

/// A folder in the making; removed with all its content when it is dropped before it is published.
#[derive(Debug)]
pub(super) struct Draft {
    target: PathBuf,
    /// Holds [`LOCK`] and [`CONTENT`].
    folder: PathBuf,
    /// Locked until the end.
    _lock: File,
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DraftError {
    |source| DraftError::Io { path: path.to_path_buf(), source }
}

impl Draft {
    /// Begins a draft of `target`, which must be missing or an empty folder in a folder that exists.
    ///
    /// # Errors
    /// [`DraftError`]; nothing was changed then.
    pub(super) fn begin(target: &Path) -> Result<Self, DraftError> {
        let target = resolve(target)?;
        let unnamed = || DraftError::Unnamed { path: target.clone() };
        let mut name = target.file_name().ok_or_else(unnamed)?.to_os_string();
        name.push(SUFFIX);
        let folder = target.with_file_name(name);
        let lock = claim(&folder)?;
        // Under the lock: whoever had it before may have published. From here on all is removed again.
        let draft = Self { target, folder, _lock: lock };
        check_target(&draft.target)?;
        let content = draft.content();
        match fs::remove_dir_all(&content) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(io_error(&content))?,
        }
        fs::create_dir(&content).map_err(io_error(&content))?;
        Ok(draft)
    }

    /// What becomes the target.
    pub(super) fn content(&self) -> PathBuf {
        self.folder.join(CONTENT)
    }

    /// Makes the content, whose files are on disk, the target; after this returned, it outlasts a power cut.
    ///
    /// # Errors
    /// [`DraftError`] if the operating system refuses. The target is as it was, or there as a whole.
    pub(super) fn publish(self) -> Result<(), DraftError> {
        let (content, above) = (self.content(), above(&self.target));
        sync(&content)?;
        fs::rename(&content, &self.target).map_err(io_error(&self.target))?;
        sync(above)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What cannot be removed is removed by the next one.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A path whose last part is a name, if it can have one.
fn resolve(target: &Path) -> Result<PathBuf, DraftError> {
    match target.canonicalize() {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(target.to_path_buf()),
        Err(error) => Err(io_error(target)(error)),
    }
}

fn check_target(target: &Path) -> Result<(), DraftError> {
    let found = match fs::symlink_metadata(target) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_error(target)(error)),
    };
    if !found.is_dir() || fs::read_dir(target).map_err(io_error(target))?.next().is_some() {
        return Err(DraftError::Used { path: target.to_path_buf() });
    }
    // Found out now rather than after all the work.
    let above = fs::metadata(above(target)).map_err(io_error(target))?;
    match above.dev() == found.dev() {
        true => Ok(()),
        false => Err(DraftError::Unnamed { path: target.to_path_buf() }),
    }
}

/// Makes the folder, or takes over one that was left, and locks it.
fn claim(folder: &Path) -> Result<File, DraftError> {
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_left_over(folder)?,
        Err(error) => return Err(io_error(folder)(error)),
    }
    let path = folder.join(LOCK);
    let lock = File::create(&path).map_err(io_error(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(DraftError::Locked { path: folder.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(io_error(&path)(source)),
    }
}

fn check_left_over(folder: &Path) -> Result<(), DraftError> {
    let foreign = || DraftError::Foreign { path: folder.to_path_buf() };
    if !fs::symlink_metadata(folder).map_err(io_error(folder))?.is_dir() {
        return Err(foreign());
    }
    let names = fs::read_dir(folder).map_err(io_error(folder))?.map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<io::Result<Vec<_>>>().map_err(io_error(folder))?;
    // The lock comes first: a folder that only has a `content` is somebody's.
    let ours = names.is_empty() || names.iter().any(|name| name == LOCK);
    match ours && names.iter().all(|name| name == LOCK || name == CONTENT) {
        true => Ok(()),
        false => Err(foreign()),
    }
}

fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name outlasts a power cut only when its folder is synced.
fn sync(folder: &Path) -> Result<(), DraftError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder))
}

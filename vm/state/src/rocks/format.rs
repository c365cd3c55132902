//! Whether a folder is a store of ours, and of which format: told by the file `FORMAT`.
//!
//! A file, not a record of the database: a folder that is not ours must be refused unchanged, and to open a
//! database is to change it. It is there before the database is, so that a creation that was cut off is
//! simply finished at the next start.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use super::OpenError;

/// Raised with any change of what the store's bytes mean, also to the VM: which modules there may be, and what they do.
const VERSION: u32 = 4;
const FILE: &str = "FORMAT";
/// Becomes [`FILE`] when it is whole.
const UNFINISHED: &str = "FORMAT.new";
const MAGIC: &str = "lockstep store ";

/// Makes sure that `path` is a folder of our format, and makes it one if it is missing or empty.
///
/// # Errors
/// [`OpenError`] if it is not; then nothing was changed.
pub(super) fn claim(path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io { path: path.to_path_buf(), source };
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => return Err(OpenError::NotADirectory { path: path.to_path_buf() }),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(failed)?,
        Err(error) => return Err(failed(error)),
    }
    match read(&path.join(FILE)) {
        Ok(bytes) => check(path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if is_unused(path).map_err(failed)? {
                create(path).map_err(failed)
            } else {
                Err(OpenError::Foreign { path: path.to_path_buf() })
            }
        }
        Err(error) => Err(failed(error)),
    }
}

/// The start of the file: a foreign one may have any length.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check(path: &Path, bytes: &[u8]) -> Result<(), OpenError> {
    let text = str::from_utf8(bytes).ok();
    match text.and_then(|text| text.strip_prefix(MAGIC)?.strip_suffix('\n')?.parse().ok()) {
        Some(VERSION) => Ok(()),
        Some(found) if found > VERSION => {
            Err(OpenError::Newer { path: path.to_path_buf(), found, supported: VERSION })
        }
        Some(found) => Err(OpenError::Older { path: path.to_path_buf(), found, supported: VERSION }),
        None => Err(OpenError::Foreign { path: path.to_path_buf() }),
    }
}

fn is_unused(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        if entry?.file_name() != UNFINISHED {
            return Ok(false);
        }
    }
    Ok(true)
}

fn create(path: &Path) -> io::Result<()> {
    let mut file = File::create(path.join(UNFINISHED))?;
    writeln!(file, "{MAGIC}{VERSION}")?;
    file.sync_all()?;
    fs::rename(path.join(UNFINISHED), path.join(FILE))?;
    sync(path)
}

/// Makes the folder and those above it, each name on disk before what is under it.
fn make(path: &Path) -> io::Result<()> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !above.exists() {
        make(above)?;
    }
    fs::create_dir_all(path)?;
    sync(above)
}

/// A file's name outlasts a power cut only when its folder is synced.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

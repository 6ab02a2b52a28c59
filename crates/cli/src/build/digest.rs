//! What is the digest of a folder of sources?

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use windlass_app::{Build, Digest};

/// Folders and files that a build makes, or that are nobody's source.
const OUTPUTS: [&str; 6] = ["target", ".git", ".windlass", "node_modules", "__pycache__", ".DS_Store"];

/// Whether a file or folder of this name is left out of the digest and of the watch.
pub fn is_output(name: &OsStr) -> bool {
    OUTPUTS.iter().any(|output| name == *output)
}

/// The digests of one state of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// Of everything.
    pub all: Digest,
    /// Of everything but what package managers write during a build.
    pub but_locks: Digest,
}

/// Files that a build itself may write beside the sources.
const LOCKS: [&str; 2] = ["Cargo.lock", "go.sum"];

/// The digests of all files below `folder` with their names, and of how they are built. Files that a `Cargo.toml`
/// names outside the folder do not count.
pub fn of(folder: &Path, build: &Build) -> io::Result<Sources> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let how = match build {
        Build::Detect => Vec::new(),
        Build::Command(command) => command.clone().into_bytes(),
    };
    let mut parts = vec![how];
    let mut but_locks = parts.clone();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        let part = [name.to_string_lossy().replace('\\', "/").into_bytes(), std::fs::read(&file)?];
        if !LOCKS.iter().any(|lock| name.ends_with(lock)) {
            but_locks.extend(part.clone());
        }
        parts.extend(part);
    }
    let digest = |parts: &[Vec<u8>]| Digest::of_parts(parts.iter().map(Vec::as_slice));
    Ok(Sources { all: digest(&parts), but_locks: digest(&but_locks) })
}

/// All files below a folder; links are read as what they point to when that is a file, and not followed into
/// folders, which could lead round in a circle.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if is_output(&entry.file_name()) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() || kind.is_symlink() && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

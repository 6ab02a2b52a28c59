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

/// The digest of all files below `folder` with their names, and of how they are built. Files that a `Cargo.toml`
/// names outside the folder do not count.
pub fn of(folder: &Path, build: &Build) -> io::Result<Digest> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut parts: Vec<Vec<u8>> = Vec::new();
    parts.push(match build {
        Build::Detect => Vec::new(),
        Build::Command(command) => command.clone().into_bytes(),
    });
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        parts.push(name.to_string_lossy().replace('\\', "/").into_bytes());
        parts.push(std::fs::read(&file)?);
    }
    Ok(Digest::of_parts(parts.iter().map(Vec::as_slice)))
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

//! How is a binary compiled only once?
//!
//! Compiled code lies in a folder that only this user can enter, by a digest of the binary, Wasmtime's version
//! and its flags, and is mapped from there on the next start.

// Mapping compiled code is running it: the folder is checked before anything in it is used.
#![allow(unsafe_code)]

use crate::binary::{Binary, Kind};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use wasmtime::component::Component;
use wasmtime::{Engine, Module};
use windlass_app::Digest;

/// Compiled code, ready to be linked.
#[derive(Clone)]
pub enum Compiled {
    /// A core module.
    Module(Module),
    /// A component.
    Component(Component),
}

/// Compiles a binary, or maps what an earlier compilation left.
///
/// # Errors
/// When the binary is not valid WebAssembly.
pub fn compile(engine: &Engine, cache: Option<&Path>, binary: &Binary) -> wasmtime::Result<Compiled> {
    let Some(path) = cache.and_then(|folder| entry(engine, folder, binary)) else {
        return match binary.kind {
            Kind::Module => Module::new(engine, &binary.bytes).map(Compiled::Module),
            Kind::Component => Component::new(engine, &binary.bytes).map(Compiled::Component),
        };
    };
    if let Some(found) = map(engine, &path, binary.kind) {
        return Ok(found);
    }
    let code = match binary.kind {
        Kind::Module => engine.precompile_module(&binary.bytes)?,
        Kind::Component => engine.precompile_component(&binary.bytes)?,
    };
    if let Err(error) = keep(&path, &code) {
        tracing::warn!(path = %path.display(), %error, "compiled code is not kept");
    }
    // Safe: these bytes are what the engine made just above.
    match binary.kind {
        Kind::Module => unsafe { Module::deserialize(engine, code) }.map(Compiled::Module),
        Kind::Component => unsafe { Component::deserialize(engine, code) }.map(Compiled::Component),
    }
}

fn map(engine: &Engine, path: &Path, kind: Kind) -> Option<Compiled> {
    let kept = std::fs::read_to_string(sum_path(path)).ok()?;
    let bytes = std::fs::read(path).ok()?;
    if Digest::of(&bytes).to_string() != kept {
        tracing::warn!(path = %path.display(), "compiled code is damaged and made anew");
        return None;
    }
    drop(bytes);
    // Safe: only this user writes into the folder (see `entry`), and the digest says that `keep` wrote this.
    let mapped = match kind {
        Kind::Module => unsafe { Module::deserialize_file(engine, path) }.map(Compiled::Module),
        Kind::Component => unsafe { Component::deserialize_file(engine, path) }.map(Compiled::Component),
    };
    mapped
        .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "compiled code is made anew"))
        .ok()
}

/// The file for this binary, if the folder can be trusted.
fn entry(engine: &Engine, folder: &Path, binary: &Binary) -> Option<PathBuf> {
    if let Err(error) = private_folder(folder) {
        tracing::warn!(folder = %folder.display(), %error, "compiled code is not kept");
        return None;
    }
    let mut flags = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut flags);
    let digest = Digest::of_parts([&binary.bytes[..], &flags.finish().to_le_bytes()]);
    Some(folder.join(format!("{}.cwasm", digest.hex())))
}

/// Makes the folder with mode 0700, or makes sure that it is ours alone.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let metadata = std::fs::symlink_metadata(folder)?;
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if metadata.is_dir() && ours && metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(std::io::Error::other("the folder is not this user's alone (mode 0700)"))
}

fn keep(path: &Path, code: &[u8]) -> std::io::Result<()> {
    write(path, code)?;
    write(&sum_path(path), Digest::of(code).to_string().as_bytes())
}

/// Where the digest of a file of compiled code is kept: running damaged code would end the process.
fn sum_path(path: &Path) -> PathBuf {
    path.with_extension("sha256")
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

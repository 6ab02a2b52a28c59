//! What does one instance hold on the host's side?

use crate::hooks::Hooks;
use crate::limiter::Limiter;
use crate::meter::Meter;
use crate::output::Capture;
use crate::stubs;
use bytes::Bytes;
use std::sync::Arc;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use windlass_app::{Function, Group, Treatment};

/// The most resources that a guest may hold at once: streams, descriptors, requests and the like.
const MAX_RESOURCES: usize = 4_096;
/// The most random bytes that one call gives.
const MAX_RANDOM: u64 = 1 << 20;
/// The most bytes of one set of header fields, as held in memory.
const MAX_FIELDS: usize = 128 << 10;

/// The state of one instance, held in its store.
pub struct Ctx {
    /// Both ABIs are served from here: the preview 1 context contains the other.
    pub wasi: WasiP1Ctx,
    /// Memory accounting.
    pub limiter: Limiter,
    /// Processor time of the invocation that runs now.
    pub meter: Arc<Meter>,
    http: WasiHttpCtx,
    hooks: Hooks,
}

/// What a guest's standard streams are connected to.
pub struct Stdio {
    /// What it reads; nothing when empty.
    pub stdin: Bytes,
    /// Where stdout goes.
    pub stdout: Capture,
    /// Where stderr goes.
    pub stderr: Capture,
}

impl Ctx {
    /// A context with exactly what the function is granted.
    ///
    /// # Errors
    /// When a mounted folder cannot be opened.
    pub fn new(function: &Function, stdio: Stdio, meter: Arc<Meter>) -> wasmtime::Result<Self> {
        let grants = &function.grants;
        let mut builder = WasiCtxBuilder::new();
        builder.max_random_size(MAX_RANDOM);
        stubs::neutralise(&mut builder, grants);
        if grants.treatment(Group::Cli) == Treatment::Granted {
            builder.arg(function.id.function.as_str());
            builder.args(&grants.args);
            for variable in &grants.env {
                builder.env(&variable.name, &variable.value);
            }
            if let Some(cwd) = &grants.cwd {
                builder.initial_cwd(cwd);
            }
            builder.stdout(stdio.stdout).stderr(stdio.stderr);
            if !stdio.stdin.is_empty() {
                builder.stdin(MemoryInputPipe::new(stdio.stdin));
            }
        }
        if grants.treatment(Group::Filesystem) == Treatment::Granted {
            for mount in &grants.mounts {
                let permissions = if mount.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
                builder.preopened_dir(&mount.host, &mount.guest, permissions)?;
            }
        }
        let mut wasi = builder.build_p1();
        wasi.ctx().table.set_max_capacity(MAX_RESOURCES);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MAX_FIELDS);
        Ok(Ctx { wasi, limiter: Limiter::new(function.limits.memory.0), meter, http, hooks: Hooks })
    }
}

impl WasiView for Ctx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}

impl WasiHttpView for Ctx {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: self.wasi.ctx().table, hooks: &mut self.hooks }
    }
}

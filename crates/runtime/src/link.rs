//! What does the linker of one function hold? What its grants name, and nothing else.

use crate::ctx::Ctx;
use wasmtime::Engine;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi_http::p2::bindings as http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};
use windlass_app::{Grants, Group, Shape, Treatment};

/// A linker with the interfaces of every group that is granted or stubbed. The two differ in the context that
/// the functions run over, not in the functions (see `stubs`).
pub fn component(engine: &Engine, grants: &Grants, shape: Shape) -> wasmtime::Result<Linker<Ctx>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    let http_shape = shape == Shape::Http;
    for group in Group::ALL {
        let present = grants.treatment(group) != Treatment::Absent;
        match group {
            Group::Io if present || http_shape => add_io(l)?,
            Group::Http => {
                if present || http_shape {
                    let options = http::LinkOptions::default();
                    http::http::types::add_to_linker::<_, WasiHttp>(l, &options.into(), Ctx::http)?;
                }
                if present {
                    http::http::outgoing_handler::add_to_linker::<_, WasiHttp>(l, Ctx::http)?;
                }
            }
            Group::Cli if present => add_cli(l)?,
            Group::Clocks if present => add_clocks(l)?,
            Group::Random if present => add_random(l)?,
            Group::Filesystem if present => add_filesystem(l)?,
            Group::Sockets if present => add_sockets(l)?,
            Group::Io | Group::Cli | Group::Clocks | Group::Random | Group::Filesystem | Group::Sockets => {}
        }
    }
    Ok(linker)
}

/// A linker for a core module. It holds all of preview 1, because that is how the functions come; the module
/// can only reach those that it imports, and every import was compared with the grants before (see `imports`).
pub fn preview1(engine: &Engine) -> wasmtime::Result<wasmtime::Linker<Ctx>> {
    let mut linker = wasmtime::Linker::new(engine);
    wasmtime_wasi::p1::add_to_linker_async(&mut linker, |ctx: &mut Ctx| &mut ctx.wasi)?;
    // The host library takes codes above 125 for a fault of the guest; they are exit codes like any other.
    linker.allow_shadowing(true);
    linker.func_wrap(crate::preview1::MODULE, "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(wasmtime_wasi::I32Exit(code)))
    })?;
    Ok(linker)
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

fn table(ctx: &mut Ctx) -> &mut ResourceTable {
    ctx.ctx().table
}

fn random_ctx(ctx: &mut Ctx) -> &mut WasiRandomCtx {
    ctx.ctx().ctx.random()
}

fn add_io(l: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<Ctx, HasTable>(l, table)?;
    io::poll::add_to_linker::<Ctx, HasTable>(l, table)?;
    io::streams::add_to_linker::<Ctx, HasTable>(l, table)
}

fn add_cli(l: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    cli::environment::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::exit::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, Ctx::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, Ctx::cli)
}

fn add_clocks(l: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Ctx::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Ctx::clocks)
}

fn add_random(l: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    random::random::add_to_linker::<_, WasiRandom>(l, random_ctx)?;
    random::insecure::add_to_linker::<_, WasiRandom>(l, random_ctx)?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(l, random_ctx)
}

fn add_filesystem(l: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Ctx::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Ctx::filesystem)
}

fn add_sockets(l: &mut Linker<Ctx>) -> wasmtime::Result<()> {
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, WasiSockets>(l, &options, Ctx::sockets)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(l, Ctx::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(l, Ctx::sockets)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(l, Ctx::sockets)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, Ctx::sockets)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(l, Ctx::sockets)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, Ctx::sockets)
}

//! How is a project served from start to stop?

use crate::args::Serve;
use crate::exit::{Exit, print};
use crate::reload::Reloader;
use crate::{build, project, table, watch};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use windlass_app::{App, Group, RoutePattern, Treatment};
use windlass_runtime::{Loaded, Prepared};
use windlass_server::{Listeners, Server, Site, bind};

/// Serves until it is told to stop.
pub fn run(args: Serve) -> Result<ExitCode, Exit> {
    let place = project::find(&args.path)?;
    let mut app = project::open_good(&place, &args.single)?;
    apply_flags(&mut app, &args);
    build::ensure(&app, false)?;
    let runtime = project::runtime(&app, &args.cache)?;
    let loaded = project::load(&runtime, &app, &Loaded::default())?;
    let site = Site::new(app, loaded, None)
        .map_err(|ties| Exit::user(ties.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let executor = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("windlass")
        .build()
        .map_err(Exit::ours)?;
    executor.block_on(async {
        let listeners = bind(&site.app.server).await.map_err(Exit::user)?;
        let server = Server::new(site);
        let reloader = Reloader::new(place, args, Arc::new(runtime), server.clone());
        let _watching = reloader.args.watch.then(|| watch::start(&reloader)).transpose()?;
        spawn_hangup(reloader)?;
        // Last, so that whoever reads it finds everything at work.
        announce(&server.site(), &listeners)?;
        server.serve(listeners, stop()?).await;
        Ok::<_, Exit>(())
    })?;
    // What the grace did not end is ended here.
    executor.shutdown_timeout(Duration::from_millis(100));
    Ok(ExitCode::SUCCESS)
}

/// Flags win over the project file.
pub fn apply_flags(app: &mut App, args: &Serve) {
    if !args.listen.is_empty() {
        app.server.listen = args.listen.clone();
        app.server.listen_chosen = true;
    }
    if let Some(admin) = &args.admin {
        app.server.admin = admin.clone();
        app.server.admin_chosen = true;
    }
}

/// SIGHUP loads the project anew.
fn spawn_hangup(reloader: Arc<Reloader>) -> Result<(), Exit> {
    let mut hangup = signal(SignalKind::hangup()).map_err(Exit::ours)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reloader.clone().reload("SIGHUP").await;
        }
    });
    Ok(())
}

/// Resolves at SIGINT or SIGTERM; a second one ends the process at once.
fn stop() -> Result<impl Future<Output = ()>, Exit> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Exit::ours)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Exit::ours)?;
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("stopping: requests in flight are let finish");
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            std::process::exit(130);
        });
    })
}

fn announce(site: &Site, listeners: &Listeners) -> Result<(), Exit> {
    let urls = listeners.public_urls();
    print(&format!(
        "Serving {} on {} (admin {})\n\n",
        site.app.name,
        urls.join(", "),
        listeners.admin_url()
    ))?;
    print(&routes(site, urls.first().map(String::as_str).unwrap_or_default()))
}

/// The one table: route, function, shape, grants, URL.
fn routes(site: &Site, url: &str) -> String {
    let header = ["ROUTE", "FUNCTION", "SHAPE", "GRANTS", "URL"].map(str::to_owned).to_vec();
    let mut rows = vec![header];
    for prepared in site.loaded.iter() {
        let row = |route: String, address: String| {
            vec![
                route,
                prepared.function.id.to_string(),
                prepared.shape.to_string(),
                grants(prepared),
                address,
            ]
        };
        if prepared.function.routes.is_empty() {
            rows.push(row("(private)".into(), String::new()));
        }
        rows.extend(prepared.function.routes.iter().map(|route| row(route.to_string(), address(url, route))));
    }
    table::render(&rows)
}

fn address(url: &str, route: &RoutePattern) -> String {
    let text = route.to_string();
    let path = text.find('/').and_then(|slash| text.get(slash..)).unwrap_or_default();
    let shown = if path == "/{path...}" { "/" } else { path };
    if url.starts_with("unix:") { format!("{url} {shown}") } else { format!("{url}{shown}") }
}

/// The granted groups by their short names, then the stubbed ones.
fn grants(prepared: &Prepared) -> String {
    let names = |treatment: Treatment| {
        let groups =
            Group::ALL.into_iter().filter(|group| prepared.function.grants.treatment(*group) == treatment);
        groups.map(|group| group.as_str().trim_start_matches("wasi:")).collect::<Vec<_>>().join(" ")
    };
    match (names(Treatment::Granted), names(Treatment::Stubbed)) {
        (granted, stubbed) if granted.is_empty() && stubbed.is_empty() => "none".into(),
        (granted, stubbed) if stubbed.is_empty() => granted,
        (granted, stubbed) => format!("{granted} (stubs: {stubbed})").trim_start().to_owned(),
    }
}

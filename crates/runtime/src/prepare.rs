//! What is a function once it can be invoked?

use crate::admission::{Admission, Permit};
use crate::binary::{self, Binary, Kind};
use crate::compiled::Compiled;
use crate::counters::Counters;
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::imports::{self, Import};
use crate::load::LoadError;
use crate::report::{self, RequestId};
use crate::shapes::{Idle, Method};
use crate::{link, shape};
use std::sync::Arc;
use wasmtime::{Engine, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use windlass_app::{Digest, Function, Group, Shape, Treatment};

/// A function that was compiled, linked with its grants, and can be invoked.
pub struct Prepared {
    /// What the project file says of it.
    pub function: Function,
    /// The digest of its binary.
    pub digest: Digest,
    /// How it takes requests.
    pub shape: Shape,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What happened to it; kept over reloads.
    pub counters: Arc<Counters>,
    pub(crate) entry: Entry,
    pub(crate) engine: Engine,
    pub(crate) idle: Idle,
    admission: Admission,
}

/// What is instantiated.
pub(crate) enum Entry {
    /// A component that handles requests.
    Http(ProxyPre<Ctx>),
    /// A component with `wasi:cli/run`.
    Command(CommandPre<Ctx>),
    /// A core module with `_start`.
    CoreCommand(InstancePre<Ctx>),
    /// A component with a typed export.
    Method(Method),
}

impl Prepared {
    /// Links a compiled binary by the function's grants.
    pub(crate) fn new(
        engine: &Engine,
        function: &Function,
        digest: Digest,
        compiled: &Compiled,
        counters: Arc<Counters>,
    ) -> Result<Self, Vec<LoadError>> {
        let fail = |(message, help)| LoadError::new(function, message, help);
        let (shape, method) = shape::of(engine, compiled, function).map_err(|why| vec![fail(why)])?;
        let imports = imports::of(engine, compiled, shape)
            .map_err(|unknown| unknown.into_iter().map(fail).collect::<Vec<_>>())?;
        check_grants(function, &imports)?;
        check_useless(function)?;
        check_reuse(function, shape)?;
        let entry = entry(engine, function, compiled, shape, method).map_err(|why| vec![fail(why)])?;
        Ok(Prepared {
            digest,
            shape,
            imports,
            counters,
            entry,
            engine: engine.clone(),
            idle: Idle::default(),
            admission: Admission::new(function.instances),
            function: function.clone(),
        })
    }

    /// The right to run one instance now, or after a bounded wait.
    ///
    /// # Errors
    /// [`Fault::Busy`], counted.
    pub async fn admit(&self) -> Result<Permit, Fault> {
        self.admission.admit().await.map_err(|refusal| {
            let fault = Fault::Busy(refusal);
            self.counters.fault(fault.kind());
            fault
        })
    }

    /// Tells of a fault that was found in what the guest left when it had ended well.
    pub fn late(&self, request: RequestId, fault: Fault) -> Fault {
        report::late(self, request, &fault);
        fault
    }

    /// How many requests wait for an instance now.
    pub fn waiting(&self) -> u32 {
        self.admission.waiting()
    }
}

fn check_grants(function: &Function, imports: &[Import]) -> Result<(), Vec<LoadError>> {
    let lacking = imports::missing(imports, &function.grants);
    if lacking.is_empty() {
        return Ok(());
    }
    let groups: Vec<_> = lacking.iter().map(|(group, _)| *group).collect();
    let table = format!("[services.{}.functions.{}]", function.id.service, function.id.function);
    let line = imports::line_to_add(function, &groups);
    let help = format!("in {table} write\n{line}\nor let `windlass check --write` do it");
    let tell = |(group, names): (_, Vec<String>)| {
        let message = format!("it imports {}, and {group} is not granted", summary(&names));
        LoadError::new(function, message, Some(help.clone()))
    };
    let mut errors: Vec<LoadError> = lacking.into_iter().map(tell).collect();
    // The line is the same for all of them: once is enough.
    let last = errors.len().saturating_sub(1);
    errors.iter_mut().take(last).for_each(|error| error.help = None);
    Err(errors)
}

fn summary(names: &[String]) -> String {
    match names {
        [a, b, c, _, ..] => format!("{a}, {b}, {c} and {} more", names.len() - 3),
        few => few.join(", "),
    }
}

/// Variables and folders that no granted interface would show to the guest.
fn check_useless(function: &Function) -> Result<(), Vec<LoadError>> {
    let grants = &function.grants;
    let useless = |(group, _): &(Group, &str)| {
        grants.has_use_for(*group) && grants.treatment(*group) != Treatment::Granted
    };
    let tell = |(group, what): (Group, &str)| {
        let help = format!("write {}", imports::line_to_add(function, &[group]));
        LoadError::new(function, format!("{what} given, but {group} is not granted"), Some(help))
    };
    let given = [(Group::Cli, "env, args and cwd are"), (Group::Filesystem, "mounts are")];
    let errors: Vec<LoadError> = given.into_iter().filter(useless).map(tell).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn check_reuse(function: &Function, shape: Shape) -> Result<(), Vec<LoadError>> {
    if shape == Shape::Command && function.instances.reuse > 1 {
        let message = "instances.reuse is set, but a command runs once and ends".to_owned();
        return Err(vec![LoadError::new(function, message, Some("remove instances.reuse".into()))]);
    }
    Ok(())
}

fn entry(
    engine: &Engine,
    function: &Function,
    compiled: &Compiled,
    shape: Shape,
    method: Option<String>,
) -> Result<Entry, (String, Option<String>)> {
    let fail = |error: wasmtime::Error| (format!("it cannot be linked: {error:#}"), None);
    let component = match compiled {
        Compiled::Component(component) => component,
        Compiled::Module(module) => {
            let linker = link::preview1(engine).map_err(fail)?;
            return linker.instantiate_pre(module).map(Entry::CoreCommand).map_err(fail);
        }
    };
    let linker = link::component(engine, &function.grants, shape).map_err(fail)?;
    let pre = linker.instantiate_pre(component).map_err(fail)?;
    match (shape, method) {
        (Shape::Http, _) => ProxyPre::new(pre).map(Entry::Http).map_err(fail),
        (Shape::Command, _) => CommandPre::new(pre).map(Entry::Command).map_err(fail),
        (Shape::Method, method) => {
            Method::new(component, pre, &method.unwrap_or_default()).map(Entry::Method)
        }
    }
}

/// The binary of a function, wrapped as a component where its WIT signatures ask for it.
pub(crate) fn final_binary(function: &Function) -> Result<Binary, binary::Refused> {
    let binary = binary::read(function)?;
    match (&function.wit, binary.kind) {
        (Some(wit), Kind::Module) => crate::componentize::componentize(binary, wit),
        (Some(_), Kind::Component) => Err((
            "wit is for core modules, and this is a component with types of its own".into(),
            Some("remove the key wit".into()),
        )),
        (None, _) => Ok(binary),
    }
}

//! What does a binary import, and does the project file give it?

use crate::compiled::Compiled;
use crate::preview1::{self, Need};
use wasmtime::Engine;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use windlass_app::{Function, Grants, Group, Shape, Treatment};

/// One import of a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The interface with its version, or the preview 1 function.
    pub name: String,
    /// The group that brings it; the first of two where either does. `None` when nothing is needed.
    pub group: Option<Group>,
    /// The other group that would do.
    pub or: Option<Group>,
}

/// Why an import can never be satisfied: the message, and what to do.
pub type Unknown = (String, Option<String>);

/// The imports of a binary that bring functions or resources.
///
/// # Errors
/// Every import that no grant could satisfy.
pub fn of(engine: &Engine, compiled: &Compiled, shape: Shape) -> Result<Vec<Import>, Vec<Unknown>> {
    let mut imports = Vec::new();
    let mut unknown = Vec::new();
    let mut sort = |found: Result<Option<Import>, Unknown>| match found {
        Ok(import) => imports.extend(import),
        Err(refused) => unknown.push(refused),
    };
    match compiled {
        Compiled::Module(module) => {
            for import in module.imports() {
                sort(core_import(import.module(), import.name()).map(Some));
            }
        }
        Compiled::Component(component) => {
            for (name, item) in component.component_type().imports(engine) {
                sort(component_import(engine, name, &item.ty, shape));
            }
        }
    }
    if unknown.is_empty() { Ok(imports) } else { Err(unknown) }
}

/// What the project file lacks for these imports: the groups to add, each with what needs it.
pub fn missing(imports: &[Import], grants: &Grants) -> Vec<(Group, Vec<String>)> {
    let mut lacking: Vec<(Group, Vec<String>)> = Vec::new();
    let absent = |group: Group| grants.treatment(group) == Treatment::Absent;
    for import in imports {
        let Some(group) = import.group.filter(|group| absent(*group) && import.or.is_none_or(absent)) else {
            continue;
        };
        match lacking.iter_mut().find(|(known, _)| *known == group) {
            Some((_, names)) => names.push(import.name.clone()),
            None => lacking.push((group, vec![import.name.clone()])),
        }
    }
    lacking.sort_by_key(|(group, _)| *group);
    if lacking.iter().any(|(group, _)| group.needs_io()) {
        // It comes with what is lacking besides.
        lacking.retain(|(group, _)| *group != Group::Io);
    }
    lacking
}

/// The lines of the project file that give a function these groups too: what holds no authority is granted, files
/// are where folders are mounted, and the rest is stubbed.
pub fn line_to_add(function: &Function, groups: &[Group]) -> String {
    let mounted = !function.grants.mounts.is_empty();
    let granted = |group: &&Group| group.holds_no_authority() || **group == Group::Filesystem && mounted;
    let (grant, stub): (Vec<&Group>, Vec<&Group>) = groups.iter().partition(granted);
    let line = |key: &str, known: &[Group], more: Vec<&Group>| {
        let mut all: Vec<&Group> = known.iter().chain(more).collect();
        all.sort();
        let names: Vec<String> = all.iter().map(|group| format!("\"{group}\"")).collect();
        format!("{key} = [{}]", names.join(", "))
    };
    let mut lines = Vec::new();
    if !grant.is_empty() {
        lines.push(line("imports", function.grants.imports(), grant));
    }
    if !stub.is_empty() {
        lines.push(line("stubs", function.grants.stubs(), stub));
    }
    lines.join("\n")
}

fn core_import(module: &str, name: &str) -> Result<Import, Unknown> {
    let full = format!("{module}.{name}");
    if module != preview1::MODULE {
        let help =
            (module == "wasi_unstable").then(|| "build it with a current toolchain for wasm32-wasip1".into());
        return Err((format!("it imports {full}, which Windlass does not have"), help));
    }
    match preview1::need(name) {
        None => Err((format!("it imports {full}, and preview 1 has no such function"), None)),
        Some(Need::Nothing) => Ok(Import { name: full, group: None, or: None }),
        Some(Need::One(group)) => Ok(Import { name: full, group: Some(group), or: None }),
        Some(Need::Either(group, or)) => Ok(Import { name: full, group: Some(group), or: Some(or) }),
    }
}

fn component_import(
    engine: &Engine,
    name: &str,
    item: &ComponentItem,
    shape: Shape,
) -> Result<Option<Import>, Unknown> {
    let brings_something = match item {
        ComponentItem::ComponentInstance(instance) => has_functions_or_resources(engine, instance),
        ComponentItem::Type(_) => false,
        _ => true,
    };
    if !brings_something {
        return Ok(None);
    }
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let package = path.split('/').next().unwrap_or_default();
    let Ok(group) = package.parse::<Group>() else {
        return Err((format!("it imports {name}, which Windlass does not have"), None));
    };
    if !version.starts_with("0.2.") {
        let help = "build it for WASI 0.2 (wasm32-wasip2)";
        return Err((
            format!("it imports {name}, and this version of Windlass has WASI 0.2"),
            Some(help.into()),
        ));
    }
    let given_by_shape = shape == Shape::Http && (path == "wasi:http/types" || group == Group::Io);
    let group = Some(group).filter(|_| !given_by_shape);
    Ok(Some(Import { name: name.to_owned(), group, or: None }))
}

fn has_functions_or_resources(engine: &Engine, instance: &ComponentInstance) -> bool {
    instance.exports(engine).any(|(_, item)| !matches!(item.ty, ComponentItem::Type(_)))
}

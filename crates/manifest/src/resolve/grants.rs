//! What does a function get: groups, variables, arguments, directories?

use super::Context;
use crate::at::At;
use crate::raw::{RawEnv, RawFunction, RawHostVariable, RawMount};
use crate::suggest;
use std::ops::Range;
use std::path::Path;
use windlass_app::{EnvOrigin, EnvVar, Grants, Group, Mount};

/// Resolves the grants of one function.
pub fn resolve(raw: &mut RawFunction, context: &mut Context<'_>) -> Grants {
    let imports: Vec<_> = raw.imports.iter().filter_map(|group| granted(group, context)).collect();
    let stubs: Vec<_> = raw.stubs.iter().filter_map(|group| parse(group, context)).collect();
    if let Some(both) = raw.stubs.iter().find(|stub| stub.value.parse().is_ok_and(|g| imports.contains(&g))) {
        context.problem(
            both.span(),
            format!("{:?} stands in imports and in stubs; it is one or the other", both.value),
        );
    }
    let mut grants = Grants::new(imports, stubs);
    for (name, value) in std::mem::take(&mut raw.env) {
        grants.env.extend(variable(name, value, context));
    }
    grants.args = std::mem::take(&mut raw.args);
    check_nul(raw, &grants, context);
    grants.cwd = raw.cwd.take().and_then(|cwd| absolute(cwd, context));
    for mount in std::mem::take(&mut raw.mounts) {
        let span = mount.span();
        let Some(mount) = directory(mount, context) else {
            continue;
        };
        if grants.mounts.iter().any(|other| other.guest == mount.guest) {
            context.problem(span, format!("two mounts are at {:?} in the guest", mount.guest));
        }
        grants.mounts.push(mount);
    }
    grants
}

fn granted(text: &At<String>, context: &mut Context<'_>) -> Option<Group> {
    let group = parse(text, context)?;
    if matches!(group, Group::Sockets | Group::Http) {
        let message = format!("{group} cannot be granted in this version of Windlass");
        let help = format!("if the code never uses it, write stubs = [\"{group}\"]");
        context.problem_help(text.span(), message, help);
        return None;
    }
    Some(group)
}

fn parse(text: &At<String>, context: &mut Context<'_>) -> Option<Group> {
    let group = text.value.parse().ok();
    if group.is_none() {
        let whole = text.value.split(['/', '@']).next().unwrap_or_default();
        let help = match whole.parse::<Group>() {
            Ok(group) => format!("interfaces are granted by group: \"{group}\""),
            Err(()) => suggest::help(&text.value, &Group::ALL.map(Group::as_str)),
        };
        context.problem_help(text.span(), format!("{:?} is not a group of interfaces", text.value), help);
    }
    group
}

fn variable(name: At<String>, value: At<RawEnv>, context: &mut Context<'_>) -> Option<EnvVar> {
    if name.value.is_empty() || name.value.contains(['=', '\0']) {
        context.problem(name.span(), format!("{:?} cannot be the name of a variable", name.value));
        return None;
    }
    let span = value.span();
    let (value, origin) = match value.value {
        RawEnv::Literal(value) => (value, EnvOrigin::Literal),
        RawEnv::Host(variable) => host_variable(variable, span.clone(), context)?,
    };
    if value.contains('\0') {
        context.problem(span, "a variable cannot hold a NUL character");
        return None;
    }
    Some(EnvVar { name: name.value, value, origin })
}

/// The value of a host variable, where it is set.
fn host_variable(
    variable: RawHostVariable,
    span: Range<usize>,
    context: &mut Context<'_>,
) -> Option<(String, EnvOrigin)> {
    let Some(name) = variable.host else {
        context.missing(span, "a variable of the host has a name", "write { host = \"NAME\" }");
        return None;
    };
    let value = (context.host)(&name);
    if value.is_none() && variable.required {
        let message = format!("the host variable {name} is required and not set");
        context.problem_help(span, message, "set it, or write it into a .env file beside the project file");
    }
    value.map(|value| (value, EnvOrigin::Host(name)))
}

fn check_nul(raw: &RawFunction, grants: &Grants, context: &mut Context<'_>) {
    if grants.args.iter().any(|argument| argument.contains('\0')) {
        let span = raw.imports.first().map_or(0..0, At::span);
        context.problem(span, "an argument cannot hold a NUL character");
    }
}

fn absolute(path: At<String>, context: &mut Context<'_>) -> Option<String> {
    let good = is_plain_absolute(&path.value);
    if !good {
        context
            .problem(path.span(), format!("{:?} is not an absolute guest path without \"..\"", path.value));
    }
    good.then_some(path.value)
}

fn directory(raw: At<RawMount>, context: &mut Context<'_>) -> Option<Mount> {
    let span = raw.span();
    let (Some(host), Some(guest)) = (raw.value.host, raw.value.guest) else {
        context.missing(
            span,
            "a mount has a host folder and a guest path",
            "write { host = \"data\", guest = \"/data\" }",
        );
        return None;
    };
    if !is_plain_absolute(&guest) {
        context.problem(span, format!("the guest path {guest:?} is not absolute and without \"..\""));
        return None;
    }
    let host = context.root.join(host);
    if !host.is_dir() {
        let what = if host.exists() { "is not a folder" } else { "does not exist" };
        let help = "make the folder, or correct the path; it is relative to the project file";
        context.problem_help(span, format!("the mount's host folder {} {what}", host.display()), help);
        return None;
    }
    let guest = if guest.len() > 1 { guest.trim_end_matches('/').to_owned() } else { guest };
    Some(Mount { host, guest, read_only: raw.value.read_only })
}

fn is_plain_absolute(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains('\0')
        && Path::new(path).components().all(|part| part.as_os_str() != "..")
}

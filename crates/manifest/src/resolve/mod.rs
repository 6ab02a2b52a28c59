//! What does the file mean? From the serde mirror to the project's values, reporting all that does not hold.

mod function;
mod grants;
mod server;

use crate::at::At;
use crate::problem::{Problem, Problems};
use crate::raw::{Raw, RawService};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use windlass_app::{App, Function, Name, RoutePattern, RouteTable, Service, parse_duration};

/// What every part of the resolution needs.
pub struct Context<'a> {
    /// The folder of the project file.
    pub root: PathBuf,
    /// The host's variables.
    pub host: &'a dyn Fn(&str) -> Option<String>,
    /// Whether keys were taken out already, so that a missing one may have been there.
    pub pruned: bool,
    /// What was found so far.
    pub problems: Problems,
}

/// Resolves the whole file.
pub fn resolve(
    raw: Raw,
    path: &Path,
    host: &dyn Fn(&str) -> Option<String>,
    pruned: bool,
    problems: Problems,
) -> Result<App, Problems> {
    let root = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let mut context = Context { root, host, pruned, problems };
    let name = project_name(&raw, &mut context);
    check_version(&raw, &mut context);
    let server = server::resolve(raw.server, &mut context);
    let services = services(raw.services, &mut context);
    let Some(name) = name else { return Err(context.problems) };
    let app = App { name, root: context.root, server, services };
    if context.problems.is_empty() { Ok(app) } else { Err(context.problems.with_rest(app)) }
}

impl Context<'_> {
    /// Reports that something is wrong here.
    pub fn problem(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problems.add(Problem::new(span, message));
    }

    /// Reports it with words on what to do.
    pub fn problem_help(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.add(Problem::new(span, message).help(help));
    }

    /// Reports a missing key, unless it may just have been taken out for another reason.
    pub fn missing(&mut self, span: Range<usize>, message: &str, help: &str) {
        if !self.pruned {
            self.problem_help(span, message, help);
        }
    }

    /// Parses a text by its type; a failure is reported at its place.
    pub fn parse<T: FromStr<Err: std::fmt::Display>>(&mut self, text: &At<String>) -> Option<T> {
        self.parse_with(text, str::parse)
    }

    /// Parses a text by this function; a failure is reported at its place.
    pub fn parse_with<T, E: std::fmt::Display>(
        &mut self,
        text: &At<String>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(&text.value)
            .map_err(|error| self.problem(text.span(), format!("{:?}: {error}", text.value)))
            .ok()
    }

    /// The same where the key may be absent and has a default.
    pub fn parse_or<T, E: std::fmt::Display>(
        &mut self,
        text: Option<At<String>>,
        default: T,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> T {
        text.and_then(|text| self.parse_with(&text, parse)).unwrap_or(default)
    }

    /// A number of at least 1.
    pub fn positive(&mut self, number: Option<At<u32>>, default: u32) -> u32 {
        if let Some(zero) = number.as_ref().filter(|number| number.value == 0) {
            self.problem(zero.span(), "expected at least 1, found 0");
        }
        number.map_or(default, |number| number.value)
    }
}

/// A duration in which something can happen.
pub fn some_time(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("nothing can happen in no time".into()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    }
}

fn project_name(raw: &Raw, context: &mut Context<'_>) -> Option<Name> {
    match &raw.project.name {
        // A name that is none stands in the way of nothing else.
        Some(name) => context.parse(name).or_else(|| "project".parse().ok()),
        None => {
            context.missing(
                0..0,
                "the project has no name",
                "start the file with\n[project]\nname = \"my-project\"",
            );
            None
        }
    }
}

fn check_version(raw: &Raw, context: &mut Context<'_>) {
    let Some(wanted) = &raw.project.windlass else {
        return;
    };
    let Some(range) = context.parse::<semver::VersionReq>(wanted) else {
        return;
    };
    let this = semver::Version::parse(crate::VERSION);
    if this.is_ok_and(|this| !range.matches(&this)) {
        let message =
            format!("this project asks for Windlass {}, and this is {}", wanted.value, crate::VERSION);
        context.problem(wanted.span(), message);
    }
}

fn services(raw: BTreeMap<At<String>, RawService>, context: &mut Context<'_>) -> Vec<Service> {
    let mut routes = Vec::new();
    let mut services = Vec::new();
    for (key, service) in raw {
        let Some(name) = context.parse::<Name>(&key) else {
            continue;
        };
        let mut functions: Vec<Function> = Vec::new();
        for (key, body) in service.functions {
            let Some(function_name) = context.parse::<Name>(&key) else {
                continue;
            };
            let spans: Vec<_> = body.value.routes.iter().map(At::span).collect();
            let function = function::resolve(&name, function_name, key.span(), body, context);
            routes.extend(function.routes.iter().cloned().zip(spans));
            functions.push(function);
        }
        functions.sort_by(|a, b| a.id.cmp(&b.id));
        services.push(Service { name, functions });
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    report_ties(routes, context);
    services
}

fn report_ties(routes: Vec<(RoutePattern, Range<usize>)>, context: &mut Context<'_>) {
    let spans: Vec<_> = routes.iter().map(|(_, span)| span.clone()).collect();
    let Err(ties) = RouteTable::new(routes) else {
        return;
    };
    for tie in ties {
        let later = spans.get(tie.first_index).into_iter().chain(spans.get(tie.second_index));
        let span = later.max_by_key(|span| span.start).cloned().unwrap_or(0..0);
        context.problem_help(
            span,
            tie.to_string(),
            "make one of them more specific, or give it another method or host",
        );
    }
}

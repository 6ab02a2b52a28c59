//! What does `[services.x.functions.y]` mean?

use super::{Context, grants, some_time};
use crate::at::At;
use crate::raw::{RawFunction, RawInstances, RawLimits, RawSeed};
use crate::suggest;
use std::ops::Range;
use windlass_app::{
    Build, Code, Function, FunctionId, Instances, Limits, Name, Shape, StdinForm, StdoutForm, parse_duration,
};

/// Resolves one function; what is wrong is reported and replaced by its default.
pub fn resolve(
    service: &Name,
    function: Name,
    key: Range<usize>,
    raw: At<RawFunction>,
    context: &mut Context<'_>,
) -> Function {
    let mut raw = raw.value;
    let id = FunctionId { service: service.clone(), function };
    let code = code(&id, &mut raw, key, context);
    let shape = raw.shape.as_ref().and_then(|text| {
        word(text, &[("http", Shape::Http), ("command", Shape::Command), ("method", Shape::Method)], context)
    });
    let routes = raw.routes.iter().filter_map(|route| context.parse(route)).collect();
    let stdin = [("params", StdinForm::Params), ("request", StdinForm::Request)];
    let stdout = [("body", StdoutForm::Body), ("cgi", StdoutForm::Cgi)];
    let grants = grants::resolve(&mut raw, context);
    Function {
        id,
        description: raw.description,
        code,
        hash: raw.hash.and_then(|hash| context.parse(&hash)),
        shape,
        routes,
        method: raw.method.map(|method| method.value),
        wit: raw.wit.map(|wit| wit.value),
        stdin: raw.stdin.and_then(|text| word(&text, &stdin, context)).unwrap_or_default(),
        stdout: raw.stdout.and_then(|text| word(&text, &stdout, context)).unwrap_or_default(),
        seed: raw.seed.and_then(|seed| fixed_seed(seed, context)),
        grants,
        limits: limits(raw.limits, context),
        instances: instances(raw.instances, context),
    }
}

fn code(id: &FunctionId, raw: &mut RawFunction, key: Range<usize>, context: &mut Context<'_>) -> Code {
    let build = raw.build.take();
    if let Some(build) = build.as_ref().filter(|_| raw.source.is_none()) {
        context.problem_help(
            build.span(),
            "build needs source",
            "name the folder that the command runs in: source = \"…\"",
        );
    }
    if let Some(empty) =
        [&raw.source, &raw.wasm, &raw.wat].into_iter().flatten().find(|at| at.value.trim().is_empty())
    {
        context.problem(empty.span(), "this is empty");
    }
    let given = [&raw.source, &raw.wasm, &raw.wat].into_iter().flatten().map(At::span).collect::<Vec<_>>();
    if let Some(second) = given.iter().max_by_key(|span| span.start).filter(|_| given.len() > 1) {
        context.problem(second.clone(), "a function has one of source, wasm and wat");
    }
    if let Some(source) = raw.source.take() {
        let folder = context.root.join(&source.value);
        if !folder.is_dir() {
            context.problem(source.span(), format!("the source folder {} does not exist", folder.display()));
        }
        let build = build.map_or(Build::Detect, |command| Build::Command(command.value));
        let output = context.root.join(".windlass/build").join(format!("{id}.wasm"));
        return Code::Source { folder, build, output };
    }
    match (raw.wasm.take(), raw.wat.take()) {
        (Some(wasm), _) => Code::File(context.root.join(wasm.value)),
        (None, Some(wat)) if wat.value.contains('(') => Code::Text(wat.value),
        (None, Some(wat)) => Code::File(context.root.join(wat.value)),
        (None, None) => {
            let message = format!("the function {id} has no binary");
            context.missing(key, &message, "add wasm = \"….wasm\", wat = \"….wat\" or source = \"FOLDER\"");
            Code::Text(String::new())
        }
    }
}

/// One of a few words.
fn word<T: Copy>(text: &At<String>, words: &[(&str, T)], context: &mut Context<'_>) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{:?} is none of {}", text.value, known.join(", "));
        context.problem_help(text.span(), message, suggest::help(&text.value, &known));
    }
    found
}

fn fixed_seed(seed: At<RawSeed>, context: &mut Context<'_>) -> Option<i64> {
    match &seed.value {
        RawSeed::Fixed(number) => Some(*number),
        RawSeed::Word(word) => {
            if word != "random" {
                context.problem(seed.span(), format!("{word:?} is not a seed; write \"random\" or a number"));
            }
            None
        }
    }
}

fn limits(raw: RawLimits, context: &mut Context<'_>) -> Limits {
    let defaults = Limits::default();
    let memory_span = raw.memory.as_ref().map(At::span);
    let limits = Limits {
        time: context.parse_or(raw.time, defaults.time, some_time),
        cpu: context.parse_or(raw.cpu, defaults.cpu, some_time),
        memory: context.parse_or(raw.memory, defaults.memory, str::parse),
        output: context.parse_or(raw.output, defaults.output, str::parse),
    };
    if let Some(span) = memory_span.filter(|_| limits.memory.0 > 4 << 30) {
        context.problem(span, "the memories of an instance are at most 4GiB together");
    }
    limits
}

fn instances(raw: RawInstances, context: &mut Context<'_>) -> Instances {
    let defaults = Instances::default();
    Instances {
        reuse: context.positive(raw.reuse, defaults.reuse),
        max: context.positive(raw.max, defaults.max),
        queue: raw.queue.map_or(defaults.queue, |queue| queue.value),
        queue_time: context.parse_or(raw.queue_time, defaults.queue_time, parse_duration),
    }
}

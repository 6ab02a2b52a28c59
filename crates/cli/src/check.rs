//! Is the project right, and what may each function touch?

use crate::args::{Check, Format, Single};
use crate::exit::{Exit, print};
use crate::project::{self, Place};
use crate::{build, table};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use windlass_app::{App, Code, EnvOrigin, Function, Grants, Group, Treatment};
use windlass_manifest::{Needs, Problems, write_needs};
use windlass_runtime::{LoadError, Loaded, Prepared};

/// Validates a project and shows its capability table.
pub fn run(args: Check) -> Result<ExitCode, Exit> {
    let place = project::find(&args.path)?;
    let mut app = match project::open(&place, &Single::default())? {
        Ok(app) => app,
        Err(problems) => return report_problems(&problems, &args),
    };
    build::ensure(&app, false)?;
    if args.write {
        let Place::Manifest(manifest) = &place else {
            return Err(Exit::user("--write needs a project file; a single file has none"));
        };
        write(&app, manifest, &args)?;
        app = project::open_good(&place, &Single::default())?;
    }
    let runtime = project::runtime(&app, &args.cache)?;
    let (loaded, errors) = runtime.load_what_works(&app, &Loaded::default(), &|_| {});
    match args.format {
        Format::Json => {
            let functions: Vec<Value> =
                loaded.iter().map(|prepared| windlass_server::describe(prepared)).collect();
            let errors: Vec<Value> = errors.iter().map(error_json).collect();
            let result = json!({ "project": app.name.as_str(), "functions": functions, "errors": errors });
            print(&format!("{result:#}\n"))?;
        }
        Format::Text if errors.is_empty() => print(&report(&app, &loaded))?,
        Format::Text => return Err(Exit::User(project::list(&errors))),
    }
    Ok(ExitCode::from(u8::from(!errors.is_empty())))
}

/// Problems of the file, and besides what is wrong with the binaries that it names.
fn report_problems(problems: &Problems, args: &Check) -> Result<ExitCode, Exit> {
    let binaries = problems.rest().map(|app| binary_errors(app, args)).transpose()?.unwrap_or_default();
    if args.format == Format::Text {
        let mut text = problems.render(std::io::stderr().is_terminal());
        if !binaries.is_empty() {
            text.push_str(&format!("\n\n{}", project::list(&binaries)));
        }
        return Err(Exit::User(text));
    }
    let placed = problems.iter().map(|problem| {
        let (line, column) = problems.position(problem);
        json!({
            "file": problems.path(), "line": line, "column": column,
            "message": problem.message, "help": problem.help,
        })
    });
    let errors: Vec<Value> = placed.chain(binaries.iter().map(error_json)).collect();
    print(&format!("{:#}\n", json!({ "errors": errors })))?;
    Ok(ExitCode::FAILURE)
}

/// What is wrong with the binaries of a project whose file has problems: grants are not looked at, because the file
/// may be wrong about them, nor is anything built.
fn binary_errors(app: &App, args: &Check) -> Result<Vec<LoadError>, Exit> {
    let mut open = app.clone();
    for service in &mut open.services {
        service.functions.retain(|function| match &function.code {
            Code::File(_) => true,
            Code::Text(text) => !text.is_empty(),
            Code::Source { .. } => false,
        });
        for function in &mut service.functions {
            function.grants = Grants::new(Group::ALL, []);
        }
    }
    let runtime = project::runtime(&open, &args.cache)?;
    Ok(runtime.load_what_works(&open, &Loaded::default(), &|_| {}).1)
}

fn error_json(error: &LoadError) -> Value {
    json!({
        "function": error.function.to_string(), "file": error.file,
        "message": error.message, "help": error.help,
    })
}

fn report(app: &App, loaded: &Loaded) -> String {
    let count = loaded.iter().count();
    let mut text =
        format!("{}: {count} function{}, no errors\n\n", app.name, if count == 1 { "" } else { "s" });
    let mut header = vec!["FUNCTION".to_owned(), "SHAPE".to_owned()];
    header.extend(Group::ALL.map(|group| group.as_str().trim_start_matches("wasi:").to_uppercase()));
    let mut rows = vec![header];
    for prepared in loaded.iter() {
        let mut row = vec![prepared.function.id.to_string(), prepared.shape.to_string()];
        row.extend(Group::ALL.map(|group| cell(prepared, group).to_owned()));
        rows.push(row);
    }
    text.push_str(&table::render(&rows));
    for prepared in loaded.iter() {
        text.push_str(&details(prepared));
    }
    text
}

fn cell(prepared: &Prepared, group: Group) -> &'static str {
    match (prepared.function.grants.treatment(group), group) {
        (Treatment::Granted, _) => "yes",
        (Treatment::Stubbed, Group::Random) => "stub (NOT RANDOM)",
        (Treatment::Stubbed, _) => "stub",
        (Treatment::Absent, _) => "-",
    }
}

/// What a function has beside groups: one line each, none where there is nothing.
fn details(prepared: &Prepared) -> String {
    let function = &prepared.function;
    let grants = &function.grants;
    let routes: Vec<String> = function.routes.iter().map(ToString::to_string).collect();
    let env = grants.env.iter().map(|variable| match &variable.origin {
        EnvOrigin::Literal => variable.name.clone(),
        EnvOrigin::Host(host) => format!("{} (host {host})", variable.name),
    });
    let mounts = grants.mounts.iter().map(|mount| {
        let access = if mount.read_only { "read-only" } else { "read-write" };
        format!("{} = {} ({access})", mount.guest, mount.host.display())
    });
    let lines = [
        ("routes", if routes.is_empty() { vec!["none: private".to_owned()] } else { routes }),
        ("env", env.collect()),
        ("mounts", mounts.collect()),
    ];
    let mut text = format!("\n{}\n", function.id);
    for (name, values) in lines.iter().filter(|(_, values)| !values.is_empty()) {
        text.push_str(&format!("  {name:<7} {}\n", values.join(", ")));
    }
    text
}

/// Puts what the binaries need into the project file and says what was done.
fn write(app: &App, manifest: &Path, args: &Check) -> Result<(), Exit> {
    let mut open = app.clone();
    for function in open.services.iter_mut().flat_map(|service| &mut service.functions) {
        function.grants = Grants::new(Group::ALL, []);
    }
    let runtime = project::runtime(app, &args.cache)?;
    let (loaded, errors) = runtime.load_what_works(&open, &Loaded::default(), &|_| {});
    if !errors.is_empty() {
        return Err(Exit::User(project::list(&errors)));
    }
    let needs: Vec<Needs> = app
        .functions()
        .filter_map(|function| loaded.get(&function.id).and_then(|prepared| needs(function, prepared)))
        .collect();
    let text = std::fs::read_to_string(manifest).map_err(Exit::ours)?;
    let written = write_needs(&text, &needs).map_err(Exit::user)?;
    if written == text {
        return print("Nothing to write: every binary has what it needs to load.\n\n");
    }
    replace(manifest, &written)?;
    let list = |groups: &[Group]| groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut told = format!("Written to {}:\n", manifest.display());
    for need in &needs {
        told.push_str(&format!(
            "  {}: imports [{}], stubs [{}]\n",
            need.id,
            list(&need.imports),
            list(&need.stubs)
        ));
    }
    told.push_str(
        "A binary's imports do not tell what its code will use: toolchains import more than that. What holds no\n\
         authority was granted, the rest stubbed; move a group from stubs to imports where the code really needs it.\n\n",
    );
    print(&told)
}

/// The lines for one function, or nothing where it has all it needs.
fn needs(function: &Function, prepared: &Prepared) -> Option<Needs> {
    let grants = &function.grants;
    let mut imports = grants.imports().to_vec();
    let mut stubs = grants.stubs().to_vec();
    // What the file gives is meant to be used; where its group is stubbed, the author has to decide.
    let given = |group: &Group| grants.has_use_for(*group) && grants.treatment(*group) == Treatment::Absent;
    imports.extend(Group::ALL.into_iter().filter(given));
    for import in &prepared.imports {
        let now = Grants::new(imports.iter().copied(), stubs.iter().copied());
        let present = |group: Group| now.treatment(group) != Treatment::Absent;
        match import.group {
            Some(group) if !present(group) && !import.or.is_some_and(present) => {
                let list = if group.holds_no_authority() { &mut imports } else { &mut stubs };
                list.push(group);
            }
            _ => {}
        }
    }
    let written = |group: &Group| function.grants.imports().contains(group);
    if imports.iter().chain(&stubs).any(|group| group.needs_io()) {
        // It comes with the others; where the author wrote it, it stays.
        imports.retain(|group| *group != Group::Io || written(group));
    }
    imports.sort();
    stubs.sort();
    let changed = imports != function.grants.imports() || stubs != function.grants.stubs();
    changed.then(|| Needs { id: function.id.clone(), imports, stubs })
}

/// Replaces the file in one step, so that nothing is lost half-way.
fn replace(path: &Path, text: &str) -> Result<(), Exit> {
    let path = &path.canonicalize().map_err(|error| Exit::user(format!("{}: {error}", path.display())))?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| Exit::user(format!("{} cannot be written: {error}", path.display()));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::fs::write(file.path(), text).map_err(failed)?;
    let permissions = std::fs::metadata(path).map_err(failed)?.permissions();
    std::fs::set_permissions(file.path(), permissions).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

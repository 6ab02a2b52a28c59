//! How do `imports` and `stubs` lines get into a project file without losing its comments?

use crate::suggest;
use toml_edit::{Array, DocumentMut, Item, TableLike, value};
use windlass_app::{FunctionId, Group};

/// The groups that a function's binary needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The function.
    pub id: FunctionId,
    /// What to grant.
    pub imports: Vec<Group>,
    /// What to link as refusing.
    pub stubs: Vec<Group>,
}

/// Why the file could not be edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The text is not TOML.
    #[error("the project file is not TOML: {0}")]
    Toml(#[from] toml_edit::TomlError),
    /// The function is not in the file.
    #[error("the project file has no table for the function {0}{1}")]
    NoFunction(FunctionId, String),
}

/// Writes the lines for these functions into the text of a project file; everything else stays as it is.
///
/// # Errors
/// When the text is not TOML or does not hold one of the functions.
pub fn write_needs(text: &str, needs: &[Needs]) -> Result<String, EditError> {
    let dos = text.contains("\r\n");
    let mut document: DocumentMut = text.parse()?;
    for need in needs {
        let table = function_table(&mut document, &need.id)
            .ok_or_else(|| EditError::NoFunction(need.id.clone(), hint(text, &need.id)))?;
        set(table, "imports", &need.imports);
        set(table, "stubs", &need.stubs);
    }
    let written = document.to_string();
    Ok(if dos { written.replace("\r\n", "\n").replace('\n', "\r\n") } else { written })
}

fn function_table<'a>(document: &'a mut DocumentMut, id: &FunctionId) -> Option<&'a mut dyn TableLike> {
    let mut item: &mut Item = document.get_mut("services")?;
    for key in [id.service.as_str(), "functions", id.function.as_str()] {
        item = item.as_table_like_mut()?.get_mut(key)?;
    }
    item.as_table_like_mut()
}

/// Adds the groups that the list lacks; what stands there stays, comments included.
fn set(table: &mut dyn TableLike, key: &str, groups: &[Group]) {
    match table.get_mut(key).and_then(Item::as_array_mut) {
        Some(list) => {
            for group in groups {
                let known = list.iter().any(|old| old.as_str().is_some_and(|old| old.parse() == Ok(*group)));
                if !known {
                    list.push(group.as_str());
                }
            }
        }
        None if groups.is_empty() => {}
        None => drop(table.insert(key, value(groups.iter().map(|group| group.as_str()).collect::<Array>()))),
    }
}

fn hint(text: &str, id: &FunctionId) -> String {
    let names: Vec<&str> = text.split(['[', ']', '.', ' ']).collect();
    let near = suggest::nearest(id.function.as_str(), names.into_iter().filter(|name| !name.is_empty()));
    near.map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_where_they_are() {
        let text = "# top\n[services.a.functions.b] # b\nwasm = \"b.wasm\" # file\nimports = [\"wasi:io\"] # old\n\n[server]\n";
        let id = FunctionId { service: "a".parse().unwrap(), function: "b".parse().unwrap() };
        let needs = Needs { id, imports: vec![Group::Cli, Group::Io], stubs: vec![Group::Sockets] };
        let written = write_needs(text, &[needs]).unwrap();
        let expected = "# top\n[services.a.functions.b] # b\nwasm = \"b.wasm\" # file\nimports = [\"wasi:io\", \"wasi:cli\"] # old\nstubs = [\"wasi:sockets\"]\n\n[server]\n";
        assert_eq!(written, expected);
    }

    #[test]
    fn inline_tables_are_edited_too() {
        let text = "services.a.functions.b = { wasm = \"b.wasm\" }\n";
        let id = FunctionId { service: "a".parse().unwrap(), function: "b".parse().unwrap() };
        let needs = Needs { id, imports: vec![Group::Cli], stubs: vec![] };
        let written = write_needs(text, &[needs]).unwrap();
        assert_eq!(written, "services.a.functions.b = { wasm = \"b.wasm\" , imports = [\"wasi:cli\"] }\n");
    }
}

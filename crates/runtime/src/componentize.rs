//! How does a core module with WIT signatures become a component?
//!
//! `wit = "answer: func(a: s32) -> s32;"` describes the module's exports under the canonical ABI. Wrapped as
//! a component, the module then takes the same path as any other method.

use crate::binary::{Binary, Kind, Refused};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Wraps a core module as a component by these signatures.
pub fn componentize(binary: Binary, wit: &str) -> Result<Binary, Refused> {
    let fail = |step: &str, error: &dyn std::fmt::Display| (format!("{step}: {error}"), None);
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("wit", &world(wit))
        .map_err(|error| fail("the wit text does not parse", &format!("{error:#}")))?;
    let world = resolve
        .select_world(&[package], Some("function"))
        .map_err(|error| fail("the wit text does not parse", &format!("{error:#}")))?;
    let mut module = binary.bytes;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| fail("the module does not take the wit signatures", &format!("{error:#}")))?;
    let adapter = wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.adapter("wasi_snapshot_preview1", adapter))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| fail("the module does not fit its wit text", &format!("{error:#}")))?;
    Ok(Binary { bytes, digest: binary.digest, kind: Kind::Component })
}

/// The signatures as a world: type definitions stay, functions become exports.
fn world(wit: &str) -> String {
    let mut world = String::from("package windlass:function;\nworld function {\n");
    for item in items(wit) {
        let word = item
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '%')
            .next()
            .unwrap_or_default();
        let is_type =
            matches!(word, "record" | "variant" | "enum" | "flags" | "type" | "resource" | "use" | "export");
        let export = if is_type || item.is_empty() { "" } else { "export " };
        world.push_str(&format!("{export}{item}\n"));
    }
    world.push('}');
    world
}

/// The statements of the text without comments: each ends with `;`, or with the `}` of a type's body.
fn items(wit: &str) -> Vec<String> {
    let bare: Vec<&str> = wit.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut items = Vec::new();
    let (mut item, mut depth) = (String::new(), 0_i32);
    for c in bare.join("\n").chars() {
        item.push(c);
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth <= 0 && matches!(c, ';' | '}') {
            items.push(std::mem::take(&mut item).trim().to_owned());
        }
    }
    items.push(item.trim().to_owned());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_become_exports_and_types_stay() {
        let text = "record point { x: s32, y: s32 } // a point\nadd: func(p: point) -> s32; type n = u8;";
        let expected = "package windlass:function;\nworld function {\nrecord point { x: s32, y: s32 }\nexport add: func(p: point) -> s32;\ntype n = u8;\n\n}";
        assert_eq!(world(text), expected);
    }
}

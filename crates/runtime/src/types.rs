//! Which WIT types may cross between JSON and a guest, and what are they called?

use wasmtime::component::Type;

/// The name of a type that cannot cross, if there is one anywhere inside `ty`.
pub fn uncrossable(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Own(_) | Type::Borrow(_) => Some("a resource"),
        Type::Future(_) => Some("a future"),
        Type::Stream(_) => Some("a stream"),
        Type::ErrorContext => Some("an error-context"),
        Type::Map(_) => Some("a map"),
        Type::FixedLengthList(_) => Some("a list of fixed length"),
        Type::List(list) => uncrossable(&list.ty()),
        Type::Record(record) => record.fields().find_map(|field| uncrossable(&field.ty)),
        Type::Tuple(tuple) => tuple.types().find_map(|ty| uncrossable(&ty)),
        Type::Variant(variant) => variant.cases().find_map(|case| case.ty.as_ref().and_then(uncrossable)),
        Type::Option(option) => uncrossable(&option.ty()),
        Type::Result(result) => {
            [result.ok(), result.err()].into_iter().flatten().find_map(|ty| uncrossable(&ty))
        }
        Type::Bool
        | Type::S8
        | Type::U8
        | Type::S16
        | Type::U16
        | Type::S32
        | Type::U32
        | Type::S64
        | Type::U64
        | Type::Float32
        | Type::Float64
        | Type::Char
        | Type::String
        | Type::Enum(_)
        | Type::Flags(_) => None,
    }
}

/// What a type is called in messages to callers.
pub fn describe(ty: &Type) -> String {
    match ty {
        Type::Bool => "true or false".into(),
        Type::S8 => range(i8::MIN, i8::MAX),
        Type::U8 => range(u8::MIN, u8::MAX),
        Type::S16 => range(i16::MIN, i16::MAX),
        Type::U16 => range(u16::MIN, u16::MAX),
        Type::S32 => range(i32::MIN, i32::MAX),
        Type::U32 => range(u32::MIN, u32::MAX),
        Type::S64 => range(i64::MIN, i64::MAX),
        Type::U64 => range(u64::MIN, u64::MAX),
        Type::Float32 | Type::Float64 => "a number".into(),
        Type::Char => "a string of one character".into(),
        Type::String => "a string".into(),
        Type::List(_) => "an array".into(),
        Type::Tuple(tuple) => format!("an array of {}", tuple.types().len()),
        Type::Record(_) => "an object".into(),
        Type::Variant(variant) => {
            let cases: Vec<String> = variant.cases().map(|case| case.name.to_owned()).collect();
            format!("one of the cases {}", cases.join(", "))
        }
        Type::Enum(cases) => format!("one of {}", cases.names().collect::<Vec<_>>().join(", ")),
        Type::Flags(flags) => format!("an array of {}", flags.names().collect::<Vec<_>>().join(", ")),
        Type::Option(option) => format!("null or {}", describe(&option.ty())),
        Type::Result(_) => "{\"ok\": …} or {\"err\": …}".into(),
        Type::Own(_)
        | Type::Borrow(_)
        | Type::Future(_)
        | Type::Stream(_)
        | Type::ErrorContext
        | Type::Map(_)
        | Type::FixedLengthList(_) => "a type that JSON cannot carry".into(),
    }
}

fn range(least: impl std::fmt::Display, most: impl std::fmt::Display) -> String {
    format!("an integer from {least} to {most}")
}

//! A typed guest with every kind of WIT value.

wit_bindgen::generate!({ world: "values", path: "wit" });

use exports::fixture::values::all::{Colour, Everything, Guest as All, Shape};

struct Values;

type Deep = Result<Result<u32, Shape>, Vec<Option<Colour>>>;

impl Guest for Values {
    fn greet(name: String) -> String {
        format!("Hello, {name}!")
    }
}

impl All for Values {
    fn echo(value: Everything) -> Everything {
        value
    }

    fn nested(value: Deep) -> (Deep,) {
        (value,)
    }

    fn fail(kind: Shape) -> Result<String, Shape> {
        match kind {
            Shape::Dot => Ok("fine".into()),
            other => Err(other),
        }
    }

    fn nothing() {}

    fn add(a: u64, b: Option<u64>) -> u64 {
        a.wrapping_add(b.unwrap_or(1))
    }

    fn float(f: f64) -> f64 {
        f
    }

    fn bytes(n: u32) -> Vec<u8> {
        vec![7; n as usize]
    }

    fn trap() -> u32 {
        eprintln!("about to trap");
        panic!("on purpose")
    }

    fn spin() -> u32 {
        loop {
            std::hint::black_box(0);
        }
    }

    fn count() -> u32 {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        COUNT.fetch_add(1, Ordering::Relaxed) + 1
    }
}

export!(Values);

//! Texts that are pinned.

use crate::project::root;

/// Compares a text with its golden file, or writes the file with `BLESS=1`.
pub fn check(name: &str, text: &str) {
    let path = root().join("crates/cli/tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} differs from its golden file; BLESS=1 rewrites it");
}

//! Which keys belong to features that this version does not have?

/// Where a key stands, by the name of its schema definition, and the key.
const KEYS: &[(&str, &[&str])] = &[
    ("Project file", &["secrets", "deploy", "stages", "trust", "registries"]),
    ("Server", &["cache", "confinement", "wasi-0-3"]),
    ("Service", &["iomods", "workers", "deploy"]),
    ("Function", &["oci", "iomods", "functions", "http", "sockets", "cache", "on", "deploy"]),
    ("Variable", &["secret", "default"]),
    ("Mount", &["temporary", "size"]),
    ("Instances", &["warm"]),
];

/// Whether `key` in the definition called `place` is one of a feature still to come.
pub fn is_planned(place: &str, key: &str) -> bool {
    KEYS.iter().any(|(title, keys)| *title == place && keys.contains(&key))
}

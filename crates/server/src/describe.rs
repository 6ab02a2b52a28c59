//! What does a function look like to programs: its shape, what it may touch, its limits?

use serde_json::{Value, json};
use windlass_app::{EnvOrigin, Group, Treatment};
use windlass_runtime::Prepared;

/// One function as JSON; the same object in `windlass check --format json` and `/api/functions`. Names of
/// variables are told, values never.
pub fn describe(prepared: &Prepared) -> Value {
    let function = &prepared.function;
    let grants = &function.grants;
    let group = |group: Group| match grants.treatment(group) {
        Treatment::Granted => "granted",
        Treatment::Stubbed => "stubbed",
        Treatment::Absent => "absent",
    };
    let groups: serde_json::Map<String, Value> =
        Group::ALL.into_iter().map(|g| (g.to_string(), group(g).into())).collect();
    let env = grants.env.iter().map(|variable| match &variable.origin {
        EnvOrigin::Literal => json!({ "name": variable.name }),
        EnvOrigin::Host(host) => json!({ "name": variable.name, "host": host }),
    });
    let mounts = grants
        .mounts
        .iter()
        .map(|mount| json!({ "host": mount.host, "guest": mount.guest, "read-only": mount.read_only }));
    json!({
        "function": function.id.to_string(),
        "description": function.description,
        "shape": prepared.shape.as_str(),
        "method": function.method,
        "digest": prepared.digest.to_string(),
        "routes": function.routes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "imports": prepared.imports.iter().map(|import| import.name.clone()).collect::<Vec<_>>(),
        "groups": groups,
        "env": env.collect::<Vec<_>>(),
        "args": grants.args,
        "mounts": mounts.collect::<Vec<_>>(),
        "limits": {
            "time-ms": millis(function.limits.time),
            "cpu-ms": millis(function.limits.cpu),
            "memory": function.limits.memory.0,
            "output": function.limits.output.0,
        },
        "instances": {
            "reuse": function.instances.reuse,
            "max": function.instances.max,
            "queue": function.instances.queue,
            "queue-time-ms": millis(function.instances.queue_time),
        },
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

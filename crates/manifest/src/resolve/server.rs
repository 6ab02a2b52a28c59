//! What does `[server]` mean?

use super::{Context, some_time};
use crate::at::At;
use crate::raw::{OneOrMany, RawServer, RawServerLimits};
use windlass_app::{Listen, Pages, ServerConfig, ServerLimits, parse_duration};

/// Resolves `[server]`.
pub fn resolve(raw: RawServer, context: &mut Context<'_>) -> ServerConfig {
    let defaults = ServerConfig::default();
    let (listen_chosen, admin_chosen) = (raw.listen.is_some(), raw.admin.is_some());
    ServerConfig {
        listen: raw.listen.map_or(defaults.listen, |listen| addresses(listen, context)),
        listen_chosen,
        admin: raw.admin.and_then(|admin| context.parse(&admin)).unwrap_or(defaults.admin),
        admin_chosen,
        limits: limits(raw.limits, context),
        pages: Pages { health: raw.pages.health.and_then(|path| page(path, context)) },
        trusted_proxies: raw.trusted_proxies.iter().filter_map(|net| network(net, context)).collect(),
        grace: context.parse_or(raw.grace, defaults.grace, parse_duration),
    }
}

fn addresses(raw: At<OneOrMany>, context: &mut Context<'_>) -> Vec<Listen> {
    let (start, end) = (raw.start, raw.end);
    let texts = match raw.value {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    };
    if texts.is_empty() {
        context.problem(start..end, "a server listens somewhere: name an address, or remove the key");
    }
    texts.into_iter().filter_map(|value| context.parse(&At { value, start, end })).collect()
}

fn limits(raw: RawServerLimits, context: &mut Context<'_>) -> ServerLimits {
    let defaults = ServerLimits::default();
    let header_span = raw.header_size.as_ref().map(At::span);
    let limits = ServerLimits {
        body: context.parse_or(raw.body, defaults.body, str::parse),
        header_size: context.parse_or(raw.header_size, defaults.header_size, str::parse),
        header_time: context.parse_or(raw.header_time, defaults.header_time, some_time),
        connections: context.positive(raw.connections, defaults.connections),
        requests: context.positive(raw.requests, defaults.requests),
    };
    if let Some(span) = header_span.filter(|_| !(8 << 10..=1 << 20).contains(&limits.header_size.0)) {
        context.problem(span, "a request's head is allowed from 8KiB to 1MiB");
    }
    limits
}

fn page(path: At<String>, context: &mut Context<'_>) -> Option<String> {
    if path.value.starts_with('/') && !path.value.contains(['{', '?', '#', ' ']) {
        return Some(path.value);
    }
    context.problem(path.span(), format!("{:?} is not a path; write one such as \"/health\"", path.value));
    None
}

fn network(text: &At<String>, context: &mut Context<'_>) -> Option<ipnet::IpNet> {
    let address = text.value.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
    let network = address.ok().or_else(|| text.value.parse().ok());
    if network.is_none() {
        let message = format!("{:?} is not a network; write one such as \"10.0.0.0/8\"", text.value);
        context.problem(text.span(), message);
    }
    network
}

//! Who is the client, when a proxy stands between?

use http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// Headers that only a trusted proxy may set.
const FORWARDING: [&str; 5] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// The client's address. Headers of proxies count only as far as the chain of trusted ones reaches, read from
/// the nearest; from anyone else they are taken out.
pub fn address(peer: Option<IpAddr>, headers: &mut HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(&canonical(*address)));
    let peer = peer.map(canonical);
    if !peer.as_ref().is_some_and(is_trusted) {
        for name in FORWARDING {
            headers.remove(name);
        }
        return peer;
    }
    let chain = chain(headers);
    let mut client = peer;
    for hop in chain.into_iter().rev() {
        let Some(address) = hop else { break };
        client = Some(address);
        if !is_trusted(&address) {
            break;
        }
    }
    client
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The hops that the headers name, farthest first; `None` for one that is not an address.
fn chain(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let list = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|part| part.trim().to_owned()).collect()
    };
    let forwarded = list("forwarded");
    if forwarded.is_empty() {
        return list("x-forwarded-for").iter().map(|text| parse(text)).collect();
    }
    let for_part = |element: &String| {
        let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(key, _)| key.eq_ignore_ascii_case("for")).map(|(_, value)| value.to_owned()).next()
    };
    forwarded.iter().map(|element| for_part(element).and_then(|text| parse(text.trim_matches('"')))).collect()
}

/// An address with or without brackets and port.
fn parse(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let bare = bracketed.unwrap_or(text);
    let plain = bare.parse().ok();
    plain.or_else(|| bare.rsplit_once(':').and_then(|(host, _)| host.parse().ok())).map(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn ask(peer: &str, header: &str, value: &'static str) -> (String, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(http::HeaderName::try_from(header).unwrap(), HeaderValue::from_static(value));
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let client = address(peer.parse().ok(), &mut headers, &trusted);
        (client.map(|c| c.to_string()).unwrap_or_default(), !headers.is_empty())
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        for (peer, header, value, client, kept) in [
            ("1.2.3.4", "x-forwarded-for", "9.9.9.9", "1.2.3.4", false),
            ("10.0.0.1", "x-forwarded-for", "9.9.9.9", "9.9.9.9", true),
            ("10.0.0.1", "x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.0.0.2", "9.9.9.9", true),
            ("::ffff:10.0.0.1", "x-forwarded-for", "9.9.9.9:4711", "9.9.9.9", true),
            ("::1", "forwarded", "for=6.6.6.6, For=\"[2001:db8::7]:80\";proto=https", "2001:db8::7", true),
            ("10.0.0.1", "forwarded", "for=unknown", "10.0.0.1", true),
            ("1.2.3.4", "forwarded", "for=9.9.9.9", "1.2.3.4", false),
        ] {
            assert_eq!(ask(peer, header, value), (client.into(), kept), "{peer} {header} {value}");
        }
    }
}

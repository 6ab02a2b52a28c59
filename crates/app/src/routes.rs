//! Which function answers this method, host and path?
//!
//! A tree of decoded segments per host pattern. Literals win over `{param}`, which wins over `{rest...}`;
//! an exact host wins over a suffix, the longer suffix over the shorter, and any of them over no host. A more
//! specific route without the request's method gives way to a less specific one that has it.

use crate::route::{HostPattern, MethodPattern, RoutePattern, Segment, decode};
use http::Method;
use std::collections::{BTreeSet, HashMap};

/// All routes of a project, each leading to a target of type `T`.
#[derive(Debug)]
pub struct RouteTable<T> {
    hosts: Vec<(Option<HostPattern>, Node)>,
    targets: Vec<(RoutePattern, T)>,
}

/// What a look-up found.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup<'a, T> {
    /// A route answers.
    Found(Found<'a, T>),
    /// Routes match the path but not the method; these methods are answered, sorted.
    WrongMethod(Vec<Method>),
    /// No route matches the path.
    NotFound,
}

/// A route that answers, with the values of its parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a, T> {
    /// Where the route leads.
    pub target: &'a T,
    /// The route itself.
    pub pattern: &'a RoutePattern,
    /// The decoded values of [`RoutePattern::params`], in the same order.
    pub params: Vec<String>,
}

/// Two routes that match the same requests equally well.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the routes {first:?} and {second:?} match the same requests")]
pub struct Tie {
    /// The index of the earlier route in the list that was given.
    pub first_index: usize,
    /// The index of the later one.
    pub second_index: usize,
    /// The earlier route as written.
    pub first: String,
    /// The later route as written.
    pub second: String,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<String, Node>,
    param: Option<Box<Node>>,
    rest: Leaf,
    leaf: Leaf,
}

#[derive(Debug, Default)]
struct Leaf {
    methods: Vec<(Method, usize)>,
    any: Option<usize>,
}

impl<T> RouteTable<T> {
    /// Builds the table.
    ///
    /// # Errors
    /// Every pair of routes that tie.
    pub fn new(routes: Vec<(RoutePattern, T)>) -> Result<Self, Vec<Tie>> {
        let mut table = RouteTable { hosts: Vec::new(), targets: routes };
        let mut ties = Vec::new();
        for (index, (pattern, _)) in table.targets.iter().enumerate() {
            let root = host_root(&mut table.hosts, pattern.host.as_ref());
            if let Some(earlier) = root.insert(&pattern.segments, &pattern.method, index) {
                ties.push((earlier, index));
            }
        }
        table.hosts.sort_by_key(|(host, _)| match host {
            Some(HostPattern::Exactly(_)) => (0, 0),
            Some(HostPattern::Suffix(suffix)) => (1, usize::MAX - suffix.len()),
            None => (2, 0),
        });
        if ties.is_empty() { Ok(table) } else { Err(table.describe(ties)) }
    }

    /// Looks a request up. `path` is the raw path of the request target, `host` has no port.
    pub fn find(&self, method: &Method, host: &str, path: &str) -> Lookup<'_, T> {
        let Some(path) = path.strip_prefix('/') else {
            return Lookup::NotFound;
        };
        let mut search = Search { method, allowed: BTreeSet::new(), params: Vec::new() };
        for (pattern, root) in &self.hosts {
            if !pattern.as_ref().is_none_or(|pattern| pattern.matches(host)) {
                continue;
            }
            let found = search.descend(root, path).and_then(|index| self.targets.get(index));
            if let Some((pattern, target)) = found {
                return Lookup::Found(Found { target, pattern, params: search.params });
            }
        }
        if search.allowed.is_empty() {
            return Lookup::NotFound;
        }
        let allowed = search.allowed.iter().filter_map(|m| Method::from_bytes(m.as_bytes()).ok());
        Lookup::WrongMethod(allowed.collect())
    }

    /// All routes in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&RoutePattern, &T)> {
        self.targets.iter().map(|(pattern, target)| (pattern, target))
    }

    fn describe(&self, ties: Vec<(usize, usize)>) -> Vec<Tie> {
        let text = |index: usize| self.targets.get(index).map(|(p, _)| p.to_string()).unwrap_or_default();
        let tie = |(first, second)| Tie {
            first_index: first,
            second_index: second,
            first: text(first),
            second: text(second),
        };
        ties.into_iter().map(tie).collect()
    }
}

impl HostPattern {
    fn matches(&self, host: &str) -> bool {
        match self {
            HostPattern::Exactly(name) => host.eq_ignore_ascii_case(name),
            HostPattern::Suffix(suffix) => host
                .len()
                .checked_sub(suffix.len())
                .and_then(|start| host.get(start..))
                .is_some_and(|end| host.len() > suffix.len() && end.eq_ignore_ascii_case(suffix)),
        }
    }
}

struct Search<'a> {
    method: &'a Method,
    allowed: BTreeSet<String>,
    params: Vec<String>,
}

impl Search<'_> {
    /// The target below `node` for the rest of the path; on the way back `params` is as it was before.
    fn descend(&mut self, node: &Node, path: &str) -> Option<usize> {
        let (segment, rest) = match path.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        if let Some(text) = decode(segment) {
            if let Some(found) = node.literals.get(&text).and_then(|child| self.step(child, rest)) {
                return Some(found);
            }
            if let Some(child) = node.param.as_deref().filter(|_| !text.is_empty()) {
                self.params.push(text);
                if let Some(found) = self.step(child, rest) {
                    return Some(found);
                }
                self.params.pop();
            }
        }
        let value = decode(path)?;
        let found = self.choose(&node.rest)?;
        self.params.push(value);
        Some(found)
    }

    fn step(&mut self, child: &Node, rest: Option<&str>) -> Option<usize> {
        match rest {
            Some(rest) => self.descend(child, rest),
            None => self.choose(&child.leaf),
        }
    }

    fn choose(&mut self, leaf: &Leaf) -> Option<usize> {
        let exact = |wanted: &Method| leaf.methods.iter().find(|(m, _)| m == wanted).map(|(_, index)| *index);
        let head = || exact(&Method::GET).filter(|_| *self.method == Method::HEAD);
        let found = exact(self.method).or_else(head).or(leaf.any);
        if found.is_none() {
            self.allowed.extend(leaf.methods.iter().map(|(m, _)| m.to_string()));
            if exact(&Method::GET).is_some() {
                self.allowed.insert("HEAD".into());
            }
        }
        found
    }
}

impl Node {
    /// Enters a route; the index of the route that stands there already, if any.
    fn insert(&mut self, segments: &[Segment], method: &MethodPattern, index: usize) -> Option<usize> {
        let Some((first, rest)) = segments.split_first() else {
            return self.leaf.insert(method, index);
        };
        match first {
            Segment::Literal(text) => {
                self.literals.entry(text.clone()).or_default().insert(rest, method, index)
            }
            Segment::Param(_) => self.param.get_or_insert_default().insert(rest, method, index),
            Segment::Rest(_) => self.rest.insert(method, index),
        }
    }
}

impl Leaf {
    fn insert(&mut self, method: &MethodPattern, index: usize) -> Option<usize> {
        match method {
            MethodPattern::Any => self.any.replace(index),
            MethodPattern::Exactly(method) => {
                let earlier = self.methods.iter().find(|(m, _)| m == method).map(|(_, index)| *index);
                self.methods.push((method.clone(), index));
                earlier
            }
        }
    }
}

fn host_root<'a>(
    hosts: &'a mut Vec<(Option<HostPattern>, Node)>,
    host: Option<&HostPattern>,
) -> &'a mut Node {
    let position = hosts.iter().position(|(known, _)| known.as_ref() == host).unwrap_or(hosts.len());
    if position == hosts.len() {
        hosts.push((host.cloned(), Node::default()));
    }
    #[expect(clippy::indexing_slicing, reason = "the position was found or made just above")]
    &mut hosts[position].1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: &[&str]) -> RouteTable<String> {
        let parse = |text: &&str| (text.parse().unwrap(), text.to_string());
        RouteTable::new(routes.iter().map(parse).collect()).unwrap()
    }

    fn ask(table: &RouteTable<String>, method: &str, host: &str, path: &str) -> String {
        match table.find(&method.parse().unwrap(), host, path) {
            Lookup::Found(found) => format!("{} {:?}", found.target, found.params),
            Lookup::WrongMethod(allowed) => format!("405 {allowed:?}"),
            Lookup::NotFound => "404".into(),
        }
    }

    #[test]
    fn the_most_specific_route_wins() {
        let t = table(&["/", "GET /items/{id}", "GET /items/new", "POST /items/{id}", "/files/{path...}"]);
        for (request, answer) in [
            ("GET /", "/ []"),
            ("GET /items/7", "GET /items/{id} [\"7\"]"),
            ("GET /items/new", "GET /items/new []"),
            ("POST /items/new", "POST /items/{id} [\"new\"]"),
            ("HEAD /items/new", "GET /items/new []"),
            ("PUT /items/new", "405 [GET, HEAD, POST]"),
            ("GET /items/", "404"),
            ("GET /items/7/", "404"),
            ("GET //items/7", "404"),
            ("GET /files/", "/files/{path...} [\"\"]"),
            ("GET /files/a/b%2Fc%20d", "/files/{path...} [\"a/b/c d\"]"),
            ("GET /items/a%2Fb", "GET /items/{id} [\"a/b\"]"),
            ("GET /items/%252F", "GET /items/{id} [\"%2F\"]"),
            ("GET /%69tems/new", "GET /items/new []"),
            ("GET /items/%ff", "404"),
            ("GET /nowhere", "404"),
        ] {
            let (method, path) = request.split_once(' ').unwrap();
            assert_eq!(ask(&t, method, "localhost", path), answer, "{request}");
        }
    }

    #[test]
    fn the_most_specific_host_wins() {
        let t = table(&["/x", "a.example.com/x", "*.example.com/x", "GET *.example.com/y", "POST /y"]);
        for (host, request, answer) in [
            ("A.example.com", "GET /x", "a.example.com/x []"),
            ("b.example.com", "GET /x", "*.example.com/x []"),
            ("example.com", "GET /x", "/x []"),
            ("b.example.com", "POST /y", "POST /y []"),
            ("b.example.com", "PUT /y", "405 [GET, HEAD, POST]"),
        ] {
            let (method, path) = request.split_once(' ').unwrap();
            assert_eq!(ask(&t, method, host, path), answer, "{host} {request}");
        }
    }

    #[test]
    fn ties_are_refused() {
        let ties = |routes: &[&str]| {
            let parse = |text: &&str| (text.parse().unwrap(), ());
            RouteTable::new(routes.iter().map(parse).collect()).err().map(|ties| ties[0].to_string())
        };
        let tie = ties(&["GET /a/{x}", "GET /a/{y}"]);
        assert_eq!(tie.unwrap(), "the routes \"GET /a/{x}\" and \"GET /a/{y}\" match the same requests");
        assert!(ties(&["/a", "/a"]).is_some());
        assert!(ties(&["/%61", "/a"]).is_some());
        assert!(ties(&["/{x...}", "/{y...}"]).is_some());
        assert!(ties(&["/a", "GET /a"]).is_none());
        assert!(ties(&["h.com/a", "/a"]).is_none());
    }
}

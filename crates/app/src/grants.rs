//! What does the project file give a function?

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A group of host interfaces that is granted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// `wasi:cli`: environment, arguments, exit, standard streams, terminals.
    Cli,
    /// `wasi:io`: streams, polling, errors.
    Io,
    /// `wasi:clocks`: wall and monotonic clock.
    Clocks,
    /// `wasi:random`: random numbers.
    Random,
    /// `wasi:filesystem`: files below the mounts.
    Filesystem,
    /// `wasi:sockets`: TCP, UDP and name look-up.
    Sockets,
    /// `wasi:http`: outgoing requests.
    Http,
}

/// What the linker of a function holds for a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// The real interfaces, confined to the function's grants.
    Granted,
    /// The same names without authority.
    Stubbed,
    /// Nothing.
    Absent,
}

impl Group {
    /// Every group, in the order in which tables show them.
    pub const ALL: [Group; 7] =
        [Group::Cli, Group::Io, Group::Clocks, Group::Random, Group::Filesystem, Group::Sockets, Group::Http];

    /// The group as it is written in `imports`.
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Cli => "wasi:cli",
            Group::Io => "wasi:io",
            Group::Clocks => "wasi:clocks",
            Group::Random => "wasi:random",
            Group::Filesystem => "wasi:filesystem",
            Group::Sockets => "wasi:sockets",
            Group::Http => "wasi:http",
        }
    }

    /// Whether a grant of the group, with nothing beside it, gives a function nothing to reach.
    pub fn holds_no_authority(self) -> bool {
        matches!(self, Group::Cli | Group::Io | Group::Clocks | Group::Random)
    }

    /// Whether the group's interfaces are built on `wasi:io`.
    pub fn needs_io(self) -> bool {
        !matches!(self, Group::Io | Group::Random)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Group {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = if text == "wasi:poll" { "wasi:io" } else { text };
        Group::ALL.into_iter().find(|group| group.as_str() == text).ok_or(())
    }
}

/// Everything that the project file gives one function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    imports: Vec<Group>,
    stubs: Vec<Group>,
    /// Environment variables, in the file's order; names are unique.
    pub env: Vec<EnvVar>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// The initial working directory, absolute; none is told when absent.
    pub cwd: Option<String>,
    /// Directories; guest paths are unique.
    pub mounts: Vec<Mount>,
}

impl Grants {
    /// Grants of these groups; a group in both lists is granted.
    pub fn new(imports: impl IntoIterator<Item = Group>, stubs: impl IntoIterator<Item = Group>) -> Self {
        let sorted = |mut groups: Vec<Group>| {
            groups.sort();
            groups.dedup();
            groups
        };
        let imports = sorted(imports.into_iter().collect());
        let stubs = sorted(stubs.into_iter().filter(|group| !imports.contains(group)).collect());
        Grants { imports, stubs, ..Grants::default() }
    }

    /// What a single file without a project gets: no variables, no directories, and stubs for networks.
    pub fn for_single_file() -> Self {
        let given = [Group::Cli, Group::Io, Group::Clocks, Group::Random, Group::Filesystem];
        Grants::new(given, [Group::Sockets, Group::Http])
    }

    /// What the function's linker holds for `group`. `wasi:io` comes with any group built on it.
    pub fn treatment(&self, group: Group) -> Treatment {
        if self.imports.contains(&group) {
            return Treatment::Granted;
        }
        let implied = group == Group::Io && self.imports.iter().chain(&self.stubs).any(|g| g.needs_io());
        match (implied, self.stubs.contains(&group)) {
            (true, _) => Treatment::Granted,
            (false, true) => Treatment::Stubbed,
            (false, false) => Treatment::Absent,
        }
    }

    /// Whether something is given that only this group would show to the guest.
    pub fn has_use_for(&self, group: Group) -> bool {
        match group {
            Group::Cli => !self.env.is_empty() || !self.args.is_empty() || self.cwd.is_some(),
            Group::Filesystem => !self.mounts.is_empty(),
            Group::Io | Group::Clocks | Group::Random | Group::Sockets | Group::Http => false,
        }
    }

    /// The groups of `imports`, sorted.
    pub fn imports(&self) -> &[Group] {
        &self.imports
    }

    /// The groups of `stubs` that are not granted, sorted.
    pub fn stubs(&self) -> &[Group] {
        &self.stubs
    }
}

/// One environment variable of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvVar {
    /// Its name as the guest sees it.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where the value came from.
    pub origin: EnvOrigin,
}

/// Where the value of an environment variable came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvOrigin {
    /// It stands in the project file or on the command line.
    Literal,
    /// It is the host's variable of this name.
    Host(String),
}

/// A host directory that a function sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The directory on the host.
    pub host: PathBuf,
    /// Its absolute path in the guest.
    pub guest: String,
    /// Whether every change is refused.
    pub read_only: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_comes_with_what_is_built_on_it() {
        let io = |imports: &[Group]| Grants::new(imports.iter().copied(), []).treatment(Group::Io);
        assert_eq!(io(&[Group::Cli]), Treatment::Granted);
        assert_eq!(io(&[Group::Random]), Treatment::Absent);
        assert_eq!(io(&[]), Treatment::Absent);
        assert_eq!("wasi:poll".parse(), Ok(Group::Io));
        assert_eq!("wasi:nn".parse::<Group>(), Err(()));
    }
}

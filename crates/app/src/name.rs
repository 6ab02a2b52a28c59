//! What may a project, a service or a function be called?

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A name of the project file: `[a-z][a-z0-9-]{0,62}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text has no characters.
    #[error("a name cannot be empty")]
    Empty,
    /// The text is longer than 63 characters.
    #[error("a name has at most 63 characters, this one has {0}")]
    TooLong(usize),
    /// The first character is not a lower-case letter.
    #[error("a name starts with a letter a-z")]
    Start,
    /// A character that names do not have.
    #[error("a name holds a-z, 0-9 and '-', not {0:?}")]
    Character(char),
}

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let first = text.chars().next().ok_or(NameError::Empty)?;
        if let Some(odd) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(NameError::Character(odd));
        }
        if !first.is_ascii_lowercase() {
            return Err(NameError::Start);
        }
        if text.len() > 63 {
            return Err(NameError::TooLong(text.len()));
        }
        Ok(Name(text.into()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// A function's address, `service.function`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId {
    /// The service that the function belongs to.
    pub service: Name,
    /// The function's own name.
    pub function: Name,
}

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service, self.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_kebab() {
        for good in ["a", "list-items", "x9", &"a".repeat(63)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        let bad = [
            ("", NameError::Empty),
            ("9x", NameError::Start),
            ("-x", NameError::Start),
            ("List", NameError::Character('L')),
            ("a_b", NameError::Character('_')),
            ("é", NameError::Character('é')),
            (&"a".repeat(64), NameError::TooLong(64)),
        ];
        for (text, error) in bad {
            assert_eq!(text.parse::<Name>(), Err(error), "{text}");
        }
    }
}

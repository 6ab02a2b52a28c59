//! How is an error in the project file shown?

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use windlass_app::App;

/// One thing that is wrong, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at this place.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Problem { message: message.into(), span, help: None }
    }

    /// The same with words on what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All that is wrong with one project file.
#[derive(Debug, Clone)]
pub struct Problems {
    path: PathBuf,
    text: String,
    list: Vec<Problem>,
    rest: Option<Box<App>>,
}

impl Problems {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        Problems { path: path.to_owned(), text: text.to_owned(), list: Vec::new(), rest: None }
    }

    /// Adds a problem.
    pub fn add(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        let mut sorted: Vec<_> = self.list.iter().collect();
        sorted.sort_by_key(|problem| problem.span.start);
        sorted.into_iter()
    }

    /// What could be read apart from the problems, with defaults in the place of what could not: for whoever looks
    /// for more that is wrong.
    pub fn rest(&self) -> Option<&App> {
        self.rest.as_deref()
    }

    pub(crate) fn with_rest(mut self, app: App) -> Self {
        self.rest = Some(Box::new(app));
        self
    }

    /// The file they are in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Line and column of a problem, both from 1; columns count characters.
    pub fn position(&self, problem: &Problem) -> (usize, usize) {
        let before = self.text.get(..problem.span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        (before.matches('\n').count() + 1, column + 1)
    }

    /// Every problem with file, line, column and caret; in colour for a terminal.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let reports = self.iter().map(|problem| renderer.render(&[self.group(problem)]));
        reports.collect::<Vec<_>>().join("\n\n")
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> annotate_snippets::Group<'a> {
        let path = self.path.to_string_lossy().into_owned();
        let annotation = AnnotationKind::Primary.span(self.within_one_line(&problem.span));
        let snippet = Snippet::source(self.text.as_str()).path(path).annotation(annotation);
        let group = Level::ERROR.primary_title(problem.message.as_str()).element(snippet);
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }

    /// A table's span reaches over all its lines; the caret belongs under the first.
    fn within_one_line(&self, span: &Range<usize>) -> Range<usize> {
        let start = span.start.min(self.text.len());
        let line = self.text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(self.text.len() - start);
        start..span.end.clamp(start, start + line)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

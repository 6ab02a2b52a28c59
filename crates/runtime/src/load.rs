//! How does a whole project become functions that can be invoked?

use crate::binary::{self, Binary};
use crate::compiled::{self, Compiled};
use crate::engine::Runtime;
use crate::prepare::{Prepared, final_binary};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use windlass_app::{App, Digest, Function, FunctionId};

/// Every function of a project, prepared.
#[derive(Clone, Default)]
pub struct Loaded {
    functions: HashMap<FunctionId, Arc<Prepared>>,
}

impl Loaded {
    /// The function with this address.
    pub fn get(&self, id: &FunctionId) -> Option<&Arc<Prepared>> {
        self.functions.get(id)
    }

    /// All functions, sorted by address.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Prepared>> {
        let mut all: Vec<_> = self.functions.values().collect();
        all.sort_by(|a, b| a.function.id.cmp(&b.function.id));
        all.into_iter()
    }
}

/// Why a function cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The function.
    pub function: FunctionId,
    /// Its binary, as a path.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl LoadError {
    pub(crate) fn new(function: &Function, message: String, help: Option<String>) -> Self {
        LoadError { function: function.id.clone(), file: binary::name(&function.code), message, help }
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error: {} ({}): {}", self.function, self.file, self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {}", help.replace('\n', "\n        ")),
            None => Ok(()),
        }
    }
}

/// How far the compilation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Binaries that are done.
    pub done: usize,
    /// Distinct binaries.
    pub total: usize,
}

impl Runtime {
    /// Reads, compiles and links every function of `app`; each distinct binary is compiled once. Counters of
    /// functions that `before` has go on.
    ///
    /// # Errors
    /// Everything that is wrong with any of the functions.
    pub fn load(
        &self,
        app: &App,
        before: &Loaded,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Loaded, Vec<LoadError>> {
        let (loaded, errors) = self.load_what_works(app, before, progress);
        if errors.is_empty() { Ok(loaded) } else { Err(errors) }
    }

    /// The same, giving both the functions that can be loaded and what is wrong with the others.
    pub fn load_what_works(
        &self,
        app: &App,
        before: &Loaded,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> (Loaded, Vec<LoadError>) {
        let functions: Vec<&Function> = app.functions().collect();
        let mut errors = Vec::new();
        let mut read: Vec<(&Function, Digest, Digest)> = Vec::new();
        let mut binaries: HashMap<Digest, Binary> = HashMap::new();
        for (function, result) in in_parallel(&functions, |function| final_binary(function)) {
            match result {
                Ok(binary) => {
                    let key = Digest::of(&binary.bytes);
                    read.push((function, key, binary.digest));
                    binaries.insert(key, binary);
                }
                Err((message, help)) => errors.push(LoadError::new(function, message, help)),
            }
        }
        let compiled = self.compile_all(&binaries, progress);
        let mut loaded = Loaded::default();
        for (function, key, digest) in read {
            match compiled.get(&key) {
                Some(Ok(code)) => match self.prepare(function, digest, code, before) {
                    Ok(prepared) => drop(loaded.functions.insert(function.id.clone(), Arc::new(prepared))),
                    Err(found) => errors.extend(found),
                },
                Some(Err(why)) => errors.push(LoadError::new(function, why.clone(), None)),
                None => {}
            }
        }
        errors.sort_by(|a, b| a.function.cmp(&b.function));
        (loaded, errors)
    }

    fn prepare(
        &self,
        function: &Function,
        digest: Digest,
        code: &Compiled,
        before: &Loaded,
    ) -> Result<Prepared, Vec<LoadError>> {
        let known = before.get(&function.id).map(|prepared| prepared.counters.clone());
        Prepared::new(&self.engine, function, digest, code, known.unwrap_or_default())
    }

    fn compile_all(
        &self,
        binaries: &HashMap<Digest, Binary>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> HashMap<Digest, Result<Compiled, String>> {
        let all: Vec<(&Digest, &Binary)> = binaries.iter().collect();
        let done = AtomicUsize::new(0);
        let total = all.len();
        let compile = |(_, binary): &(&Digest, &Binary)| {
            let compiled = compiled::compile(&self.engine, self.cache.as_deref(), binary);
            progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
            compiled.map_err(|error| format!("the binary does not compile: {error:#}"))
        };
        in_parallel(&all, compile).into_iter().map(|((key, _), result)| (**key, result)).collect()
    }
}

/// Does `work` for every item, on as many threads as there are processors; results in the items' order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<(&T, R)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, &T, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, item, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _, _)| *index);
    results.into_iter().map(|(_, item, result)| (item, result)).collect()
}

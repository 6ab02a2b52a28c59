//! What is served right now: a project, its functions and its routes, swapped in as a whole?

use crate::metrics::Traffic;
use std::collections::HashMap;
use std::sync::Arc;
use windlass_app::{App, FunctionId, RouteTable, Tie};
use windlass_runtime::{Loaded, Prepared};

/// One project, ready to serve.
pub struct Site {
    /// The project.
    pub app: App,
    /// Its functions.
    pub loaded: Loaded,
    pub(crate) routes: RouteTable<Target>,
    pub(crate) traffic: HashMap<FunctionId, Arc<Traffic>>,
}

/// Where a route leads.
#[derive(Clone)]
pub struct Target {
    /// The function.
    pub prepared: Arc<Prepared>,
    /// What is counted of its requests.
    pub traffic: Arc<Traffic>,
}

impl Site {
    /// Puts a project and its functions together. Counts of functions that `before` has go on.
    ///
    /// # Errors
    /// Routes that tie.
    pub fn new(app: App, loaded: Loaded, before: Option<&Site>) -> Result<Self, Vec<Tie>> {
        let mut routes = Vec::new();
        let mut traffic = HashMap::new();
        for prepared in loaded.iter() {
            let id = &prepared.function.id;
            let known = before.and_then(|site| site.traffic.get(id)).cloned().unwrap_or_default();
            traffic.insert(id.clone(), known.clone());
            for pattern in &prepared.function.routes {
                let target = Target { prepared: prepared.clone(), traffic: known.clone() };
                routes.push((pattern.clone(), target));
            }
        }
        Ok(Site { routes: RouteTable::new(routes)?, app, loaded, traffic })
    }
}

//! How is a typed export called with JSON arguments?

use super::idle::{Kept, Warm};
use crate::admission::Permit;
use crate::ctx::{Ctx, Stdio};
use crate::fault::Fault;
use crate::meter::{Meter, Metered};
use crate::params::{self, Arguments};
use crate::prepare::{Entry, Prepared};
use crate::report::{Invocation, RequestId};
use crate::{store, types, values};
use serde_json::Value;
use std::sync::Arc;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Func, InstancePre, Type, Val};

/// A typed export, ready to be called.
pub struct Method {
    pre: InstancePre<Ctx>,
    export: ComponentExportIndex,
    params: Vec<(String, Type)>,
    result: Option<Type>,
}

impl Method {
    /// Finds the export `name` or `interface#name` and checks that its types can cross.
    pub fn new(
        component: &Component,
        pre: InstancePre<Ctx>,
        name: &str,
    ) -> Result<Self, (String, Option<String>)> {
        let lost = || (format!("the export {name} cannot be called"), None);
        let (item, export) = match name.split_once('#') {
            Some((interface, function)) => {
                let (_, instance) = component.get_export(None, interface).ok_or_else(lost)?;
                component.get_export(Some(&instance), function).ok_or_else(lost)?
            }
            None => component.get_export(None, name).ok_or_else(lost)?,
        };
        let ComponentItem::ComponentFunc(function) = item else {
            return Err(lost());
        };
        let (params, result) = signature(&function, name)?;
        Ok(Method { pre, export, params, result })
    }

    async fn instantiate(&self, store: &mut wasmtime::Store<Ctx>) -> wasmtime::Result<Func> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        let found = instance.get_func(&mut *store, self.export);
        found.ok_or_else(|| wasmtime::format_err!("the export is gone"))
    }

    /// The JSON answer for what the export returned; the error arm of a result is a rejection.
    fn answer(&self, results: &[Val]) -> Result<Option<Value>, Fault> {
        let (Some(value), Some(ty)) = (results.first(), &self.result) else {
            return Ok(None);
        };
        let (Val::Result(result), Type::Result(arms)) = (value, ty) else {
            return Ok(Some(values::to_json(value, ty)));
        };
        let json = |value: &Option<Box<Val>>, ty: Option<Type>| match (value, ty) {
            (Some(value), Some(ty)) => values::to_json(value, &ty),
            _ => Value::Null,
        };
        match result {
            Ok(value) => Ok(Some(json(value, arms.ok())).filter(|_| arms.ok().is_some())),
            Err(value) => Err(Fault::Rejected(json(value, arms.err()))),
        }
    }
}

/// Parameters and result of an export.
type Signature = (Vec<(String, Type)>, Option<Type>);

fn signature(function: &ComponentFunc, name: &str) -> Result<Signature, (String, Option<String>)> {
    let params: Vec<(String, Type)> = function.params().map(|(name, ty)| (name.to_owned(), ty)).collect();
    let result = function.results().next();
    let refused = params.iter().map(|(_, ty)| ty).chain(&result).find_map(types::uncrossable);
    match refused {
        Some(what) => Err((format!("{name} takes or returns {what}, which JSON cannot carry"), None)),
        None if function.async_() => Err((format!("{name} is an async function of WASI 0.3"), None)),
        None => Ok((params, result)),
    }
}

impl Prepared {
    /// Calls the method; `None` when it returns nothing.
    ///
    /// # Errors
    /// [`Fault::Arguments`] when the arguments do not fit, [`Fault::Rejected`] for the error arm of a result,
    /// and whatever else ended the call.
    pub async fn method(
        self: &Arc<Self>,
        request: RequestId,
        permit: Permit,
        arguments: &Arguments,
    ) -> Result<Option<Value>, Fault> {
        let mut invocation = Invocation::begin(self.clone(), request);
        let meter = Meter::new(self.function.limits.cpu);
        let run = Box::pin(self.run_method(&mut invocation, meter.clone(), arguments));
        let result = Metered::new(meter, run).await;
        invocation.finish(result.as_ref().err());
        drop(permit);
        result
    }

    async fn run_method(
        &self,
        invocation: &mut Invocation,
        meter: Arc<Meter>,
        arguments: &Arguments,
    ) -> Result<Option<Value>, Fault> {
        let Entry::Method(method) = &self.entry else {
            return Err(Fault::Host("this function is not a method".into()));
        };
        let values = params::bind(arguments, &method.params).map_err(Fault::Arguments)?;
        let deadline = store::deadline(self.function.limits.time);
        let mut warm = self.warm_method(method, invocation, meter, deadline).await?;
        let mut results = vec![Val::Bool(false); usize::from(method.result.is_some())];
        let (store, func) = (&mut warm.store, warm.instance);
        let ended = store::until(deadline, func.call_async(&mut *store, &values, &mut results)).await;
        invocation.peak_memory = store.data().limiter.peak();
        ended?.map_err(|error| Fault::of(&error, store.data().limiter.refused()))?;
        warm.served += 1;
        if warm.served < self.function.instances.reuse {
            self.idle.put(Kept::Method(warm));
        }
        let answer = method.answer(&results)?;
        self.check_size(answer)
    }

    async fn warm_method(
        &self,
        method: &Method,
        invocation: &Invocation,
        meter: Arc<Meter>,
        deadline: tokio::time::Instant,
    ) -> Result<Warm<Func>, Fault> {
        if let Some(Kept::Method(warm)) = self.idle.take() {
            return Ok(warm.renew(meter));
        }
        let stdio = Stdio {
            stdin: bytes::Bytes::new(),
            stdout: invocation.log.clone(),
            stderr: invocation.log.clone(),
        };
        let mut store = store::new(&self.engine, &self.function, stdio, meter)
            .map_err(|error| Fault::Host(format!("{error:#}")))?;
        let made = store::until(deadline, method.instantiate(&mut store)).await?;
        let instance = made.map_err(|error| Fault::of(&error, store.data().limiter.refused()))?;
        Ok(Warm { store, instance, served: 0 })
    }

    fn check_size(&self, answer: Option<Value>) -> Result<Option<Value>, Fault> {
        let size =
            answer.as_ref().map_or(0, |value| serde_json::to_vec(value).map_or(0, |text| text.len() as u64));
        if size > self.function.limits.output.0 { Err(Fault::OutputLimit) } else { Ok(answer) }
    }
}

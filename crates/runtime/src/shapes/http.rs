//! How does an http component answer a request, streamed both ways?
//!
//! The guest runs inside the task of its connection. Once it has set its response the head goes out, and the
//! body drives the guest on: no task is spawned, and a client that goes away takes its guest along. A guest
//! that is still at work when its body is complete is let finish in a task of its own, within its limits.

use super::body::{Ended, GuestBody, Run, let_finish};
use super::idle::{Kept, Warm};
use crate::admission::Permit;
use crate::ctx::Stdio;
use crate::fault::{BodyError, Fault};
use crate::meter::{Meter, Metered};
use crate::prepare::{Entry, Prepared};
use crate::report::{Invocation, RequestId};
use crate::store;
use bytes::Bytes;
use http::{Method, Request, Response};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use tokio::sync::oneshot;
use tokio::time::Instant;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::Proxy;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::{HostOutgoingBody, HyperOutgoingBody};

type Answer = Result<Response<HyperOutgoingBody>, ErrorCode>;

impl Prepared {
    /// Hands a request to the guest and waits for the head of its answer; the body of the answer runs the
    /// guest on.
    ///
    /// # Errors
    /// Whatever ended the guest before it answered.
    pub async fn http<B>(
        self: &Arc<Self>,
        request_id: RequestId,
        permit: Permit,
        request: Request<B>,
    ) -> Result<Response<GuestBody>, Fault>
    where
        B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
    {
        let head_only = *request.method() == Method::HEAD;
        let limit = self.function.limits.output.0;
        let (answer, mut answered) = oneshot::channel();
        let overflow = Arc::new(AtomicBool::new(false));
        let mut run = Some(self.clone().start(request_id, permit, request, answer, overflow.clone()));
        let (response, run, ended) = poll_fn(|context| {
            if let Some(ended) = run.as_mut().and_then(|run| ready(Pin::new(run).poll(context))) {
                run = None;
                return Poll::Ready(match (answered.try_recv(), ended) {
                    // Nothing has gone out yet, so a broken answer can still become an error.
                    (Ok(_), Ended { fault: Some(fault), body_open: true }) => Err(fault),
                    (Ok(answer), ended) => Ok((answer, None, Some(ended))),
                    (Err(_), Ended { fault: Some(fault), .. }) => Err(fault),
                    (Err(_), Ended { fault: None, .. }) => Err(self.late(request_id, Fault::NoAnswer)),
                });
            }
            match Pin::new(&mut answered).poll(context) {
                Poll::Ready(Ok(answer)) => Poll::Ready(Ok((answer, run.take(), None))),
                // The guest dropped its chance to answer; how it ends tells why.
                Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
            }
        })
        .await?;
        let response = match response {
            Ok(response) => response,
            Err(code) => {
                let_finish(run);
                return Err(self.late(request_id, Fault::ErrorCode(format!("{code:?}"))));
            }
        };
        let (head, body) = response.into_parts();
        if head.status.is_informational() {
            let_finish(run);
            return Err(self
                .late(request_id, Fault::ErrorCode(format!("status {}, which is not final", head.status))));
        }
        let at_work = run.is_some();
        let body = GuestBody::new(body, run, ended, &head.headers, limit, head_only, overflow);
        let body = body.map_err(|fault| if at_work { fault } else { self.late(request_id, fault) })?;
        Ok(Response::from_parts(head, body))
    }

    fn start<B>(
        self: Arc<Self>,
        request_id: RequestId,
        permit: Permit,
        request: Request<B>,
        answer: oneshot::Sender<Answer>,
        overflow: Arc<AtomicBool>,
    ) -> Run
    where
        B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
    {
        let meter = Meter::new(self.function.limits.cpu);
        let counted = meter.clone();
        let run = Box::pin(async move {
            let mut invocation = Invocation::begin(self.clone(), request_id);
            invocation.overflow = overflow;
            let deadline = store::deadline(self.function.limits.time);
            let ended = match self.warm_http(&invocation, meter, deadline).await {
                Ok(warm) => self.handle(warm, &mut invocation, deadline, request, answer).await,
                Err(fault) => Ended { fault: Some(fault), body_open: true },
            };
            invocation.finish(ended.fault.as_ref());
            drop(permit);
            ended
        });
        Metered::new(counted, run)
    }

    async fn warm_http(
        &self,
        invocation: &Invocation,
        meter: Arc<Meter>,
        deadline: Instant,
    ) -> Result<Warm<Proxy>, Fault> {
        let Entry::Http(pre) = &self.entry else {
            return Err(Fault::Host("this function is not an http handler".into()));
        };
        if let Some(Kept::Http(warm)) = self.idle.take() {
            return Ok(warm.renew(meter));
        }
        let stdio =
            Stdio { stdin: Bytes::new(), stdout: invocation.log.clone(), stderr: invocation.log.clone() };
        let mut store = store::new(&self.engine, &self.function, stdio, meter)
            .map_err(|error| Fault::Host(format!("{error:#}")))?;
        let made = store::until(deadline, pre.instantiate_async(&mut store)).await?;
        let instance = made.map_err(|error| Fault::of(&error, store.data().limiter.refused()))?;
        Ok(Warm { store, instance, served: 0 })
    }

    async fn handle<B>(
        &self,
        mut warm: Warm<Proxy>,
        invocation: &mut Invocation,
        deadline: Instant,
        request: Request<B>,
        answer: oneshot::Sender<Answer>,
    ) -> Ended
    where
        B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
    {
        let (store, proxy) = (&mut warm.store, &warm.instance);
        let ended = store::until(deadline, async {
            let incoming = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
            let outparam = store.data_mut().http().new_response_outparam(answer)?;
            proxy.wasi_http_incoming_handler().call_handle(&mut *store, incoming, outparam).await
        })
        .await;
        let refused = store.data().limiter.refused();
        invocation.peak_memory = store.data().limiter.peak();
        let fault = match ended {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Fault::of(&error, refused)),
            Err(fault) => Some(fault),
        };
        let body_open = fault.is_some() && holds_open_body(&mut warm);
        warm.served += 1;
        if fault.is_none() && warm.served < self.function.instances.reuse {
            self.idle.put(Kept::Http(warm));
        }
        Ended { fault, body_open }
    }
}

/// Whether the guest left a body that it had neither finished nor dropped: then the answer is cut.
fn holds_open_body(warm: &mut Warm<Proxy>) -> bool {
    let mut resources = warm.store.data_mut().http().table.iter_mut();
    resources.any(|resource| resource.is::<HostOutgoingBody>())
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

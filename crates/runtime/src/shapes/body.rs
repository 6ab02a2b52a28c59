//! How does a guest's answer flow out while the guest is still at work?

use crate::fault::Fault;
use crate::meter::Metered;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// A guest at work.
pub type Run = Metered<Pin<Box<dyn Future<Output = Ended> + Send>>>;

/// How a guest's work ended.
pub struct Ended {
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Whether it left the body of its answer unfinished.
    pub body_open: bool,
}

/// The body of an http guest's answer. Polling it runs the guest; dropping it before its end stops the guest.
pub struct GuestBody {
    state: State,
    sent: u64,
    limit: u64,
    declared: Option<u64>,
    head_only: bool,
    overflow: Arc<AtomicBool>,
}

enum State {
    /// The guest has ended, and all of its answer is here.
    Whole { data: Bytes, trailers: Option<HeaderMap> },
    /// The answer comes in pieces.
    Stream { body: HyperOutgoingBody, run: Option<Run>, broken: Option<Fault> },
    /// The answer broke off. What is out already is let through before the connection is cut.
    Broken(Fault),
    /// Everything was given out.
    Done,
}

impl GuestBody {
    /// The body of an answer whose head is about to go out.
    ///
    /// # Errors
    /// [`Fault::OutputLimit`] where it is known already that the body is too large.
    pub(crate) fn new(
        body: HyperOutgoingBody,
        run: Option<Run>,
        ended: Option<Ended>,
        headers: &HeaderMap,
        limit: u64,
        head_only: bool,
        overflow: Arc<AtomicBool>,
    ) -> Result<Self, Fault> {
        let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length| length > limit) && !head_only {
            overflow.store(true, Ordering::Relaxed);
            return Err(Fault::OutputLimit);
        }
        let state = match ended {
            Some(Ended { fault: Some(fault), body_open: true }) => {
                State::Stream { body, run, broken: Some(fault) }
            }
            Some(_) if !head_only => gather(body),
            _ => State::Stream { body, run, broken: None },
        };
        if matches!(&state, State::Whole { data, .. } if data.len() as u64 > limit) {
            return Err(Fault::OutputLimit);
        }
        Ok(GuestBody { state, sent: 0, limit, declared, head_only, overflow })
    }

    /// Fails at a later poll: a body that is pending once lets the HTTP layer flush the head and what it has.
    fn break_off(
        &mut self,
        fault: Fault,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        self.state = State::Broken(fault);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn count(
        &mut self,
        frame: Frame<Bytes>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        self.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
        if self.sent > self.limit {
            self.overflow.store(true, Ordering::Relaxed);
            return self.break_off(Fault::OutputLimit, context);
        }
        Poll::Ready(Some(Ok(frame)))
    }
}

/// Takes what an ended guest left in the body's channel: it is all there, so nothing waits.
fn gather(mut body: HyperOutgoingBody) -> State {
    let mut context = Context::from_waker(Waker::noop());
    let mut data = Bytes::new();
    loop {
        match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(more) if data.is_empty() => data = more,
                Ok(more) => {
                    let mut joined = BytesMut::from(&data[..]);
                    joined.extend_from_slice(&more);
                    data = joined.freeze();
                }
                Err(frame) => {
                    return State::Whole { data, trailers: frame.into_trailers().ok() };
                }
            },
            Poll::Ready(None) => return State::Whole { data, trailers: None },
            Poll::Ready(Some(Err(_))) | Poll::Pending => {
                let broken = Some(Fault::Trap("the guest left its answer unfinished".into()));
                return State::Stream { body: whole(data), run: None, broken };
            }
        }
    }
}

/// A body of bytes that are here already.
fn whole(data: Bytes) -> HyperOutgoingBody {
    Full::new(data).map_err(|never| match never {}).boxed_unsync()
}

impl Body for GuestBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = &mut *self;
        match &mut this.state {
            State::Done => Poll::Ready(None),
            State::Broken(fault) => {
                let fault = fault.clone();
                this.state = State::Done;
                Poll::Ready(Some(Err(fault)))
            }
            State::Whole { data, trailers } if !data.is_empty() => {
                let data = std::mem::take(data);
                if trailers.is_none() {
                    this.state = State::Done;
                }
                this.count(Frame::data(data), context)
            }
            State::Whole { trailers, .. } => {
                let trailers = trailers.take();
                this.state = State::Done;
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
            State::Stream { body, run, broken } => {
                if let Some(Poll::Ready(ended)) = run.as_mut().map(|run| Pin::new(run).poll(context)) {
                    *run = None;
                    *broken = ended.fault.filter(|_| ended.body_open);
                }
                match Pin::new(body).poll_frame(context) {
                    Poll::Ready(Some(Ok(frame))) => this.count(frame, context),
                    Poll::Ready(Some(Err(error))) => {
                        let fault = broken.take().unwrap_or_else(|| Fault::ErrorCode(format!("{error:?}")));
                        this.break_off(fault, context)
                    }
                    Poll::Ready(None) => {
                        let fault = broken.take();
                        let left = run.take();
                        this.state = State::Done;
                        let_finish(left);
                        match fault {
                            Some(fault) => this.break_off(fault, context),
                            None => Poll::Ready(None),
                        }
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Whole { data, trailers } => data.is_empty() && trailers.is_none(),
            State::Stream { .. } | State::Broken(_) => false,
            State::Done => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Whole { data, trailers: None } => SizeHint::with_exact(data.len() as u64),
            State::Done => SizeHint::with_exact(0),
            State::Whole { .. } | State::Stream { .. } | State::Broken(_) => SizeHint::default(),
        }
    }
}

impl Drop for GuestBody {
    /// A body that got all its bytes out, or was never wanted, lets its guest finish; any other takes it along.
    fn drop(&mut self) {
        let complete = self.head_only || self.declared.is_some_and(|declared| self.sent >= declared);
        if let (State::Stream { run, .. }, true) = (&mut self.state, complete) {
            let_finish(run.take());
        }
    }
}

/// Work after the answer goes on in a task of its own; the guest's limits end it.
pub fn let_finish(run: Option<Run>) {
    if let (Some(run), Ok(runtime)) = (run, tokio::runtime::Handle::try_current()) {
        runtime.spawn(run);
    }
}

//! What are the bodies of requests and answers?

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use tokio::sync::OwnedSemaphorePermit;
use windlass_runtime::{BodyError, Fault, GuestBody};

/// The body of an answer.
pub enum AnswerBody {
    /// Bytes that are here already.
    Whole(Option<Bytes>),
    /// What an http guest sends, and the request's place among those that run, held until it is over.
    Guest(GuestBody, Option<OwnedSemaphorePermit>),
}

impl AnswerBody {
    /// These bytes.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        AnswerBody::Whole(Some(bytes.into()).filter(|bytes| !bytes.is_empty()))
    }

    /// Holds the request's place until a streamed answer is over; an answer that is whole needs none.
    pub(crate) fn hold(self, place: OwnedSemaphorePermit) -> Self {
        match self {
            AnswerBody::Guest(body, _) => AnswerBody::Guest(body, Some(place)),
            whole @ AnswerBody::Whole(_) => whole,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        match &mut *self {
            AnswerBody::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            AnswerBody::Guest(body, _) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            AnswerBody::Whole(bytes) => bytes.is_none(),
            AnswerBody::Guest(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            AnswerBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            AnswerBody::Guest(body, _) => body.size_hint(),
        }
    }
}

/// What came of reading a request's body, for whoever answers the request.
#[derive(Debug, Clone, Default)]
pub struct BodyWatch(Arc<AtomicU8>);

impl BodyWatch {
    /// The failure that the reader met.
    pub fn failure(&self) -> Option<BodyError> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(BodyError::TooLarge),
            _ => Some(BodyError::Broken("malformed or cut short".into())),
        }
    }
}

/// A request's body, bounded.
pub struct RequestBody {
    inner: Option<Incoming>,
    left: u64,
    watch: BodyWatch,
}

impl RequestBody {
    /// At most `limit` bytes of `inner`.
    pub fn new(inner: Incoming, limit: u64) -> Self {
        let inner = Some(inner).filter(|body| !body.is_end_stream());
        RequestBody { inner, left: limit, watch: BodyWatch::default() }
    }

    /// A handle on what came of reading it.
    pub fn watch(&self) -> BodyWatch {
        self.watch.clone()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(inner).poll_frame(context) else {
            return Poll::Pending;
        };
        let failure = match frame {
            None => return Poll::Ready(None),
            Some(Ok(frame)) => {
                let size = frame.data_ref().map_or(0, |data| data.len() as u64);
                match this.left.checked_sub(size) {
                    Some(left) => {
                        this.left = left;
                        return Poll::Ready(Some(Ok(frame)));
                    }
                    None => BodyError::TooLarge,
                }
            }
            Some(Err(error)) => BodyError::Broken(error.to_string()),
        };
        let code = if failure == BodyError::TooLarge { 1 } else { 2 };
        this.watch.0.store(code, Ordering::Relaxed);
        this.inner = None;
        Poll::Ready(Some(Err(failure)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

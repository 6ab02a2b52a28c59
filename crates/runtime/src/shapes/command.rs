//! How does a command run: bytes in on stdin, bytes out on stdout?

use crate::admission::Permit;
use crate::ctx::Stdio;
use crate::fault::Fault;
use crate::meter::{Meter, Metered};
use crate::output::Capture;
use crate::prepare::{Entry, Prepared};
use crate::report::{Invocation, RequestId};
use crate::store;
use bytes::Bytes;
use std::sync::Arc;
use wasmtime::Store;

impl Prepared {
    /// Runs the command with this stdin; the answer is its whole stdout.
    ///
    /// # Errors
    /// Whatever ended it otherwise, an exit code other than 0 included.
    pub async fn command(
        self: &Arc<Self>,
        request: RequestId,
        permit: Permit,
        stdin: Bytes,
    ) -> Result<Bytes, Fault> {
        let mut invocation = Invocation::begin(self.clone(), request);
        let meter = Meter::new(self.function.limits.cpu);
        let run = Box::pin(self.run_command(&mut invocation, meter.clone(), stdin));
        let result = Metered::new(meter, run).await;
        invocation.finish(result.as_ref().err());
        drop(permit);
        result
    }

    async fn run_command(
        &self,
        invocation: &mut Invocation,
        meter: Arc<Meter>,
        stdin: Bytes,
    ) -> Result<Bytes, Fault> {
        let deadline = store::deadline(self.function.limits.time);
        let stdout = Capture::answer(self.function.limits.output.0);
        let stdio = Stdio { stdin, stdout: stdout.clone(), stderr: invocation.log.clone() };
        let mut store = store::new(&self.engine, &self.function, stdio, meter)
            .map_err(|error| Fault::Host(format!("{error:#}")))?;
        let ended = match &self.entry {
            Entry::Command(pre) => {
                store::until(deadline, async {
                    let command = pre.instantiate_async(&mut store).await?;
                    command.wasi_cli_run().call_run(&mut store).await
                })
                .await
            }
            Entry::CoreCommand(pre) => {
                store::until(deadline, async {
                    let instance = pre.instantiate_async(&mut store).await?;
                    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
                    start.call_async(&mut store, ()).await.map(Ok)
                })
                .await
            }
            Entry::Http(_) | Entry::Method(_) => Err(Fault::Host("this function is not a command".into())),
        };
        invocation.peak_memory = store.data().limiter.peak();
        outcome(ended?, &store).map(|()| stdout.take().0)
    }
}

/// Exit code 0 arrives as an error of its own from preview 1, and as a plain return from components.
fn outcome(ended: wasmtime::Result<Result<(), ()>>, store: &Store<crate::ctx::Ctx>) -> Result<(), Fault> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(())) => Err(Fault::Exit(1)),
        Err(error) => match error.downcast_ref::<wasmtime_wasi::I32Exit>() {
            Some(wasmtime_wasi::I32Exit(0)) => Ok(()),
            _ => Err(Fault::of(&error, store.data().limiter.refused())),
        },
    }
}

//! Threads that execute: contracts call each other on the native stack, so these have a large one.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use tokio::sync::oneshot;

use crate::error::Error;

/// Stack of each thread in bytes. Address space only: memory is taken as it is used.
const STACK_BYTES: usize = 1 << 30;
/// How many of them there are, so that a long call does not hold up the others.
const THREADS: usize = 6;

type Job = Box<dyn FnOnce() + Send>;

/// The threads.
#[derive(Clone, Debug)]
pub struct Workers {
    jobs: mpsc::Sender<Job>,
}

/// The job died, which is a bug here and not the caller's fault.
#[derive(Debug, thiserror::Error)]
#[error("internal error: the request's execution died")]
pub struct Died;

impl Workers {
    /// Starts the threads; they end when the last handle is dropped.
    ///
    /// # Errors
    /// [`Error::Thread`] if the machine gives none.
    pub fn start() -> Result<Self, Error> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for index in 0..THREADS {
            let queue = queue.clone();
            thread::Builder::new()
                .name(format!("devchain-{index}"))
                .stack_size(STACK_BYTES)
                .spawn(move || {
                    loop {
                        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok(job) = job else { return };
                        if catch_unwind(AssertUnwindSafe(job)).is_err() {
                            tracing::error!("a request panicked");
                        }
                    }
                })
                .map_err(|source| Error::Thread {
                    stack_bytes: STACK_BYTES,
                    source,
                })?;
        }
        Ok(Self { jobs })
    }

    /// Runs `job` on one of the threads.
    ///
    /// # Errors
    /// [`Died`] if it panicked.
    pub async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Died> {
        let (result, done) = oneshot::channel();
        let sent = self.jobs.send(Box::new(move || {
            // Whoever asked may have gone away meanwhile.
            let _abandoned = result.send(job()).is_err();
        }));
        if sent.is_err() {
            return Err(Died);
        }
        done.await.map_err(|_dropped_by_a_panic| Died)
    }
}

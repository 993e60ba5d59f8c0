//! The relayer's own web server: a page for people, JSON for programs, metrics for Prometheus, health checks, and, where that is wanted,
//! witnesses. It only reads.

mod answers;
mod site;
mod witness;

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub(crate) use site::Site;
pub(crate) use witness::Witnesses;

use crate::error::Error;

/// How long requests under way may take when the server is told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Longest request, in bytes.
const LONGEST_REQUEST: usize = 200_000;
/// Nothing from elsewhere, nothing inline, in nobody's frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Listens; with port 0 on a free one.
    pub(crate) async fn start(address: SocketAddr, site: Site) -> Result<Self, Error> {
        let listen_error = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router(site)).with_graceful_shutdown(async move {
            // Dropped is stopped, too.
            stopped.await.unwrap_or_default();
        });
        Ok(Self {
            address,
            stop,
            task: tokio::spawn(async move { serving.await }),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers what is asked already, and ends.
    pub(crate) async fn stop(mut self) {
        drop(self.stop);
        match tokio::time::timeout(LAST_ANSWERS, &mut self.task).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the web server had stopped"),
            Ok(Err(error)) => tracing::warn!(%error, "the web server's task had died"),
            Err(_elapsed) => self.task.abort(),
        }
    }
}

fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(answers::page))
        .route("/style.css", get(answers::style))
        .route("/script.js", get(answers::script))
        .route("/icon.svg", get(answers::icon))
        .route("/api/status", get(answers::status))
        .route("/api/witness", post(answers::witness))
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .route("/metrics", get(answers::metrics))
        .route("/healthz", get(answers::healthz))
        .route("/readyz", get(answers::readyz))
        .layer(middleware::from_fn(guard))
        .with_state(site)
}

/// Headers of every answer.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

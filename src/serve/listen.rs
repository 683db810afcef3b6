//! The listening socket and its connections.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::limits::{ACCEPT_PAUSE, HEAD_TIMEOUT, MAX_CONNECTIONS, SHUTDOWN_GRACE};
use super::service::Service;
use super::state::App;

/// Why the service could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be listened on.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The system gave no threads or signals.
    #[error("cannot start the service")]
    Start(#[source] io::Error),
}

/// Listens and serves until the process is told to end (SIGTERM, SIGINT); requests under way are then
/// answered. `started` is told the address once it takes connections.
///
/// # Errors
/// [`ServeError`]
pub fn serve(app: App, started: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(serving_threads())
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let result = runtime.block_on(accept_all(app, started));
    // A question that reads files may still be at it; nobody waits for its answer.
    runtime.shutdown_background();
    result
}

/// Threads that serve connections: all cores but one. What reads files has threads of its own, and on two
/// cores two that serve would mostly wake each other: look-ups then cost a quarter more.
fn serving_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

async fn accept_all(app: App, started: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let listen = app.settings.listen;
    let failed = |source| ServeError::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let mut end = std::pin::pin!(told_to_end()?);
    started(listener.local_addr().map_err(failed)?);
    tokio::spawn(super::watch::watch(app.clone()));
    let run = app.current();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = run.complete() {
            tracing::error!(error = %error, "questions beyond look-ups can't be answered");
        }
    });
    let service = Service::new(app.clone());
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (ending, ended) = watch::channel(false);
    loop {
        let accepted = tokio::select! {
            () = &mut end => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, mostly: a moment later there may be some.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            app.metrics.refused_connections.fetch_add(1, Relaxed);
            continue;
        };
        let (app, service, ended) = (app.clone(), service.clone(), ended.clone());
        tokio::spawn(async move {
            app.metrics.connections.fetch_add(1, Relaxed);
            talk(stream, service, ended).await;
            app.metrics.connections.fetch_sub(1, Relaxed);
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("ending: answering the requests under way");
    // Whoever listens is gone already; the rest is up to the connections.
    let _ = ending.send(true);
    let all = u32::try_from(MAX_CONNECTIONS).expect("the limit is small");
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, places.acquire_many(all)).await;
    Ok(())
}

/// One connection to its end.
async fn talk(stream: TcpStream, service: Service, mut ended: watch::Receiver<bool>) {
    // Small answers should not wait for more to come.
    let _ = stream.set_nodelay(true);
    let answer = |request: hyper::Request<Incoming>| {
        let service = &service;
        async move { Ok::<_, Infallible>(service.answer(request.map(Body::new)).await) }
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.wait_for(|ended| *ended) => connection.as_mut().graceful_shutdown(),
    }
    // A client that breaks off is its own business.
    let _ = connection.await;
}

fn told_to_end() -> Result<impl Future<Output = ()>, ServeError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

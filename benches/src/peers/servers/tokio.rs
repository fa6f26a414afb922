//! tokio: a task for each connection, on its runtime of one thread or that of many; and hyper over it.

use std::convert::Infallible;
use std::io;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use super::{ANYWHERE, BUFFER, tell, traffic};
use crate::peers::Runs;
use crate::workloads::{Service, Traffic};

pub fn run(workload: &str, _: u64, _: u32) -> Option<Runs> {
    let Traffic { service, cores, .. } = *traffic(workload)?;
    let mut builder = match cores {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(cores).enable_io().build().expect("a runtime");
    runtime.block_on(async {
        // As all other tasks, so that it is not woken like another thread.
        tokio::spawn(accept(service)).await.expect("it does not panic").expect("a port");
    });
    Some(Runs::new())
}

async fn accept(service: Service) -> io::Result<()> {
    let listener = TcpListener::bind(ANYWHERE).await?;
    tell(listener.local_addr());
    loop {
        let (stream, _) = listener.accept().await?;
        match service {
            Service::Echo => tokio::spawn(async { _ = echo(stream).await }),
            Service::Http => tokio::spawn(async { _ = http(stream).await }),
        };
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => stream.write_all(&buffer[..read]).await?,
        }
    }
}

async fn http(stream: TcpStream) -> hyper::Result<()> {
    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(hello)).await
}

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

//! csp: a process for each connection, on one scheduler or on a runtime of several.

use csp::net::TcpListener;
use csp::prelude::*;
use csp::sync::{self, Runtime};

use super::{ANYWHERE, serve, tell, traffic};
use crate::peers::Runs;
use crate::workloads::{Service, Traffic};

pub fn run(workload: &str, _: u64, _: u32) -> Option<Runs> {
    match *traffic(workload)? {
        Traffic { service, cores: 1, .. } => csp::run(|| {
            let listener = listener();
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                go(move || serve(service, stream));
            }
        }),
        Traffic { service, cores, .. } => {
            let runtime = Runtime::start(cores);
            _ = take(&runtime.go_channel(move || accept(service)));
        }
    }
    Some(Runs::new())
}

fn listener() -> TcpListener {
    let listener = TcpListener::bind(ANYWHERE).expect("a port");
    tell(listener.local_addr());
    listener
}

/// Whatever worker has time starts the process of a connection, and keeps it.
fn accept(service: Service) {
    for stream in listener().incoming() {
        let stream = stream.expect("a connection");
        sync::go(move || serve(service, stream));
    }
}

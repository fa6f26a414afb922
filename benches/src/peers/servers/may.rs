//! may: a coroutine for each connection.

use may::go;
use may::net::TcpListener;

use super::{ANYWHERE, serve, tell, traffic};
use crate::peers::Runs;
use crate::workloads::Traffic;

pub fn run(workload: &str, _: u64, _: u32) -> Option<Runs> {
    let Traffic { service, cores, .. } = *traffic(workload)?;
    may::config().set_workers(cores);
    let accept = go!(move || {
        let listener = TcpListener::bind(ANYWHERE).expect("a port");
        tell(listener.local_addr());
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            go!(move || serve(service, stream));
        }
    });
    accept.join().expect("it does not panic");
    Some(Runs::new())
}

// Source: ureq
// A client of HTTP that was made for threads, in processes: its agent is told how to look up names, and how to connect.
//
// Look for: all three are asked at once, on one thread; the slow one keeps nobody waiting, and is given up.
// Try: ./run.sh net.http_client http://example.com/ http://no-such-name.example/. For https there is a feature of ureq,
// `rustls`: then `Ours.chain(RustlsConnector::default())` in place of the first Ours.

use super::{http_server::serve, http_transport::Parking};
use csp::{net::TcpStream, prelude::*, sync};
use ureq::unversioned::{resolver::*, transport::*};
use ureq::{Agent, Error, config::Config, http::Uri};

#[derive(Debug)]
struct Ours;

impl Resolver for Ours {
    fn resolve(&self, uri: &Uri, config: &Config, limit: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (uri, config) = (uri.clone(), config.clone());
        sync::blocking(move || DefaultResolver::default().resolve(&uri, &config, limit))
    }
}

impl Connector for Ours {
    type Out = Parking;

    fn connect(&self, to: &ConnectionDetails, _: Option<()>) -> Result<Option<Parking>, Error> {
        Ok(Some(Parking(TcpStream::connect(&to.addrs[..])?, LazyBuffers::new(1 << 16, 1 << 16))))
    }
}

pub fn agent() -> Agent {
    Agent::with_parts(Config::default(), Ours, Ours)
}

#[csp::main]
pub fn main() {
    let mut requests: Vec<_> = std::env::args().skip(1).map(|url| (url, 5000)).collect();
    if requests.is_empty() {
        let here = serve("127.0.0.1:0", |path| {
            sleep(Duration::from_secs(if path == "/slow" { 3600 } else { 0 }));
            (path != "/nothing").then(|| format!("this is {path}"))
        });
        let url = |path| format!("http://{}/{path}", here.as_ref().unwrap());
        requests = vec![(url("slow"), 10), (url("page"), 5000), (url("nothing"), 5000)];
    }
    let ask = |(url, limit)| (limit, go_channel(move || agent().get(&url).call()?.body_mut().read_to_string()));
    for (limit, answer) in requests.into_iter().map(ask).collect::<Vec<_>>() {
        alts! {
            text = take(&answer) => println!("{:?}", text.unwrap().map(|all| all.chars().take(40).collect::<String>())),
            _ = sleep(Duration::from_millis(limit)) => println!("{limit} ms are not enough"),
        }
    }
}

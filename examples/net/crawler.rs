// Source: A Tour of Go, exercise "Web Crawler"
// crawler_fake over the network: the pages of one site, three at a time and each page once.
//
// Look for: one page is not there, and the others come all the same. They come in the order in which they were wanted,
// whichever is fetched first: the pipeline sees to that.
// Try: `python3 -m http.server` in some folder, and ./run.sh net.crawler http://127.0.0.1:8000

use super::{http_client::agent, http_server::serve};
use csp::ops::{self, AtEnd};
use csp::{Transducer, prelude::*, transducer};
use std::collections::{BTreeSet, VecDeque};

fn page(path: &str) -> Option<String> {
    let links = match path {
        "/" => "pkg/ blog/ cmd",
        "/pkg/" | "/blog/" => "/ 1 2 http://example.com/",
        "/pkg/1" | "/pkg/2" | "/blog/1" | "/blog/2" => "/pkg/ /blog/",
        _ => return None,
    };
    Some(links.split(' ').map(|link| format!("<a href=\"{link}\">{link}</a>\n")).collect())
}

fn links(site: &str, path: &str) -> Result<Vec<String>, ureq::Error> {
    let text = agent().get(format!("{site}{path}")).call()?.body_mut().read_to_string()?;
    let folder = &path[..=path.rfind('/').unwrap()];
    let found = text.split("href=\"").skip(1).filter_map(|rest| rest.split(['"', '#', '?']).next());
    let paths = found.map(|l| l.strip_prefix(site).unwrap_or(l)).filter(|l| !l.contains(':') && !l.contains("./"));
    Ok(paths.map(|path| if path.starts_with('/') { path.to_owned() } else { format!("{folder}{path}") }).collect())
}

#[csp::main]
pub fn main() {
    let here = format!("http://{}", serve("127.0.0.1:0", page).unwrap());
    let site = std::env::args().nth(1).unwrap_or(here).trim_end_matches('/').to_owned();
    let (wanted, fetched) = (Channel::new(), Channel::new());
    let fetch = transducer().map(move |path: String| (links(&site, &path), path));
    ops::pipeline(3, fetched.clone(), fetch, wanted.clone(), AtEnd::Close);
    let (mut queue, mut seen, mut done) = (VecDeque::from(["/".to_owned()]), BTreeSet::from(["/".to_owned()]), 0);
    while done < seen.len() {
        alts! {
            answer = put(&wanted, from queue) => answer.unwrap(),
            page = take(&fetched) => {
                let (links, path) = page.unwrap();
                println!("{path:10} {}", links.as_ref().map_or_else(ToString::to_string, |links| links.join(" ")));
                queue.extend(links.into_iter().flatten().filter(|link| seen.insert(link.clone()))); // the new ones
                done += 1;
            }
        }
    }
}

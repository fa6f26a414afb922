// Source: A Tour of Go, exercise "Web Crawler"
// A crawler: three pages at a time, each page once, and over when all that were seen have been fetched.
//
// Look for: after the first page three in each 0.1 s, as long as there are so many, and none twice, although most
// links lead to pages that were seen before. main and the pipeline are a circle: each page may make main want others.
// Try: no queue, but at once put(&wanted, link).unwrap() for each link that is new: main waits to put, the pipeline
// waits to deliver, each for the other, and the report shows it.

use csp::ops::{self, AtEnd};
use csp::{Transducer, prelude::*, transducer};
use std::collections::{BTreeSet, VecDeque};

type Page = (&'static str, Option<&'static [&'static str]>); // its links, if there is such a page

fn fetch(url: &'static str) -> Page {
    sleep(Duration::from_millis(100));
    let links: &[&str] = match url {
        "/" => &["/pkg", "/cmd", "/blog"],
        "/pkg" => &["/", "/cmd", "/pkg/fmt", "/pkg/os"],
        "/pkg/fmt" | "/pkg/os" => &["/", "/pkg"],
        "/blog" => &["/", "/blog/1", "/blog/2", "/blog/3"],
        "/blog/1" => &["/blog", "/pkg/fmt", "/blog/2"],
        "/blog/2" => &["/blog", "/pkg/os", "/blog/3"],
        "/blog/3" => &["/blog", "/end"],
        "/end" => &["/"],
        _ => return (url, None),
    };
    (url, Some(links))
}

#[csp::main]
pub fn main() {
    let (wanted, fetched, start) = (Channel::new(), Channel::new(), now());
    ops::pipeline(3, fetched.clone(), transducer().map(fetch), wanted.clone(), AtEnd::Close);
    let (mut queue, mut seen, mut done) = (VecDeque::from(["/"]), BTreeSet::from(["/"]), 0);
    while done < seen.len() {
        alts! {
            answer = put(&wanted, from queue) => answer.unwrap(),
            page = take(&fetched) => {
                let (url, links) = page.unwrap();
                let text = links.map_or("is not there".to_owned(), |links| format!("leads to {}", links.join(" ")));
                println!("{:.1} s  {url:9} {text}", (now() - start).as_secs_f64());
                queue.extend(links.unwrap_or_default().iter().filter(|link| seen.insert(link))); // the new ones
                done += 1;
            }
        }
    }
    close(&wanted);
    take(&fetched); // until the pipeline has ended, too
}

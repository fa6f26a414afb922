// Source: Advanced Go Concurrency Patterns (Ajmani 2013), the program behind slide 14
// The feed reader with real feeds: RSS and Atom, over the network.
//
// Look for: only `fetch` is new: the loop, the merge and the close are those of chapter 5. Each feed is fetched every
// 10 ms and has the same items, and yet each item comes once.
// Try: ./run.sh go.feed_real http://example.com/rss.xml http://example.org/atom.xml. Each is fetched every ten minutes.

use super::super::net::{http_client::agent, http_server::serve};
use super::{feed_async::subscribe, feed_main::Fetched, feed_main::Item, feed_merge::merge};
use csp::prelude::*;
use roxmltree::Document;

fn items(url: &'static str) -> Result<Vec<Item>, Box<dyn std::error::Error>> {
    let text = agent().get(url).call()?.body_mut().read_to_string()?;
    let feed = Document::parse(&text)?;
    let items = feed.descendants().filter(|node| matches!(node.tag_name().name(), "item" | "entry"));
    let titles = items.filter_map(|item| item.children().find(|node| node.tag_name().name() == "title")?.text());
    Ok(titles.map(|title| Item { domain: url, title: title.to_owned() }).collect())
}

fn fetch(url: &'static str, again: Duration) -> impl Fn() -> Fetched + Clone {
    let told = move |error: Box<dyn std::error::Error>| eprintln!("{url}: {error}");
    move || Ok((items(url).map_err(told).map_err(|()| "a feed cannot be read")?, again))
}

fn page(path: &str) -> Option<String> {
    let titles = match path {
        "/go.rss" => ["Go 1.25 is released", "Concurrency is not parallelism"],
        "/rust.rss" => ["Rust 1.95 is released", "Fearless concurrency"],
        _ => return None,
    };
    let items = titles.map(|title| format!("<item><title>{title}</title></item>")).concat();
    Some(format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"))
}

#[csp::main]
pub fn main() {
    let urls: Vec<&str> = std::env::args().skip(1).map(|url| &*url.leak()).collect(); // as long as it runs
    if !urls.is_empty() {
        let feeds: Vec<_> = urls.iter().map(|url| subscribe(fetch(url, Duration::from_secs(600)))).collect();
        return merge(feeds).updates.iter().for_each(|item| println!("{}: {}", item.domain, item.title));
    }
    let here = serve("127.0.0.1:0", page).unwrap();
    let feeds = ["go", "rust"].map(|feed| &*format!("http://{here}/{feed}.rss").leak());
    let merged = merge(feeds.map(|url| subscribe(fetch(url, Duration::from_millis(10)))));
    let mut titles: Vec<_> = merged.updates.iter().take(4).map(|item| item.title).collect();
    titles.sort(); // which feed is fetched first is chance
    println!("{}\nclosed: {:?}", titles.join("\n"), merged.close());
}

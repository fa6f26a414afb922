// Source: the reactor of twisted-csp, whose processes live in the event loop of a web server
// Handlers of axum, on the threads of tokio, talk to a process over channels: the count needs no lock.
//
// Look for: `cargo run`, then `curl localhost:3000/up` and `curl localhost:3000/`, from several terminals at once: none
// is lost, for the process has the count, and answers one question after the other.
// Try: a second counter; a handler that gives up when the answer takes longer than a second.

use axum::{Router, extract::State, routing::get};
use csp::prelude::*;
use csp::sync;

/// What handlers ask, with where to answer.
type Question = (i64, sync::Sender<i64>);

async fn ask(questions: &sync::Sender<Question>, change: i64) -> String {
    let (answer, wait_for) = sync::channel(1);
    // If the process has gone, so has the question with its way to answer, and there is nothing to take.
    _ = questions.put_async((change, answer)).await;
    match wait_for.take_async().await {
        Some(count) => format!("{count}\n"),
        None => "the counter has gone\n".to_owned(),
    }
}

/// The routes, and the process that has the count.
fn app() -> Router {
    let (questions, asked) = sync::channel::<Question>(0);
    go(move || {
        let mut count = 0;
        for (change, answer) in asked {
            count += change;
            _ = put(&answer, count); // whoever asked may have hung up
        }
    });
    Router::new()
        .route("/", get(async |State(questions): State<sync::Sender<Question>>| ask(&questions, 0).await))
        .route("/up", get(async |State(questions): State<sync::Sender<Question>>| ask(&questions, 1).await))
        .with_state(questions)
}

/// The server is a future that a process waits for, beside all others of the run.
fn serve(address: &str) {
    let listener = wait(tokio::net::TcpListener::bind(address)).expect("a free port");
    println!("listening on http://{}", listener.local_addr().expect("it is bound"));
    wait(axum::serve(listener, app()).into_future()).expect("it serves for ever");
}

fn main() {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    tokio.block_on(csp::tokio::run(|| serve("127.0.0.1:3000")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// What the server says, without the head.
    fn fetch(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    #[test]
    fn clients_on_many_threads_count_to_a_hundred() {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let last = tokio.block_on(csp::tokio::run(|| {
            let listener = wait(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
            let address = listener.local_addr().unwrap();
            // On tokio's own threads, with the process here.
            let server = tokio::spawn(axum::serve(listener, app()).into_future());
            let clients: Vec<_> = (0..4)
                .map(|_| sync::thread(move || (0..25).for_each(|_| assert!(fetch(address, "/up").ends_with('\n')))))
                .collect();
            clients.iter().for_each(|client| take(client).expect("it has counted"));
            let last = sync::blocking(move || fetch(address, "/"));
            server.abort();
            last
        }));
        assert_eq!(last, "100\n");
    }
}

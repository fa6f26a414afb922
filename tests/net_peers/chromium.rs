//! A WebSocket by tungstenite, with a browser as the client.

use std::io::BufRead;
use std::process::Command;

use csp::net::{TcpListener, TcpStream};
use csp::prelude::*;
use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message};

use crate::http::server;
use crate::peer::{Folder, Peer, everywhere};

/// It has two conversations: one that it ends, and one that the server ends. What it has seen it reports.
const PAGE: &str = r#"<!DOCTYPE html><meta charset="utf-8"><title>csp</title><script>
function converse(path, on_open, on_message) {
    return new Promise(done => {
        const socket = new WebSocket(`ws://ADDRESS/${path}`);
        const heard = [];
        socket.binaryType = "arraybuffer";
        socket.onopen = () => on_open(socket);
        socket.onmessage = ({ data }) => {
            const text = data => `${data.byteLength} bytes, the last ${new Uint8Array(data).at(-1)}`;
            heard.push(typeof data == "string" ? data : text(data));
            on_message(socket, heard);
        };
        socket.onclose = ({ code, reason, wasClean }) => done([...heard, code, reason, wasClean].join("|"));
    });
}
(async () => {
    const mine = await converse("mine", socket => {
        socket.send("hello");
        socket.send("grüße 🦀");
        socket.send(new Uint8Array(1_000_000).fill(7));
    }, (socket, heard) => heard.length == 3 && socket.close(4001, "enough"));
    const yours = await converse("yours", socket => socket.send("bye"), () => {});
    fetch("/report", { method: "POST", body: `${mine}\n${yours}` });
})();
</script>"#;

#[test]
fn a_page_talks_over_web_sockets() {
    everywhere(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let page = PAGE.replace("ADDRESS", &listener.local_addr().unwrap().to_string());
        let (reports, reported) = channel(1);
        let (address, _) = server(
            |stream| stream,
            move |request| match request.path.as_str() {
                "/" => Some(page.clone().into_bytes()),
                "/report" => {
                    put(&reports, String::from_utf8(request.body).unwrap()).unwrap();
                    Some(Vec::new())
                }
                _ => None,
            },
        );

        let folder = Folder::new("chromium");
        let _browser = browse(&folder, &format!("http://{address}/"));

        echo(listener.accept().unwrap().0);
        hang_up(listener.accept().unwrap().0);
        assert_eq!(
            take(&reported).unwrap(),
            "hello|grüße 🦀|1000000 bytes, the last 7|4001|enough|true\n1000|bye bye|true"
        );
    });
}

/// The conversation that the page ends: it hears all that it says.
fn echo(stream: TcpStream) {
    let mut socket = tungstenite::accept(stream).unwrap();
    socket.send(Message::Ping("are you there?".into())).unwrap();
    let mut answered = false;
    let end = loop {
        match socket.read().unwrap() {
            Message::Pong(words) => answered = words == "are you there?",
            Message::Close(frame) => break frame.unwrap(),
            message => socket.send(message).unwrap(),
        }
    };
    assert_eq!((u16::from(end.code), end.reason.as_str(), answered), (4001, "enough", true));
    assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
}

/// The conversation that we end.
fn hang_up(stream: TcpStream) {
    let mut socket = tungstenite::accept(stream).unwrap();
    assert_eq!(socket.read().unwrap().into_text().unwrap(), "bye");
    let end = CloseFrame { code: CloseCode::Normal, reason: "bye bye".into() };
    socket.close(Some(end.clone())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Close(Some(end)));
}

/// A browser without a window that shows the page. It knows nothing of its user, and asks nobody else for anything.
fn browse(folder: &Folder, url: &str) -> Peer {
    let mut command = Command::new("chromium");
    command.env("HOME", folder.as_os_str()).arg(format!("--user-data-dir={}", folder.display()));
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
    command.args(["--no-proxy-server", "--disable-quic", "--disable-sync"]);
    command.args(["--disable-background-networking", "--disable-component-update"]);
    command.arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
    let mut browser = Peer::spawn(command.arg(url));
    // It says much; if the test fails, that is shown.
    for from in [browser.stdout(), browser.stderr()] {
        go(move || from.lines().map_while(Result::ok).for_each(|line| println!("chromium: {line}")));
    }
    browser
}

//! Nodes that are reached in odd ways, or say odd things.

use std::process::Stdio;

use alloy::transports::http::reqwest::StatusCode;
use axum::{
    Router,
    http::{Method, Uri, header::LOCATION},
    response::IntoResponse,
};
use devchain::{Config, DevChain, Kind};
use serde_json::json;
use smartsync_chain::{Chain, Side};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::Command,
};

use crate::{
    command::smartsync,
    interposed::{Fate, Interposed},
};

async fn served(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// What `doctor` says of a source node: whether it ended well, stdout, and stderr.
async fn doctor(url: &str, certificates: Option<&str>) -> (bool, String, String) {
    let mut command = smartsync(&["doctor", "--source-rpc", url]);
    command.env_remove("SSL_CERT_FILE");
    if let Some(file) = certificates {
        command.env("SSL_CERT_FILE", file);
    }
    let output = command.output().await.expect("it runs");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    (output.status.success(), stdout, stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_moved_is_followed_with_the_same_request() {
    for code in [301, 302, 307, 308] {
        let router = Router::new().fallback(move |method: Method, uri: Uri| async move {
            match (method, uri.path()) {
                (Method::POST, "/new") => json!({ "jsonrpc": "2.0", "id": 0, "result": "0x7a69" })
                    .to_string()
                    .into_response(),
                (Method::POST, _) => (
                    StatusCode::from_u16(code).expect("a code"),
                    [(LOCATION, "/new")],
                )
                    .into_response(),
                _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
            }
        });
        let node = served(router).await;
        let chain = Chain::connect(Side::Source, &node).await;
        assert_eq!(chain.expect("connected").chain_id(), 31_337, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_leads_nowhere_ends_in_one_line() {
    let in_circles = Router::new()
        .fallback(|| async { (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "/again")]) });
    let nowhere = Router::new().fallback(|| async { StatusCode::MOVED_PERMANENTLY });
    for (router, said) in [
        (
            in_circles,
            "it sends requests from one place to the next without end",
        ),
        (
            nowhere,
            "it sends requests elsewhere (HTTP 301) and does not say where",
        ),
    ] {
        let node = served(router).await;
        let error = Chain::connect(Side::Source, &node)
            .await
            .expect_err("no answer");
        assert_eq!(
            error.to_string(),
            format!("source node, eth_chainId: {said}")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn user_and_password_are_sent_over_a_websocket_as_they_are_meant() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut head = [0; 4_096];
        let count = stream.read(&mut head).await.expect("a request");
        stream
            .write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
            .await
            .expect("answered");
        String::from_utf8_lossy(&head[..count]).into_owned()
    });
    let url = format!("ws://us%40er:p%23ss@{address}/");
    let mut nodes = smartsync_chain::Endpoints::try_from(url.as_str()).expect("a node");
    nodes.rounds = 1;
    let refused = Chain::connect(Side::Source, nodes)
        .await
        .expect_err("no access");
    let asked = asked.await.expect("asked");
    // "us@er:p#ss" in base64.
    assert!(
        asked.to_lowercase().contains(
            "authorization: basic dxnazxi6cCNzcw=="
                .to_lowercase()
                .as_str()
        ),
        "{asked}"
    );
    let said = refused.to_string();
    assert!(
        said.contains("401") && !said.contains("us@er") && !said.contains("p#ss"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn schemes_in_capitals_and_a_comma_at_the_end_are_no_mistakes() {
    let chain = DevChain::spawn(Config::new(Kind::Evm))
        .await
        .expect("a chain");
    for url in [chain.url(), chain.ws_url()] {
        let odd = format!("{},", url.replace("http", "HTTP").replace("ws:", "WS:"));
        let (_, stdout, stderr) = doctor(&odd, None).await;
        assert!(stdout.contains("31337"), "{odd}: {stdout}{stderr}");
    }
}

/// A server with TLS, under a certificate of its own, in front of a port of this machine; its port.
async fn encrypted(folder: &std::path::Path, behind: u16) -> (tokio::process::Child, u16) {
    let [key, certificate] = ["key.pem", "cert.pem"].map(|name| folder.join(name));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        // Its own authority, of which no server may be one.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .await
        .expect("openssl runs");
    assert!(made.status.success(), "{made:?}");
    let script = "const fs = require('fs'), net = require('net'), tls = require('tls');
        const [, key, cert, port] = process.argv;
        const server = tls.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (socket) => {
          const node = net.connect(Number(port), '127.0.0.1');
          socket.pipe(node).pipe(socket);
          for (const end of [socket, node]) end.on('error', () => { socket.destroy(); node.destroy(); });
        });
        server.on('tlsClientError', () => {});
        server.listen(0, '127.0.0.1', () => console.log(server.address().port));";
    let mut server = Command::new("node")
        .args(["-e", script])
        .arg(&key)
        .arg(&certificate)
        .arg(behind.to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node runs");
    let mut lines = BufReader::new(server.stdout.take().expect("stdout")).lines();
    let port = lines.next_line().await.expect("read").expect("a port");
    (server, port.parse().expect("a port"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_s_certificate_counts_for_https_and_for_wss() {
    let chain = DevChain::spawn(Config::new(Kind::Evm))
        .await
        .expect("a chain");
    let folder = tempfile::tempdir().expect("a folder");
    let port = |url: &str| -> u16 {
        let port = url.trim_end_matches('/').rsplit(':').next();
        port.expect("a port").parse().expect("a number")
    };
    let certificate = folder.path().join("cert.pem");
    let certificate = certificate.to_str().expect("text");
    for (scheme, behind) in [
        ("https", port(&chain.url())),
        ("wss", port(&chain.ws_url())),
    ] {
        let (_server, port) = encrypted(folder.path(), behind).await;
        let url = format!("{scheme}://localhost:{port}");
        let (_, stdout, stderr) = doctor(&url, Some(certificate)).await;
        assert!(stdout.contains("31337"), "{url}: {stdout}{stderr}");
        let (works, stdout, stderr) = doctor(&url, None).await;
        assert!(!works && stdout.is_empty(), "{url}: {stdout}{stderr}");
        assert!(
            stderr.lines().count() == 1 && stderr.to_lowercase().contains("certificate"),
            "{stderr}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_says_cannot_draw_on_the_operator_s_terminal() {
    let chain = DevChain::spawn(Config::new(Kind::Evm))
        .await
        .expect("a chain");
    let drawing = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}x\r\nerror: none";
    let node = Interposed::deciding(chain.url(), move |method, _params| match method {
        "web3_clientVersion" => Fate::Answer(json!({ "result": drawing })),
        "eth_chainId" | "eth_blockNumber" => Fate::Forward,
        _ => Fate::Answer(json!({ "error": { "code": -32_000, "message": drawing } })),
    })
    .await;
    let (_, stdout, stderr) = doctor(&node.url, None).await;
    let all = format!("{stdout}{stderr}");
    assert!(all.contains("owned"), "{all}");
    let acts = |character: &char| character.is_control() && *character != '\n';
    assert_eq!(all.chars().find(acts), None, "{all}");
    assert!(!all.contains('\u{202e}'), "{all}");
    assert!(!all.lines().any(|line| line == "error: none"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_something_else_is_not_shown_whole() {
    let long = "x".repeat(100_000);
    let page = format!("<html>{long}</html>");
    for (code, body) in [
        (200, page.clone()),
        (403, page),
        (
            200,
            json!({ "jsonrpc": "2.0", "id": 0, "result": { "odd": long } }).to_string(),
        ),
        (
            200,
            json!({ "jsonrpc": "2.0", "id": 0, "result": long }).to_string(),
        ),
        (
            200,
            json!({ "jsonrpc": "2.0", "id": 0, "error": { "code": -32_601, "message": long } })
                .to_string(),
        ),
    ] {
        let code = StatusCode::from_u16(code).expect("a code");
        let router = Router::new().fallback(move || {
            let body = body.clone();
            async move { (code, body) }
        });
        let node = served(router).await;
        let mut nodes = smartsync_chain::Endpoints::try_from(&node).expect("a node");
        nodes.rounds = 1;
        let error = Chain::connect(Side::Source, nodes)
            .await
            .expect_err("no chain id");
        let said = error.to_string();
        assert!(said.lines().count() == 1 && said.len() < 400, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_without_a_finalized_block_comes_with_what_to_do() {
    let chain = DevChain::spawn(Config::new(Kind::Evm))
        .await
        .expect("a chain");
    for answer in [
        json!({ "result": null }),
        json!({ "error": { "code": -32_602, "message": "safe block not supported" } }),
    ] {
        let node = Interposed::deciding(chain.url(), move |_method, params| {
            match params[0] == "finalized" {
                true => Fate::Answer(answer.clone()),
                false => Fate::Forward,
            }
        })
        .await;
        let source = Chain::connect(Side::Source, &node.url)
            .await
            .expect("connected");
        let error = smartsync_chain::Finality::Finalized
            .newest(&source)
            .await
            .expect_err("none");
        assert_eq!(
            error.to_string(),
            "source node, eth_getBlockByNumber: it has no finalized block: say with --finality which blocks count as final \
             (latest, or a number of blocks below the newest)"
        );
    }
}

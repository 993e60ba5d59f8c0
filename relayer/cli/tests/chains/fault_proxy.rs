//! A proxy in front of a node that answers wrongly, late, or not at all, at random.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::transports::http::reqwest::{Client, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Random numbers that a seed repeats (splitmix64).
#[derive(Debug)]
pub struct Random(AtomicU64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub fn below(&self, bound: u64) -> u64 {
        let mut number = self
            .0
            .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % bound.max(1)
    }
}

/// What the proxy did.
#[derive(Debug, Default)]
pub struct Counts {
    pub requests: AtomicU64,
    pub faults: Mutex<BTreeMap<&'static str, u64>>,
}

/// One proxy.
#[derive(Debug)]
pub struct FaultProxy {
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
struct Fate {
    upstream: String,
    client: Client,
    random: Random,
    faulty: Arc<AtomicBool>,
    counts: Arc<Counts>,
}

impl FaultProxy {
    /// Starts one; while `faulty` is set, about a fifth of the answers are wrong, late or missing.
    pub async fn start(
        upstream: String,
        seed: u64,
        faulty: Arc<AtomicBool>,
        counts: Arc<Counts>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let fate = Arc::new(Fate {
            upstream,
            client: Client::new(),
            random: Random::new(seed),
            faulty,
            counts,
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fate = fate.clone();
                tokio::spawn(async move {
                    // A client that goes away is none of the proxy's business.
                    serve(&fate, stream).await.unwrap_or_default();
                });
            }
        });
        Self { url, task }
    }
}

async fn serve(fate: &Fate, mut stream: TcpStream) -> std::io::Result<()> {
    let body = read_request(&mut stream).await?;
    fate.counts.requests.fetch_add(1, Ordering::Relaxed);
    let draw = match fate.faulty.load(Ordering::Relaxed) {
        true => fate.random.below(60),
        false => u64::MAX,
    };
    let fault = |name| {
        let mut faults = fate.counts.faults.lock().expect("never poisoned");
        *faults.entry(name).or_default() += 1;
    };
    let status_only = |status: &str, headers: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n")
    };
    match draw {
        0 => {
            fault("dropped before the node");
            return Ok(());
        }
        1 => {
            fault("dropped after the node");
            forward(&fate.client, &fate.upstream, &body).await;
            return Ok(());
        }
        2 => {
            fault("HTTP 429");
            let answer = status_only("429 Too Many Requests", "retry-after: 0\r\n");
            return stream.write_all(answer.as_bytes()).await;
        }
        3 => {
            fault("HTTP 503");
            return stream
                .write_all(status_only("503 Service Unavailable", "").as_bytes())
                .await;
        }
        4 => {
            fault("repeated");
            forward(&fate.client, &fate.upstream, &body).await;
        }
        5 => {
            fault("delayed");
            tokio::time::sleep(Duration::from_millis(5 + fate.random.below(60))).await;
        }
        _ => {}
    }
    let mut answer = forward(&fate.client, &fate.upstream, &body).await;
    match draw {
        6 => {
            fault("truncated");
            answer.truncate(fate.random.below(answer.len() as u64) as usize);
        }
        7 => {
            fault("another id");
            answer = edited(&answer, |answer| answer["id"] = json!(u32::MAX));
        }
        8 => {
            fault("429 inside a 200");
            answer = refusal(&answer, 429, "too many requests");
        }
        9 => {
            fault("block not there");
            answer = refusal(&answer, -32000, "header not found");
        }
        10 => {
            fault("null");
            answer = edited(&answer, |answer| {
                if answer.get("result").is_some() {
                    answer["result"] = Value::Null;
                }
            });
        }
        11..=13 => {
            fault("falsified");
            falsify(&fate.random, &mut answer);
        }
        _ => {}
    }
    write_answer(&mut stream, &answer).await
}

pub async fn write_answer(stream: &mut TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(answer).await?;
    stream.shutdown().await
}

/// The answer of the node behind a proxy.
pub async fn forward(client: &Client, upstream: &str, body: &[u8]) -> Vec<u8> {
    let sent = client
        .post(upstream)
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_vec())
        .send();
    match sent.await {
        Ok(answer) => answer.bytes().await.map(Vec::from).unwrap_or_default(),
        Err(error) => panic!("the node behind the proxy is gone: {error}"),
    }
}

fn edited(answer: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(answer).expect("the node answers JSON");
    edit(&mut value);
    value.to_string().into_bytes()
}

fn refusal(answer: &[u8], code: i64, message: &str) -> Vec<u8> {
    edited(answer, |answer| {
        let id = answer["id"].clone();
        *answer =
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } });
    })
}

/// Changes one digit behind an `0x`, anywhere in the result.
fn falsify(random: &Random, answer: &mut [u8]) {
    let result = answer
        .windows(8)
        .position(|window| window == b"\"result\"")
        .unwrap_or(answer.len());
    let mut digits = Vec::new();
    let mut inside = false;
    for (place, byte) in answer.iter().enumerate().skip(result) {
        inside = match byte {
            b'x' => true,
            b'"' => false,
            _ => inside,
        };
        if inside && byte.is_ascii_hexdigit() {
            digits.push(place);
        }
    }
    if digits.is_empty() {
        return;
    }
    let place = digits[random.below(digits.len() as u64) as usize];
    let digit = (answer[place] as char)
        .to_digit(16)
        .expect("a hexadecimal digit");
    let other = (digit + 1 + random.below(15) as u32) % 16;
    answer[place] = char::from_digit(other, 16).expect("a digit") as u8;
}

/// The body of a request.
pub async fn read_request(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut received = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        received.extend_from_slice(&buffer[..count]);
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&received[..end]).to_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse().ok())
            .unwrap_or(0);
        if received.len() >= end + 4 + length {
            return Ok(received[end + 4..end + 4 + length].to_vec());
        }
    }
}

//! Measures small transactions over HTTP: `cargo run -p smartsync-devchain --example transfers`.
//!
//! Transfers are signed beforehand and sent as `eth_sendRawTransaction`; the chain recovers each sender, mines each transaction in
//! its own block, and hashes the state. Prints how many a second it takes from one connection, from eight at once and in
//! batches, how long one takes, and how much processor time client and chain together take for each, which says more than the
//! rate does on a machine that is busy with other things.

use std::time::{Duration, Instant};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718,
    hex,
    primitives::{Address, TxKind, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use devchain::{Config, DevChain, Kind, dev_accounts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Transactions of each measurement.
const COUNT: u64 = 4_000;
/// Connections at once.
const CONNECTIONS: usize = 8;
/// Requests in a batch.
const BATCH: usize = 100;

/// A request that sends a transfer of one dev account, signed.
fn request(kind: Kind, signer: &PrivateKeySigner, nonce: u64) -> Result<String, Failure> {
    let transaction = TxEip1559 {
        chain_id: Config::new(kind).chain_id,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 0,
        to: TxKind::Call(Address::repeat_byte(0xaa)),
        value: U256::ONE,
        ..TxEip1559::default()
    };
    let signature = signer.sign_hash_sync(&transaction.signature_hash())?;
    let signed = TxEnvelope::from(transaction.into_signed(signature));
    let raw = hex::encode_prefixed(signed.encoded_2718());
    Ok(format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["{raw}"]}}"#
    ))
}

/// A kept-alive connection.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(chain: &DevChain) -> Result<Self, Failure> {
        let url = chain.url();
        let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Posts a body; fails unless each of `answers` requests was answered with a result.
    async fn post(&mut self, body: &str, answers: usize) -> Result<(), Failure> {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.stream
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .await?;
        loop {
            let text = String::from_utf8_lossy(&self.buffer);
            if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                let length: usize = head
                    .to_ascii_lowercase()
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
                    .ok_or("no content length")?;
                if rest.len() >= length {
                    let results = rest.matches(r#""result":"#).count();
                    if results != answers {
                        return Err(format!("{results} of {answers} succeeded: {rest}").into());
                    }
                    self.buffer.clear();
                    return Ok(());
                }
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the chain closed the connection".into());
            }
        }
    }
}

/// Processor time this process has taken so far, where the system tells.
fn processor() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which is in parentheses: fields 14 and 15 of proc(5), in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let hundredths = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Duration::from_millis(
        10 * (hundredths(11)? + hundredths(12)?),
    ))
}

/// Runs some work for so many transactions, and prints what it took.
async fn timed(
    what: &str,
    count: u64,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let (began, before) = (Instant::now(), processor());
    work.await?;
    let elapsed = began.elapsed();
    let rate = count as f64 / elapsed.as_secs_f64();
    let each = before
        .zip(processor())
        .map(|(before, after)| after.saturating_sub(before) / count as u32);
    println!("{what}: {rate:.0} a second, {each:?} of processor time each");
    Ok(())
}

async fn measure(kind: Kind) -> Result<(), Failure> {
    let chain = DevChain::spawn(Config::new(kind)).await?;
    let mut connection = Connection::open(&chain).await?;
    let signers: Result<Vec<_>, _> = dev_accounts()
        .iter()
        .map(|account| PrivateKeySigner::from_bytes(&account.private_key))
        .collect();
    let signers = signers?;
    let sign = |from: u64| -> Result<Vec<String>, Failure> {
        (from..from + COUNT)
            .map(|nonce| request(kind, &signers[0], nonce))
            .collect()
    };

    let requests = sign(0)?;
    let mut each = Vec::with_capacity(requests.len());
    timed(&format!("{kind:?}, one connection"), COUNT, async {
        for request in &requests {
            let began = Instant::now();
            connection.post(request, 1).await?;
            each.push(began.elapsed());
        }
        Ok(())
    })
    .await?;
    each.sort();
    println!(
        "{kind:?}, one transaction: {:?} in the middle, {:?} at the 99th percentile",
        each[each.len() / 2],
        each[each.len() * 99 / 100]
    );

    let batches: Vec<String> = sign(COUNT)?
        .chunks(BATCH)
        .map(|batch| format!("[{}]", batch.join(",")))
        .collect();
    timed(&format!("{kind:?}, batches of {BATCH}"), COUNT, async {
        for batch in &batches {
            connection.post(batch, BATCH).await?;
        }
        Ok(())
    })
    .await?;

    let share = COUNT / CONNECTIONS as u64;
    let mut senders = Vec::new();
    for index in 0..CONNECTIONS {
        let requests: Result<Vec<_>, _> = (0..share)
            .map(|nonce| request(kind, &signers[index + 1], nonce))
            .collect();
        senders.push((Connection::open(&chain).await?, requests?));
    }
    timed(
        &format!("{kind:?}, {CONNECTIONS} connections"),
        share * CONNECTIONS as u64,
        async {
            let tasks: Vec<_> = senders
                .into_iter()
                .map(|(mut connection, requests)| {
                    tokio::spawn(async move {
                        for request in &requests {
                            connection.post(request, 1).await?;
                        }
                        Ok::<_, Failure>(())
                    })
                })
                .collect();
            for task in tasks {
                task.await??;
            }
            Ok(())
        },
    )
    .await?;
    chain.stop().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    measure(Kind::Stylus).await?;
    measure(Kind::Evm).await
}

//! Requests at random: whatever comes in, there is a JSON-RPC answer and the chain goes on.

use devchain::Kind;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::Fixture;

/// Requests of each chain: so many batches of so many.
const BATCHES: usize = 60;
const BATCH: usize = 50;

/// Methods that take parameters; `anvil_mine` is left out because it does what it is asked, 100,000 blocks if need be.
const METHODS: [&str; 78] = [
    "web3_sha3",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_getTransactionCount",
    "eth_getCode",
    "eth_getStorageAt",
    "eth_getProof",
    "eth_call",
    "eth_estimateGas",
    "eth_createAccessList",
    "eth_sendRawTransaction",
    "eth_sendRawTransactionSync",
    "eth_sendTransaction",
    "eth_signTransaction",
    "eth_getBlockByNumber",
    "eth_getBlockByHash",
    "eth_getHeaderByNumber",
    "eth_getHeaderByHash",
    "eth_getBlockReceipts",
    "eth_getBlockTransactionCountByNumber",
    "eth_getBlockTransactionCountByHash",
    "eth_getTransactionByHash",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByBlockHashAndIndex",
    "eth_getTransactionReceipt",
    "eth_getRawTransactionByHash",
    "eth_getLogs",
    "eth_newFilter",
    "eth_newBlockFilter",
    "eth_getFilterChanges",
    "eth_getFilterLogs",
    "eth_uninstallFilter",
    "eth_subscribe",
    "eth_unsubscribe",
    "eth_sign",
    "eth_signTypedData_v4",
    "personal_sign",
    "txpool_content",
    "eth_simulateV1",
    "debug_traceTransaction",
    "debug_traceBlockByNumber",
    "debug_traceBlockByHash",
    "debug_traceCall",
    "debug_storageRangeAt",
    "debug_getRawHeader",
    "debug_getRawReceipts",
    "anvil_setBalance",
    "anvil_setNonce",
    "anvil_setCode",
    "anvil_setStorageAt",
    "smartsync_setStorage",
    "anvil_impersonateAccount",
    "anvil_stopImpersonatingAccount",
    "anvil_autoImpersonateAccount",
    "evm_mine",
    "evm_increaseTime",
    "evm_setNextBlockTimestamp",
    "evm_snapshot",
    "evm_revert",
    "evm_setAutomine",
    "anvil_dumpState",
    "anvil_loadState",
    "anvil_dropAllTransactions",
    "eth_fillTransaction",
    "eth_getStorageValues",
    "eth_sendUnsignedTransaction",
    "debug_getRawBlock",
    "anvil_reset",
    "evm_setBlockGasLimit",
    "anvil_setCoinbase",
    "anvil_setNextBlockBaseFeePerGas",
    "hardhat_setPrevRandao",
    "anvil_setBlockTimestampInterval",
    "anvil_dropTransaction",
    "eth_config",
    "rpc_modules",
    "",
    "\u{0}\u{fffd}",
];

const KEYS: [&str; 48] = [
    "from",
    "to",
    "data",
    "input",
    "gas",
    "gasPrice",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "value",
    "nonce",
    "chainId",
    "type",
    "accessList",
    "authorizationList",
    "address",
    "storageKeys",
    "topics",
    "fromBlock",
    "toBlock",
    "blockHash",
    "blockNumber",
    "requireCanonical",
    "tracer",
    "tracerConfig",
    "diffMode",
    "onlyTopCall",
    "timeout",
    "stateOverrides",
    "blockOverrides",
    "balance",
    "code",
    "state",
    "stateDiff",
    "number",
    "time",
    "accounts",
    "storage",
    "blockStateCalls",
    "calls",
    "traceTransfers",
    "validation",
    "movePrecompileToAddress",
    "blockHash",
    "blobBaseFee",
    "gasLimit",
    "0x00000000000000000000000000000000000000aa",
    "0x0",
    "",
];

const TEXTS: [&str; 36] = [
    "",
    "0x",
    "0x0",
    "0x1",
    "0x01",
    "0xff",
    "0x7fffffffffffffff",
    "0x8000000000000000",
    "0xffffffffffffffff",
    "0x10000000000000000",
    "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0x00000000000000000000000000000000000000aa",
    "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "0x0000000000000000000000000000000000000071",
    "0x0000000000000000000000000000000000000064",
    "0x0000000000000000000000000000000000000005",
    "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "0x58c780c20000000000000000000000000000000000000000000000000000000000000000",
    "0xeff00000",
    "0xef0100f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "0x5b5f56",
    "0x60005260206000f3",
    "latest",
    "pending",
    "earliest",
    "safe",
    "finalized",
    "prestateTracer",
    "callTracer",
    "stylusTracer",
    "muxTracer",
    "{result: function() {}}",
    "newHeads",
    "0xzz",
    "\u{1f980}",
];

/// A generator of anything (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 8 } else { 13 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!(self.roll(300)),
            3 => json!(self.pick(&[-1i64, i64::MIN, i64::MAX, 1 << 53])),
            4 => json!(self.pick(&[0.5, -1e308, 1e-9])),
            5..8 => json!(self.pick(&TEXTS)),
            8..10 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let mut map = Map::new();
                for _ in 0..self.roll(6) {
                    map.insert(self.pick(&KEYS).to_owned(), self.value(depth - 1));
                }
                Value::Object(map)
            }
        }
    }

    fn request(&mut self, id: usize) -> Value {
        let params: Value = match self.roll(12) {
            0 => self.value(3),
            _ => (0..self.roll(5)).map(|_| self.value(3)).collect(),
        };
        json!({ "jsonrpc": "2.0", "id": id, "method": self.pick(&METHODS), "params": params })
    }
}

/// Posts a body and returns what comes back, whatever it is.
async fn post(fixture: &Fixture, body: &[u8]) -> Vec<u8> {
    let url = fixture.url();
    let address = url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("a connection");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .expect("sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("received");
    let text = String::from_utf8_lossy(&response).into_owned();
    let (_, body) = text.split_once("\r\n\r\n").expect("a body");
    body.as_bytes().to_vec()
}

async fn bombard(kind: Kind, seed: u64) {
    let fixture = Fixture::start(kind).await;
    let mut dice = Dice(seed);
    for batch in 0..BATCHES {
        let requests: Vec<Value> = (0..BATCH).map(|id| dice.request(id)).collect();
        let body = json!(requests).to_string();
        let response: Value = serde_json::from_slice(&post(&fixture, body.as_bytes()).await)
            .unwrap_or_else(|error| panic!("batch {batch}: {error}"));
        let answers = response.as_array().expect("a list");
        assert_eq!(answers.len(), BATCH, "batch {batch}");
        for (request, answer) in requests.iter().zip(answers) {
            let error = &answer["error"];
            assert!(
                answer.get("result").is_some() || error["code"].is_i64(),
                "{request} got {answer}"
            );
            let message = error["message"].as_str().unwrap_or_default();
            assert!(!message.contains("died"), "{request} got {answer}");
        }
    }
    // It still mines.
    let number = async || {
        let number = fixture.request("eth_blockNumber", json!([])).await;
        u64::from_str_radix(
            number.as_str().expect("a number").trim_start_matches("0x"),
            16,
        )
        .expect("a number")
    };
    let before = number().await;
    fixture.request("anvil_mine", json!([3])).await;
    assert_eq!(number().await, before + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_request_to_an_evm_chain_is_answered() {
    bombard(Kind::Evm, 0x9e37_79b9_7f4a_7c15).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_request_to_a_stylus_chain_is_answered() {
    bombard(Kind::Stylus, 0xd1b5_4a32_d192_ed03).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_requests_are_answered_with_an_error() {
    let fixture = Fixture::start(Kind::Evm).await;
    let deep = |opening: &str| opening.repeat(200_000).into_bytes();
    let bodies = [
        Vec::new(),
        vec![0xff; 1_000],
        deep("["),
        deep("{\"a\":"),
        [
            b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":".to_vec(),
            deep("["),
        ]
        .concat(),
        format!("\"{}\"", "x".repeat(1 << 20)).into_bytes(),
    ];
    for body in bodies {
        let answer = post(&fixture, &body).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer["error"]["code"].is_i64(), "{answer}");
    }
    // more requests in a batch than are served
    let many = json!(vec![json!({"id": 1, "method": "eth_chainId"}); 1_001]).to_string();
    let answer: Value =
        serde_json::from_slice(&post(&fixture, many.as_bytes()).await).expect("JSON");
    assert!(answer["error"]["code"].is_i64(), "{answer}");
    assert_eq!(fixture.request("eth_chainId", json!([])).await, "0x7a69");
}

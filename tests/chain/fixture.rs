//! A chain to test, and contracts to test it with.

use alloy::{
    primitives::{Address, B256, Bytes, TxKind, U256, hex},
    providers::{Provider, ProviderBuilder, RootProvider},
    rpc::types::{TransactionInput, TransactionReceipt, TransactionRequest},
    sol,
    sol_types::SolCall,
};
use devchain::{ArbOs, Config, DevChain, Kind, dev_accounts, wasm::StylusParams};
use serde_json::{Value, json};

sol! {
    interface ArbWasm {
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function programVersion(address program) external view returns (uint16 version);
        function programInitGas(address program) external view returns (uint64 gas, uint64 gasWhenCached);
        function programTimeLeft(address program) external view returns (uint64 secs);
        function codehashKeepalive(bytes32 codehash) external payable;
        function stylusVersion() external view returns (uint16 version);
        function inkPrice() external view returns (uint32 price);
        error ProgramNotActivated();
        error ProgramUpToDate();
        error ProgramNotWasm();
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
    }
    interface ArbWasmCache {
        function cacheProgram(address addr) external;
        function evictCodehash(bytes32 codehash) external;
        function codehashIsCached(bytes32 codehash) external view returns (bool);
    }
    interface ArbSys {
        function arbBlockNumber() external view returns (uint256);
        function arbBlockHash(uint256 arbBlockNum) external view returns (bytes32);
        function arbChainID() external view returns (uint256);
        function arbOSVersion() external view returns (uint256);
        error InvalidBlockNumber(uint256 requested, uint256 current);
    }
}

/// ArbSys.
pub const ARB_SYS: Address = Address::with_last_byte(0x64);
/// ArbWasm.
pub const ARB_WASM: Address = Address::with_last_byte(0x71);
/// ArbWasmCache.
pub const ARB_WASM_CACHE: Address = Address::with_last_byte(0x72);

/// A chain under test.
pub struct Fixture {
    chain: DevChain,
    /// A client of it.
    pub client: RootProvider,
}

impl Fixture {
    /// Starts a chain.
    pub async fn start(kind: Kind) -> Self {
        Self::start_with(Config::new(kind)).await
    }

    /// Starts a Stylus chain that runs this ArbOS.
    pub async fn start_on(arbos: ArbOs) -> Self {
        let config = Config {
            arbos,
            ..Config::new(Kind::Stylus)
        };
        Self::start_with(config).await
    }

    /// Starts a Stylus chain with ArbDebug.
    pub async fn start_debug() -> Self {
        let stylus = StylusParams {
            debug: true,
            ..StylusParams::default()
        };
        let config = Config {
            stylus: stylus.into(),
            ..Config::new(Kind::Stylus)
        };
        Self::start_with(config).await
    }

    /// Starts a chain of this configuration.
    pub async fn start_with(config: Config) -> Self {
        let chain = DevChain::spawn(config).await.expect("the chain starts");
        let url = chain.url().parse().expect("a URL");
        let client = ProviderBuilder::default().connect_http(url);
        Self { chain, client }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.chain.url()
    }

    /// A dev account.
    pub fn account(&self, index: usize) -> Address {
        dev_accounts()[index].address
    }

    /// Sends any request.
    pub async fn request(&self, method: &'static str, params: Value) -> Value {
        self.client
            .raw_request(method.into(), params)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Sends a request that fails; the error's code, message and data.
    pub async fn refused(
        &self,
        method: &'static str,
        params: Value,
    ) -> (i64, String, Option<Value>) {
        let error = self
            .client
            .raw_request::<_, Value>(method.into(), params)
            .await
            .expect_err(method);
        let error = error.as_error_resp().expect("a JSON-RPC error");
        let data = error
            .data
            .as_ref()
            .map(|data| serde_json::from_str(data.get()).expect("JSON"));
        (error.code, error.message.to_string(), data)
    }

    /// Sends a transaction from the first dev account.
    pub async fn send(
        &self,
        to: Option<Address>,
        input: impl Into<Bytes>,
        value: u128,
    ) -> TransactionReceipt {
        self.send_with_gas(to, input, value, 20_000_000).await
    }

    /// Sends a transaction with this gas limit.
    pub async fn send_with_gas(
        &self,
        to: Option<Address>,
        input: impl Into<Bytes>,
        value: u128,
        gas: u64,
    ) -> TransactionReceipt {
        let request = TransactionRequest {
            from: Some(self.account(0)),
            to: Some(to.map_or(TxKind::Create, TxKind::Call)),
            input: TransactionInput::new(input.into()),
            value: Some(U256::from(value)),
            gas: Some(gas),
            ..TransactionRequest::default()
        };
        let hash: B256 = self
            .client
            .raw_request("eth_sendTransaction".into(), (request,))
            .await
            .expect("the transaction is taken");
        self.client
            .get_transaction_receipt(hash)
            .await
            .expect("a receipt")
            .expect("mined at once")
    }

    /// Calls a contract.
    pub async fn call(
        &self,
        to: Address,
        input: impl Into<Bytes>,
    ) -> Result<Vec<u8>, (i64, String, Option<Value>)> {
        let params = json!([{ "to": to, "data": input.into(), "from": self.account(0) }, "latest"]);
        let result = self
            .client
            .raw_request::<_, Bytes>("eth_call".into(), params)
            .await;
        result.map(|output| output.to_vec()).map_err(|error| {
            let error = error.as_error_resp().expect("a JSON-RPC error").clone();
            let data = error
                .data
                .as_ref()
                .map(|data| serde_json::from_str(data.get()).expect("JSON"));
            (error.code, error.message.to_string(), data)
        })
    }

    /// Calls a typed function.
    pub async fn view<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        let output = self
            .call(to, call.abi_encode())
            .await
            .expect("the call succeeds");
        C::abi_decode_returns(&output).expect("a typed answer")
    }

    /// Deploys code by init code that returns its tail.
    pub async fn deploy(&self, code: &[u8]) -> Address {
        let receipt = self.send(None, returning(code), 0).await;
        assert!(receipt.status(), "deployment failed");
        receipt.contract_address.expect("an address")
    }

    /// Deploys and activates a program written in WAT.
    pub async fn deploy_program(&self, wat: &str) -> Address {
        let address = self
            .deploy(&compressed(&wat::parse_str(wat).expect("valid WAT")))
            .await;
        self.activate(address).await;
        address
    }

    /// Activates a program.
    pub async fn activate(&self, program: Address) {
        let call = ArbWasm::activateProgramCall { program };
        let receipt = self
            .send(Some(ARB_WASM), call.abi_encode(), 10_u128.pow(17))
            .await;
        assert!(receipt.status(), "activation failed");
    }
}

/// A program as it stands on chain.
pub fn compressed(wasm: &[u8]) -> Vec<u8> {
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    brotli::BrotliCompress(
        &mut &*wasm,
        &mut code,
        &brotli::enc::BrotliEncoderParams::default(),
    )
    .expect("compressed");
    code
}

/// Init code that deploys `code`.
pub fn returning(code: &[u8]) -> Vec<u8> {
    // PUSH2 length, DUP1, PUSH1 11, PUSH0, CODECOPY, PUSH0, RETURN
    let mut init = hex!("610000 80 600a 5f 39 5f f3").to_vec();
    init[1..3].copy_from_slice(&(code.len() as u16).to_be_bytes());
    assert_eq!(init.len(), 10);
    init.extend_from_slice(code);
    init
}

/// The program that does what its calldata says.
pub const ACTOR: &str = include_str!("program/actor.wat");

/// What [`ACTOR`] is told: a command and its arguments.
pub fn command(command: u8, arguments: &[&[u8]]) -> Bytes {
    let mut calldata = vec![command];
    for argument in arguments {
        calldata.extend_from_slice(argument);
    }
    calldata.into()
}

/// An EVM contract that forwards calldata[20..] to the address in calldata[..20] with this call opcode (CALL with the
/// value received), and returns or reverts with what comes back.
pub fn forwarder(opcode: u8) -> Vec<u8> {
    // calldatacopy(0, 20, size-20): PUSH1 20, CALLDATASIZE, SUB, PUSH1 20, PUSH0, CALLDATACOPY
    let mut code = hex!("6014 36 03 6014 5f 37").to_vec();
    // arguments from the last: retSize 0, retOffset 0, argsSize, argsOffset 0
    code.extend(hex!("5f 5f 6014 36 03 5f"));
    if opcode == 0xf1 {
        code.push(0x34); // CALLVALUE
    }
    // address: calldataload(0) >> 96; GAS; the call
    code.extend(hex!("5f 35 6060 1c 5a"));
    code.push(opcode);
    // returndatacopy(0, 0, size)
    code.extend(hex!("3d 5f 5f 3e"));
    // if success jump over the revert
    let destination = code.len() as u8 + 6;
    code.extend([
        0x60,
        destination,
        0x57,
        0x3d,
        0x5f,
        0xfd,
        0x5b,
        0x3d,
        0x5f,
        0xf3,
    ]);
    code
}

/// CALL.
pub const CALL: u8 = 0xf1;
/// DELEGATECALL.
pub const DELEGATECALL: u8 = 0xf4;
/// STATICCALL.
pub const STATICCALL: u8 = 0xfa;

/// 21,000, and for calldata 4 gas a zero byte and 16 any other (EIP-2028).
pub fn intrinsic(calldata: &[u8]) -> u64 {
    let zeros = calldata.iter().filter(|byte| **byte == 0).count() as u64;
    21_000 + 4 * zeros + 16 * (calldata.len() as u64 - zeros)
}

/// A 32-byte word.
pub fn word(number: u64) -> B256 {
    B256::from(U256::from(number))
}

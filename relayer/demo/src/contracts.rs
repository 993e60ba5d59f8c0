use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, sol};
use serde::Deserialize;
use smartsync_chain::{AnswerProblem, Submitter, Transaction};

use crate::error::Error;

sol! {
    /// The source contract that keeps names.
    interface NameRegistry {
        function register(string calldata name, address resolved) external;
        function setAddress(string calldata name, address resolved) external;
        function setText(string calldata name, string calldata key, string calldata value) external;
        function remove(string calldata name) external;
        function exists(string calldata name) external view returns (bool);
        function names() external view returns (string[] memory);
        function ownerOf(string calldata name) external view returns (address);
        function addressOf(string calldata name) external view returns (address);
        function text(string calldata name, string calldata key) external view returns (string memory);
    }

    /// The source contract that trades.
    interface ExchangePair {
        constructor(string memory name_);
        function deposit(uint8 asset, uint256 amount) external;
        function addLiquidity(uint256 amount0, uint256 maximum1) external returns (uint256 shares);
        function swap(uint8 assetIn, uint256 amountIn, uint256 minimumOut) external returns (uint256 amountOut);
        function withdraw() external;
        function quote(uint8 assetIn, uint256 amountIn) external view returns (uint256 amountOut);
    }

    /// The token behind a proxy.
    interface Shares {
        function mint(address to, uint256 amount) external;
        function balanceOf(address account) external view returns (uint256);
    }

    /// The proxy.
    interface UpgradeableProxy {
        function upgradeTo(address implementation) external;
    }

    /// The contract on the target that reads the mirrors.
    interface MirrorReader {
        constructor(address registry_);
        function resolve(address names, string calldata name, string calldata key)
            external
            view
            returns (address owner, address resolved, string memory value);
        function freshQuote(address pair, uint8 assetIn, uint256 amountIn, uint64 maxAgeSeconds, uint64 maxBlocksBehind)
            external
            view
            returns (uint256 amountOut);
        function readStatic(address mirror, bytes calldata data) external view returns (bool success, bytes memory result);
    }
}

/// A compiled Solidity contract.
pub struct Fixture {
    file: &'static str,
    json: &'static str,
}

macro_rules! fixture {
    ($file:literal) => {
        Fixture {
            file: $file,
            json: include_str!(concat!("../../../tests/fixtures/artifacts/", $file)),
        }
    };
}

pub const NAME_REGISTRY: Fixture = fixture!("NameRegistry.json");
pub const EXCHANGE_PAIR: Fixture = fixture!("ExchangePair.json");
pub const MIRROR_READER: Fixture = fixture!("MirrorReader.json");
pub const SHARES: Fixture = fixture!("Shares.json");
pub const DOUBLED_SHARES: Fixture = fixture!("DoubledShares.json");
pub const UPGRADEABLE_PROXY: Fixture = fixture!("UpgradeableProxy.json");

#[derive(Deserialize)]
struct Artifact {
    bytecode: Bytes,
}

impl Fixture {
    /// Init code with constructor arguments.
    pub fn init_code(&self, arguments: &[u8]) -> Result<Bytes, Error> {
        let artifact: Artifact =
            serde_json::from_str(self.json).map_err(|problem| Error::Artifact {
                file: self.file,
                problem,
            })?;
        Ok(artifact.bytecode.iter().chain(arguments).copied().collect())
    }
}

/// Deploys a contract.
pub(crate) async fn create(
    submitter: &Submitter,
    fixture: &Fixture,
    arguments: &[u8],
) -> Result<Address, Error> {
    let data = fixture.init_code(arguments)?;
    let receipt = submitter
        .send(Transaction {
            call: "deployment",
            to: None,
            value: U256::ZERO,
            data,
        })
        .await?;
    let created = receipt.contract_address.ok_or_else(|| {
        submitter.chain().bad_answer(
            "eth_getTransactionReceipt",
            AnswerProblem::NothingCreated(receipt.tx_hash),
        )
    });
    Ok(created?)
}

/// Sends a call.
pub(crate) async fn send<C: SolCall>(
    submitter: &Submitter,
    to: Address,
    call: C,
) -> Result<(), Error> {
    let transaction = Transaction {
        call: C::SIGNATURE,
        to: Some(to),
        value: U256::ZERO,
        data: call.abi_encode().into(),
    };
    submitter.send(transaction).await?;
    Ok(())
}

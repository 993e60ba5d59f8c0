//! Nitro's own inbox and bridge on the source, and here the carrier, which does on the target what a sequencer does with a
//! retryable ticket. The pusher and buffer are our own, with the interface of Offchain Labs'.

use std::path::Path;

use alloy::rpc::types::Log;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_sol_types::{SolCall, SolEvent, SolValue, sol};
use relayer::{MigrateOptions, Relayer, migrate};
use serde_json::{Value, json};
use smartsync_chain::{Side, Submitter};
use smartsync_roots::{PushOptions, Pusher, RootSourceKind};

use crate::{
    rooted::Rooted,
    stage::{Stage, connect, create, key},
};

sol! {
    interface Nitro {
        event InboxMessageDelivered(uint256 indexed messageNum, bytes data);
        function initialize(address rollup) external;
        function setDelayedInbox(address inbox, bool enabled) external;
    }
    interface NitroInbox {
        function initialize(address bridge, address sequencerInbox) external;
    }
    interface HashPusher {
        event BlockHashesPushed(uint256 firstBlockNumber, uint256 lastBlockNumber);
        function fill(address buffer) external;
    }
    interface PushedBuffer {
        function newestBlockNumber() external view returns (uint64);
    }
    /// A retryable ticket as the inbox packs it, before the calldata.
    struct Ticket {
        uint256 to;
        uint256 callValue;
        uint256 paid;
        uint256 maxSubmissionCost;
        uint256 excessFeeRefundAddress;
        uint256 callValueRefundAddress;
        uint256 gasLimit;
        uint256 maxFeePerGas;
        uint256 dataLength;
    }
}

pub const PUSHER: &str = include_str!("../../../../tests/fixtures/artifacts/HashPusher.json");
pub const BUFFER: &str = include_str!("../../../../tests/fixtures/artifacts/PushedBuffer.json");
pub const ROLLUP: &str = include_str!("../../../../tests/fixtures/artifacts/ChildRollup.json");

/// An artifact of the npm package.
pub fn nitro(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/npm/node_modules/@arbitrum/nitro-contracts/build/contracts")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A contract of Nitro's behind a proxy, as they must be.
pub async fn behind_proxy(
    submitter: &Submitter,
    name: &str,
    arguments: &[u8],
    call: Bytes,
) -> Address {
    let artifact = nitro(&format!("src/bridge/{name}.sol/{name}.json"));
    let logic = create(submitter, &artifact, arguments).await;
    let proxy = nitro("@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol/ERC1967Proxy.json");
    create(submitter, &proxy, &(logic, call).abi_encode_params()).await
}

/// The delayed inbox, before its bridge, of a chain with this id.
pub async fn inbox(stage: &Stage, chain_id: u64) -> Address {
    let source = &stage.source;
    let id = U256::from(chain_id).abi_encode();
    let rollup = create(source, ROLLUP, &id).await;
    let initialize = Nitro::initializeCall { rollup }.abi_encode().into();
    let bridge = behind_proxy(source, "Bridge", &[], initialize).await;
    let initialize = NitroInbox::initializeCall {
        bridge,
        sequencerInbox: Address::ZERO,
    };
    let largest = U256::from(117_964).abi_encode();
    let inbox = behind_proxy(source, "Inbox", &largest, initialize.abi_encode().into()).await;
    let enable = Nitro::setDelayedInboxCall {
        inbox,
        enabled: true,
    };
    stage.send(bridge, &enable).await.expect("enabled");
    inbox
}

/// A registry whose root source reads a buffer that is filled through a bridge.
pub struct Bridged {
    pub rooted: Rooted,
    pub inbox: Address,
    pub pusher: Address,
}

impl Bridged {
    pub async fn start(kind: RootSourceKind) -> Self {
        let stage = Stage::start().await;
        let pusher = create(&stage.source, PUSHER, &[]).await;
        let target = &stage.relayer.submitter;
        let buffer = create(target, BUFFER, &pusher.abi_encode()).await;
        stage
            .send(pusher, &HashPusher::fillCall { buffer })
            .await
            .expect("filled");
        let inbox = inbox(&stage, stage.relayer.target().chain_id()).await;
        let rooted = Rooted::on(stage, buffer, |options| {
            options.root_source.kind = Some(kind);
            options.signers = vec![key(9).address()];
        })
        .await;
        Self {
            rooted,
            inbox,
            pusher,
        }
    }

    /// What pushes, with an account of its own on the source.
    pub async fn pusher(&self, change: impl FnOnce(&mut PushOptions)) -> Pusher {
        let source = connect(Side::Source, &self.rooted.stage.chains[0]).await;
        let mut options = PushOptions::new(self.inbox);
        change(&mut options);
        Pusher {
            options,
            submitter: Submitter::new(source, key(5)),
        }
    }

    /// The relayer, pushing.
    pub async fn relayer(&self, change: impl FnOnce(&mut PushOptions)) -> Relayer {
        let mut relayer = self.rooted.relayer.clone();
        relayer.pusher = Some(self.pusher(change).await);
        relayer
    }

    pub async fn logs(&self, address: Address, topic: B256) -> Vec<Log> {
        let filter = json!({ "address": address, "topics": [topic], "fromBlock": "0x0" });
        let source = self.rooted.stage.source.chain();
        source
            .request("eth_getLogs", (filter,))
            .await
            .expect("logs")
    }

    /// How many pushes there were, by whomever and to whichever chain.
    pub async fn pushes(&self) -> usize {
        let topic = HashPusher::BlockHashesPushed::SIGNATURE_HASH;
        self.logs(self.pusher, topic).await.len()
    }

    /// Executes the newest ticket on the target with the gas and money that it brings, from the pusher's alias, as the
    /// bridge does.
    pub async fn carry(&self) {
        let topic = Nitro::InboxMessageDelivered::SIGNATURE_HASH;
        let logs = self.logs(self.inbox, topic).await;
        let log = &logs.last().expect("a ticket").inner;
        let message = Nitro::InboxMessageDelivered::decode_log(log).expect("a message");
        let (ticket, data) = message.data.data.split_at(9 * 32);
        let ticket = Ticket::abi_decode(ticket).expect("a ticket");
        assert_eq!(U256::from(data.len()), ticket.dataLength);
        let gas_money = ticket.gasLimit * ticket.maxFeePerGas;
        assert_eq!(ticket.paid, ticket.maxSubmissionCost + gas_money);
        let word = |address: Address| U256::from_be_bytes(address.into_word().0);
        // What is left comes back to who paid.
        assert_eq!(ticket.excessFeeRefundAddress, word(key(5).address()));
        let to = Address::from_word(B256::from(ticket.to));
        assert_eq!(to, self.rooted.buffer);
        let offset: U256 = "0x1111000000000000000000000000000000001111"
            .parse()
            .expect("an offset");
        let alias = Address::from_word(B256::from(word(self.pusher).wrapping_add(offset)));
        let target = self.rooted.stage.relayer.target();
        for (method, params) in [
            ("anvil_impersonateAccount", json!([alias])),
            ("anvil_setBalance", json!([alias, gas_money])),
        ] {
            let _done: Value = target.request(method, params).await.expect("done");
        }
        let transaction = json!({
            "from": alias, "to": to, "data": Bytes::copy_from_slice(data),
            "gas": ticket.gasLimit, "maxFeePerGas": ticket.maxFeePerGas, "maxPriorityFeePerGas": "0x0",
        });
        let hash: B256 = target
            .request("eth_sendTransaction", (transaction,))
            .await
            .expect("sent");
        let receipt: Value = target
            .request("eth_getTransactionReceipt", (hash,))
            .await
            .expect("a receipt");
        assert_eq!(receipt["status"], "0x1", "the ticket brings enough gas");
    }

    pub async fn newest(&self) -> u64 {
        let target = self.rooted.stage.relayer.target();
        target
            .view(self.rooted.buffer, &PushedBuffer::newestBlockNumberCall {})
            .await
            .expect("a number")
    }

    /// A table with a mirror, that has changed since.
    pub async fn changed_after_its_mirror(&self) -> Address {
        let stage = &self.rooted.stage;
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        let at = MigrateOptions {
            block: Some(self.head().await),
            ..MigrateOptions::default()
        };
        let relayer = &self.rooted.relayer;
        relayer
            .push(&self.pusher(|_| ()).await)
            .await
            .expect("pushed");
        self.carry().await;
        migrate(relayer, table, &at).await.expect("migrated");
        stage.write(table, &[(1, 2)]).await;
        table
    }

    pub async fn head(&self) -> u64 {
        self.rooted
            .stage
            .source
            .chain()
            .head()
            .await
            .expect("a head")
    }

    pub async fn mine(&self, blocks: u64) {
        let source = self.rooted.stage.source.chain();
        let _mined: Value = source
            .request("anvil_mine", (U64::from(blocks),))
            .await
            .expect("mined");
    }
}

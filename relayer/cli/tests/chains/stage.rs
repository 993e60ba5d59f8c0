use std::path::Path;

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, TxHash, U64, U256};
use alloy_sol_types::{SolCall, sol};
use devchain::{Config, DevChain, Kind, dev_accounts};
use relayer::{DeployOptions, Deployment, Relayer, SourceChainFacts, deploy};
use serde_json::Value;
use smartsync_chain::{Chain, PrivateUrl, Side, Submitter, Transaction, fetch_unverified};

sol! {
    /// Writes raw slots.
    interface SlotTable {
        function write(uint256[] calldata slots, uint256[] calldata values) external;
    }

    /// Runs another contract's code on its own storage.
    interface Delegator {
        function set(address target_) external;
        function read(bytes calldata data) external returns (bytes memory);
    }
}

const SLOT_TABLE: &str = include_str!("../../../../tests/fixtures/artifacts/SlotTable.json");
const DELEGATOR: &str = include_str!("../../../../tests/fixtures/artifacts/Delegator.json");

/// Both dev chains with SmartSync deployed.
pub struct Stage {
    pub source: Submitter,
    pub relayer: Relayer,
    pub deployment: Deployment,
    pub chains: [DevChain; 2],
}

impl Stage {
    pub async fn start() -> Self {
        Self::start_with(|_options| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut DeployOptions)) -> Self {
        let chains = [
            DevChain::spawn(Config::new(Kind::Evm))
                .await
                .expect("a source chain"),
            DevChain::spawn(Config::new(Kind::Stylus))
                .await
                .expect("a target chain"),
        ];
        let source = Submitter::new(connect(Side::Source, &chains[0]).await, key(1));
        let target = Submitter::new(connect(Side::Target, &chains[1]).await, key(0));
        let mut options =
            DeployOptions::new(source.chain().chain_id(), SourceChainFacts::cautious(0));
        change(&mut options);
        let deployment = deploy(&target, None, &options)
            .await
            .expect("deployed")
            .deployment;
        let relayer = Relayer::new(
            source.chain().clone(),
            target,
            vec![key(0)],
            &deployment,
            Path::new("stage"),
        )
        .expect("a relayer");
        Self {
            source,
            relayer,
            deployment,
            chains,
        }
    }

    /// A relayer over the same contracts that reaches the chains in another way.
    pub fn relayer_over(&self, source: Chain, target: Submitter) -> Relayer {
        Relayer::new(
            source,
            target,
            vec![key(0)],
            &self.deployment,
            Path::new("stage"),
        )
        .expect("a relayer")
    }

    /// A second relayer over the same contracts, which pays from another account.
    pub async fn second_relayer(&self) -> Relayer {
        self.another_relayer(2).await
    }

    /// Another relayer over the same contracts, which pays from this account.
    pub async fn another_relayer(&self, account: usize) -> Relayer {
        let target = Submitter::new(connect(Side::Target, &self.chains[1]).await, key(account));
        let mut second = Relayer {
            source: self.source.chain().clone(),
            submitter: target,
            registry: self.relayer.registry,
            programs: self.relayer.programs.clone(),
            root_source: smartsync_roots::RootSource::new(
                smartsync_roots::RootSourceKind::Notary,
                self.relayer.root_source.address(),
                vec![key(0)].into(),
            ),
            finality: self.relayer.finality,
            finders: Default::default(),
            pusher: None,
        };
        second.finality = smartsync_chain::Finality::Latest;
        second
    }

    pub async fn slot_table(&self) -> Address {
        create(&self.source, SLOT_TABLE, &[]).await
    }

    pub async fn delegator(&self, to: Address) -> Address {
        create(&self.source, DELEGATOR, to.into_word().as_slice()).await
    }

    pub async fn write(&self, table: Address, pairs: &[(u64, u64)]) {
        self.send(table, &write_call(pairs)).await.expect("written");
    }

    pub async fn send<C: SolCall>(
        &self,
        to: Address,
        call: &C,
    ) -> Result<smartsync_chain::Receipt, smartsync_chain::Error> {
        let data = Bytes::from(call.abi_encode());
        self.source
            .send(Transaction {
                call: C::SIGNATURE,
                to: Some(to),
                value: U256::ZERO,
                data,
            })
            .await
    }

    /// Storage roots of a source and its mirror, as both chains' nodes say.
    pub async fn roots(&self, source: Address, proxy: Address) -> [alloy_primitives::B256; 2] {
        let [on_source, on_target] = [self.source.chain(), self.relayer.target()];
        let source_head = on_source.head().await.expect("a head");
        let target_head = on_target.head().await.expect("a head");
        [
            fetch_unverified(on_source, source, &[], source_head)
                .await
                .expect("a proof")
                .storage_root,
            fetch_unverified(on_target, proxy, &[], target_head)
                .await
                .expect("a proof")
                .storage_root,
        ]
    }

    /// Waits until a mirror's storage root is its source's.
    pub async fn equal(&self, source: Address, proxy: Address) {
        loop {
            let [on_source, on_target] = self.roots(source, proxy).await;
            if on_source == on_target {
                break;
            }
        }
    }

    /// Hash and success of each transaction of these dev accounts in the target's blocks from `from` on.
    pub async fn sent_by(&self, accounts: &[usize], from: u64) -> Vec<(TxHash, bool)> {
        let senders: Vec<Address> = accounts
            .iter()
            .map(|account| key(*account).address())
            .collect();
        let target = self.relayer.target();
        let mut sent = Vec::new();
        for number in from..=target.head().await.expect("a head") {
            let receipts: Vec<Value> = target
                .request("eth_getBlockReceipts", (U64::from(number),))
                .await
                .expect("receipts");
            for receipt in receipts {
                let sender: Address =
                    serde_json::from_value(receipt["from"].clone()).expect("an address");
                if senders.contains(&sender) {
                    let hash = receipt["transactionHash"].clone();
                    let hash: TxHash = serde_json::from_value(hash).expect("a hash");
                    sent.push((hash, receipt["status"] == "0x1"));
                }
            }
        }
        sent
    }
}

pub fn write_call(pairs: &[(u64, u64)]) -> SlotTable::writeCall {
    SlotTable::writeCall {
        slots: pairs.iter().map(|(slot, _)| U256::from(*slot)).collect(),
        values: pairs.iter().map(|(_, value)| U256::from(*value)).collect(),
    }
}

pub async fn connect(side: Side, chain: &DevChain) -> Chain {
    Chain::connect(side, &chain.url()).await.expect("connected")
}

pub fn key(index: usize) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&dev_accounts()[index].private_key).expect("a dev account's key")
}

pub async fn create(submitter: &Submitter, artifact: &str, arguments: &[u8]) -> Address {
    let artifact: Value = serde_json::from_str(artifact).expect("an artifact");
    let bytecode: Bytes = serde_json::from_value(artifact["bytecode"].clone()).expect("bytecode");
    let data = [&bytecode[..], arguments].concat().into();
    let receipt = submitter
        .send(Transaction {
            call: "deployment",
            to: None,
            value: U256::ZERO,
            data,
        })
        .await
        .expect("deployed");
    receipt.contract_address.expect("a contract")
}

/// The address of a node or a service.
pub fn address(url: &str) -> PrivateUrl {
    PrivateUrl::of_node(url).expect("an address")
}

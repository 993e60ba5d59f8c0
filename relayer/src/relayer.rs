use std::path::Path;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::IRegistry;
use smartsync_chain::{Chain, Finality, RawHeader, Receipt, Submitter, Transaction};
use smartsync_finder::Finders;
use smartsync_roots::{PushError, PushReport, Pusher, RootSource, SignatureSources};

use crate::{
    deployment::Deployment,
    error::{Error, FileProblem},
    programs::Program,
    registry::{Mirror, Registry},
};

/// Everything a command needs that moves mirrors: both chains, the contracts, and the keys. Clones share what they know of
/// nodes and nonces.
#[derive(Clone, Debug)]
pub struct Relayer {
    /// The source chain.
    pub source: Chain,
    /// Sends to the target chain.
    pub submitter: Submitter,
    /// The SmartSync contract.
    pub registry: Registry,
    /// The programs of the deployment.
    pub programs: Vec<Program>,
    /// What says the source blocks' state roots, and what brings it up to date.
    pub root_source: RootSource,
    /// Which source blocks count as final.
    pub finality: Finality,
    /// The ways of finding changes, and what is known of the source node.
    pub finders: Finders,
    /// Pushes block hashes to the buffer of the root source, where it has one and that is wanted.
    pub pusher: Option<Pusher>,
}

impl Relayer {
    /// A relayer for deployed contracts. `path` is the deployment's, for messages. Without a key it can only read;
    /// `signatures` says where those of the notary's signers come from.
    pub fn new(
        source: Chain,
        submitter: Submitter,
        signatures: impl Into<SignatureSources>,
        deployment: &Deployment,
        path: &Path,
    ) -> Result<Self, Error> {
        deployment.check_chains(path, &[&source, submitter.chain()])?;
        let missing = |name| Error::FileContent {
            path: path.to_owned(),
            problem: FileProblem::Incomplete(name),
        };
        let registry = deployment
            .registry
            .as_ref()
            .ok_or_else(|| missing("registry"))?;
        let (kind, root_source) = deployment
            .root_source()
            .ok_or_else(|| missing("root source"))?;
        Ok(Self {
            source,
            submitter,
            registry: Registry {
                address: registry.address,
                since: registry.block,
            },
            programs: deployment
                .programs()
                .into_iter()
                .map(|(name, deployed)| Program {
                    name,
                    address: deployed.address,
                })
                .collect(),
            root_source: RootSource::new(kind, root_source.address, signatures.into()),
            finality: Finality::Automatic,
            finders: Finders::default(),
            pusher: None,
        })
    }

    /// The same, which offers no more than this for a unit of target gas, wei.
    pub fn capped(&self, max_fee_per_gas: Option<U256>) -> Self {
        let mut capped = self.clone();
        if let Some(ceiling) = max_fee_per_gas {
            capped.submitter = self.submitter.capped(ceiling.saturating_to());
        }
        capped
    }

    /// The target chain.
    pub fn target(&self) -> &Chain {
        self.submitter.chain()
    }

    /// The newest source block that counts as final.
    pub async fn final_block(&self) -> Result<u64, Error> {
        Ok(self.finality.newest(&self.source).await?)
    }

    /// The source block to work at: the one asked for, if it is final, else the newest final one that the root source can
    /// be brought up to.
    pub async fn source_block(&self, asked: Option<u64>) -> Result<u64, Error> {
        let head = self.final_block().await?;
        match asked {
            Some(requested) if requested > head => Err(Error::FutureBlock {
                side: self.source.side(),
                requested,
                head,
            }),
            Some(requested) => Ok(requested),
            None => {
                let usable = self
                    .root_source
                    .usable_block(&self.source, self.target(), head);
                // What it lacks is told when it is brought up.
                Ok(usable.await?.unwrap_or(head))
            }
        }
    }

    /// Pushes hashes of the newest source blocks to the root source's buffer.
    pub async fn push(&self, pusher: &Pusher) -> Result<PushReport, Error> {
        let buffer = self.root_source.buffer(self.target()).await?;
        let buffer = buffer.ok_or(PushError::NoBuffer(self.root_source.address()))?;
        Ok(pusher.push(self.target(), buffer).await?)
    }

    /// The mirror of a source, or the mirror itself.
    pub async fn mirror(&self, source_or_proxy: Address) -> Result<Mirror, Error> {
        self.registry
            .mirror(self.target(), source_or_proxy)
            .await?
            .ok_or(Error::NoMirror(source_or_proxy))
    }

    /// Fails unless the root source knows a header, or can be made to.
    pub async fn require_header(&self, header: &RawHeader) -> Result<(), Error> {
        let bringing_up = self
            .root_source
            .bring_up(&self.source, self.target(), header);
        bringing_up.await?;
        Ok(())
    }

    /// A registry call as a transaction, preceded by the header in the same transaction when the root source does not
    /// know it yet. What must come before that is sent.
    pub async fn with_header<C: SolCall>(
        &self,
        name: &'static str,
        header: &RawHeader,
        call: &C,
    ) -> Result<Transaction, Error> {
        self.with_header_all(name, header, vec![call.abi_encode().into()])
            .await
    }

    /// The same for several registry calls, in this order and all or none.
    pub async fn with_header_all(
        &self,
        name: &'static str,
        header: &RawHeader,
        calls: Vec<Bytes>,
    ) -> Result<Transaction, Error> {
        let bring_up = self
            .root_source
            .bring_up(&self.source, self.target(), header)
            .await?;
        for transaction in bring_up.before {
            self.submitter.send(transaction).await?;
        }
        Ok(self.batch(name, bring_up.submissions, calls))
    }

    /// Makes the root source know a header.
    pub async fn ensure_header(&self, header: &RawHeader) -> Result<Vec<Receipt>, Error> {
        let bring_up = self
            .root_source
            .bring_up(&self.source, self.target(), header)
            .await?;
        let mut receipts = Vec::new();
        for transaction in bring_up.before {
            receipts.push(self.submitter.send(transaction).await?);
        }
        if !bring_up.submissions.is_empty() {
            let transaction = self.batch("submitHeader", bring_up.submissions, Vec::new());
            receipts.push(self.submitter.send(transaction).await?);
        }
        Ok(receipts)
    }

    /// Submissions to the root source and registry calls, in one transaction.
    fn batch(&self, name: &'static str, submissions: Vec<Bytes>, calls: Vec<Bytes>) -> Transaction {
        let mut calls: Vec<Bytes> = submissions
            .into_iter()
            .map(|submission| {
                IRegistry::submitHeaderCall { submission }
                    .abi_encode()
                    .into()
            })
            .chain(calls)
            .collect();
        match calls.len() {
            1 => self.transaction(name, calls.remove(0)),
            _ => {
                let all = IRegistry::multicallCall { calls };
                self.transaction(name, all.abi_encode().into())
            }
        }
    }

    /// A registry call as a transaction without value.
    pub fn transaction(&self, call: &'static str, data: Bytes) -> Transaction {
        Transaction {
            call,
            to: Some(self.registry.address),
            value: Default::default(),
            data,
        }
    }
}

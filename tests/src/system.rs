use alloy::{
    rpc::types::{EIP1186AccountProofResponse, TransactionReceipt, TransactionRequest},
    signers::{SignerSync, local::PrivateKeySigner},
};
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::{Eip712Domain, SolCall, SolEvent, SolStruct, SolValue, sol};
use smartsync_abi::{
    ArbWasm, CONSTRUCTOR_SELECTOR, INotary,
    IRegistry::{self, ProxyRecord},
};
use smartsync_artifacts::Artifact as Program;
use smartsync_clone::DATA_INIT_PREFIX;
use smartsync_proof::Built;

use crate::{CallError, Chain, Error, PRIVATE_KEYS, chain::request};

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

/// What the root sources of these tests are told of their source chain, which makes blocks at once: milliseconds of a block.
pub const MIN_BLOCK_TIME: u64 = 1;

sol! {
    /// What a signer of the notary signs (EIP-712).
    struct Header {
        uint256 sourceChainId;
        bytes32 blockHash;
        uint64 epoch;
    }

    /// What the signers of the notary sign to hand over to others.
    struct Rotation {
        address[] signers;
        uint64 threshold;
        uint64 epoch;
    }
}

/// A source chain, a target chain and the programs between them, deployed step by step, without the relayer.
#[derive(Clone, Debug)]
pub struct System {
    /// The source chain.
    pub source: Chain,
    /// The target chain.
    pub target: Chain,
    /// The SmartSync contract.
    pub registry: Address,
    /// Its root source: one signature, by the first account.
    pub notary: Address,
    /// The proxy program.
    pub program: Address,
    /// The program of the exact lane.
    pub reader: Address,
    /// What keeps codes of source chains.
    pub codes: Address,
    source_chain_id: U256,
    target_chain_id: U256,
}

/// The programs that a registry is told of, beside its root source.
#[derive(Clone, Copy, Debug)]
pub struct Programs {
    /// The proxy program.
    pub program: Address,
    /// The program of the exact lane.
    pub reader: Address,
    /// What keeps codes of source chains.
    pub codes: Address,
}

/// A mirror and what it mirrors.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// The contract on the source chain.
    pub source: Address,
    /// Its mirror on the target chain.
    pub proxy: Address,
}

/// An account proof's nodes, root first.
pub fn account_proof(proof: &EIP1186AccountProofResponse) -> Vec<Bytes> {
    proof.account_proof.clone()
}

/// All nodes of the storage proofs.
pub fn storage_proof(proof: &EIP1186AccountProofResponse) -> Vec<Bytes> {
    proof
        .storage_proof
        .iter()
        .flat_map(|slot| slot.proof.iter().cloned())
        .collect()
}

impl System {
    /// Deploys and activates the programs on the target.
    pub async fn deploy(source: Chain, target: Chain) -> Result<Self, Error> {
        let source_chain_id = chain_id(&source).await?;
        let target_chain_id = chain_id(&target).await?;
        let program = Self::deploy_program(&target, &smartsync_artifacts::PROXY).await?;
        let notary =
            Self::deploy_notary(&target, source_chain_id, vec![Chain::account(0)], 1).await?;
        let reader = Self::deploy_program(&target, &smartsync_artifacts::READER).await?;
        let codes = Self::deploy_program(&target, &smartsync_artifacts::CODES).await?;
        let programs = Programs {
            program,
            reader,
            codes,
        };
        let registry = Self::deploy_registry(&target, source_chain_id, notary, programs).await?;
        Ok(Self {
            source,
            target,
            registry,
            notary,
            program,
            reader,
            codes,
            source_chain_id,
            target_chain_id,
        })
    }

    /// The programs that its registry was told of.
    pub const fn programs(&self) -> Programs {
        Programs {
            program: self.program,
            reader: self.reader,
            codes: self.codes,
        }
    }

    /// A notary with any signers.
    pub async fn deploy_notary(
        target: &Chain,
        source_chain_id: U256,
        signers: Vec<Address>,
        threshold: u64,
    ) -> Result<Address, Error> {
        let initialize = INotary::initializeCall {
            sourceChainId: source_chain_id,
            signers,
            threshold,
            minBlockTime: MIN_BLOCK_TIME,
        };
        Self::deploy_constructed(target, &smartsync_artifacts::NOTARY, initialize).await
    }

    /// A registry on any root source.
    pub async fn deploy_registry(
        target: &Chain,
        source_chain_id: U256,
        root_source: Address,
        programs: Programs,
    ) -> Result<Address, Error> {
        let initialize = Self::initialize(source_chain_id, root_source, programs);
        Self::deploy_constructed(target, &smartsync_artifacts::REGISTRY, initialize).await
    }

    /// What a registry's constructor is told about a source chain of these tests: Cancun from its first block on, `CLZ` too, code that
    /// may change, no precompiled contract beyond those that every chain has.
    pub fn initialize(
        source_chain_id: U256,
        root_source: Address,
        programs: Programs,
    ) -> IRegistry::initializeCall {
        IRegistry::initializeCall {
            rootSource: root_source,
            program: programs.program,
            reader: programs.reader,
            codes: programs.codes,
            chainId: source_chain_id.to(),
            firstBlock: 0,
            clzBlock: 0,
            permanentCode: false,
            numberIsHeaders: true,
            precompiles: Vec::new(),
            nativeRanges: Vec::new(),
        }
    }

    /// The same chains with another registry, on another root source.
    pub async fn on_root_source(&self, root_source: Address) -> Result<Self, Error> {
        let registry = Self::deploy_registry(
            &self.target,
            self.source_chain_id,
            root_source,
            self.programs(),
        )
        .await?;
        Ok(Self {
            registry,
            ..self.clone()
        })
    }

    /// The same target with a registry for another source chain, on a root source.
    pub(crate) async fn with_source(
        &self,
        (source, source_chain_id): (Chain, U256),
        root_source: Address,
    ) -> Result<Self, Error> {
        let other = Self {
            source,
            source_chain_id,
            notary: root_source,
            ..self.clone()
        };
        other.on_root_source(root_source).await
    }

    /// The same chains with another notary and a registry on it.
    pub async fn with_signers(&self, signers: Vec<Address>, threshold: u64) -> Result<Self, Error> {
        let notary =
            Self::deploy_notary(&self.target, self.source_chain_id, signers, threshold).await?;
        Ok(Self {
            notary,
            ..self.on_root_source(notary).await?
        })
    }

    /// Puts a program's code on chain, activates it, and runs its constructor, which `initialize` describes.
    pub async fn deploy_constructed(
        target: &Chain,
        program: &Program,
        initialize: impl SolCall,
    ) -> Result<Address, Error> {
        let address = Self::deploy_program(target, program).await?;
        construct(target, address, &initialize.abi_encode()).await?;
        Ok(address)
    }

    /// Activates a program, in 1 ether's worth of data fee at most.
    pub async fn activate(target: &Chain, program: Address) -> Result<TransactionReceipt, Error> {
        let activate = ArbWasm::activateProgramCall { program };
        let value = U256::from(10u64.pow(18));
        target
            .send_request(request(ARB_WASM, activate.abi_encode().into()).value(value))
            .await
    }

    /// Puts a program's code on chain and activates it, unless the same code is active already.
    pub async fn deploy_program(target: &Chain, program: &Program) -> Result<Address, Error> {
        let code = [DATA_INIT_PREFIX.as_slice(), &program.deploy_code()].concat();
        let address = target.create(code, U256::ZERO).await?;
        let version = ArbWasm::codehashVersionCall {
            codehash: keccak256(program.deploy_code()),
        };
        if target.view(ARB_WASM, version).await.is_err() {
            Self::activate(target, address).await?;
        }
        Ok(address)
    }

    /// A header of the source with the signer's signature over its hash, as the notary takes it.
    pub fn submission(&self, header: &Bytes, block_hash: B256) -> Bytes {
        self.signed(header, block_hash, &PRIVATE_KEYS[..1], 0)
    }

    /// The same, signed with any keys, in any epoch. Signatures are in the order of the keys.
    pub fn signed(
        &self,
        header: &Bytes,
        block_hash: B256,
        private_keys: &[&str],
        epoch: u64,
    ) -> Bytes {
        let message = Header {
            sourceChainId: self.source_chain_id,
            blockHash: block_hash,
            epoch,
        };
        (header.clone(), self.signatures(&message, private_keys))
            .abi_encode_params()
            .into()
    }

    /// A rotation of this notary's signers, signed with these keys at the epoch.
    pub fn rotation(
        &self,
        signers: Vec<Address>,
        threshold: u64,
        epoch: u64,
        private_keys: &[&str],
    ) -> INotary::rotateCall {
        let message = Rotation {
            signers: signers.clone(),
            threshold,
            epoch,
        };
        INotary::rotateCall {
            signers,
            threshold,
            signatures: self.signatures(&message, private_keys),
        }
    }

    /// Signatures of an EIP-712 message for this notary, one after the other.
    pub fn signatures(&self, message: &impl SolStruct, private_keys: &[&str]) -> Bytes {
        let domain = Eip712Domain::new(
            Some("SmartSync Notary".into()),
            Some("1".into()),
            Some(self.target_chain_id),
            Some(self.notary),
            None,
        );
        let hash = message.eip712_signing_hash(&domain);
        let sign = |private_key: &&str| {
            let signer: PrivateKeySigner = private_key
                .parse()
                .expect("a private key of the development mnemonic");
            signer
                .sign_hash_sync(&hash)
                .expect("a local key signs")
                .as_bytes()
        };
        private_keys.iter().flat_map(sign).collect()
    }

    /// Makes a source block known to the notary.
    pub async fn submit_header(&self, block: u64) -> Result<TransactionReceipt, Error> {
        let (header, rlp) = self.source.header(block).await?;
        let submission = self.submission(&rlp, header.hash_slow());
        self.target
            .send(self.registry, IRegistry::submitHeaderCall { submission })
            .await
    }

    /// Makes the newest source block known; returns its number.
    pub async fn submit_head(&self) -> Result<u64, Error> {
        let block = self.source.block_number().await?;
        self.submit_header(block).await?;
        Ok(block)
    }

    /// Lets time pass on both chains; their next blocks show it.
    pub async fn pass(&self, seconds: u64) -> Result<(), Error> {
        for chain in [&self.source, &self.target] {
            chain
                .rpc("evm_increaseTime", serde_json::json!([seconds]))
                .await?;
        }
        self.target.mine().await?;
        Ok(())
    }

    /// The call that creates a mirror of a contract, whose code it puts on the target. It needs the lock.
    pub async fn create_call(
        &self,
        source: Address,
        block: u64,
    ) -> Result<IRegistry::createCall, Error> {
        self.deploy_code(source).await?;
        let proof = self.source.proof(source, &[], block).await?;
        Ok(IRegistry::createCall {
            source,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        })
    }

    /// A call of the registry with the wei that lock a mirror.
    pub fn with_lock(&self, call: &impl SolCall) -> TransactionRequest {
        request(self.registry, call.abi_encode().into()).value(U256::ONE)
    }

    /// What the registry refuses a call with, which then leaves no trace as a transaction.
    pub async fn refused(&self, call: impl SolCall) -> CallError {
        self.refused_request(request(self.registry, call.abi_encode().into()))
            .await
    }

    /// The same for any request.
    pub async fn refused_request(&self, request: TransactionRequest) -> CallError {
        let error = match self.target.call_with(request.clone()).await {
            Ok(answer) => panic!("it is not refused but answered: {answer}"),
            Err(error) => error,
        };
        let receipt = self.target.transact(request).await;
        match receipt {
            Ok(receipt) => assert!(!receipt.status() && receipt.inner.logs().is_empty()),
            Err(error) => panic!("it is refused, but not mined: {error}"),
        }
        error
    }

    /// Creates a mirror of a contract: logic, clone, lock. Nothing is in it yet.
    pub async fn create(&self, source: Address) -> Result<Mirror, Error> {
        let block = self.submit_head().await?;
        let create = self.create_call(source, block).await?;
        let receipt = self.target.send_request(self.with_lock(&create)).await?;
        self.created(source, &receipt)
    }

    /// The mirror that a transaction created.
    pub(crate) fn created(
        &self,
        source: Address,
        receipt: &TransactionReceipt,
    ) -> Result<Mirror, Error> {
        let created = receipt
            .inner
            .logs()
            .iter()
            .find_map(|log| IRegistry::ProxyCreated::decode_log_data(log.data()).ok());
        match created {
            Some(created) => Ok(Mirror {
                source,
                proxy: created.proxy,
            }),
            None => Err(Error::Rpc {
                method: "eth_getTransactionReceipt",
                reason: "no ProxyCreated".into(),
            }),
        }
    }

    /// Puts a source contract's code on the target; returns where it stands.
    pub async fn deploy_code(&self, source: Address) -> Result<IRegistry::codeOfReturn, Error> {
        let code = self.source.code(source).await?;
        let code_hash = keccak256(&code);
        self.target
            .send(self.registry, IRegistry::deployCodeCall { code })
            .await?;
        self.code_of(code_hash).await
    }

    /// Where code stands on the target.
    pub async fn code_of(&self, code_hash: B256) -> Result<IRegistry::codeOfReturn, Error> {
        self.view(IRegistry::codeOfCall {
            codeHash: code_hash,
        })
        .await
    }

    /// Proves that a source account has the code that it has, at a block that the root source knows.
    pub async fn prove_code(
        &self,
        account: Address,
        block: u64,
    ) -> Result<TransactionReceipt, Error> {
        self.deploy_code(account).await?;
        let proof = self.source.proof(account, &[], block).await?;
        let call = IRegistry::proveCodeCall {
            account,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        };
        self.target.send(self.registry, call).await
    }

    /// Proves a source account's balance at a block that the root source knows.
    pub async fn prove_balance(
        &self,
        account: Address,
        block: u64,
    ) -> Result<TransactionReceipt, Error> {
        let proof = self.source.proof(account, &[], block).await?;
        let call = IRegistry::proveBalanceCall {
            account,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        };
        self.target.send(self.registry, call).await
    }

    /// A view of the registry.
    async fn view<C: SolCall>(&self, call: C) -> Result<C::Return, Error> {
        self.target
            .view(self.registry, call)
            .await
            .map_err(|error| Error::Rpc {
                method: "eth_call",
                reason: format!("{error:?}"),
            })
    }

    /// The call that moves a mirror to a source block with this multi-proof.
    pub async fn sync_call(
        &self,
        mirror: Mirror,
        block: u64,
        multi_proof: impl Into<Bytes>,
    ) -> Result<IRegistry::syncCall, Error> {
        let proof = self.source.proof(mirror.source, &[], block).await?;
        Ok(IRegistry::syncCall {
            proxy: mirror.proxy,
            sourceBlock: block,
            accountProof: account_proof(&proof),
            multiProof: multi_proof.into(),
        })
    }

    /// The call that moves a mirror to a source block, given every slot that may have changed.
    pub async fn proven_sync(
        &self,
        mirror: Mirror,
        block: u64,
        slots: &[U256],
    ) -> Result<IRegistry::syncCall, Error> {
        let built = self.build(mirror, block, slots).await?;
        self.sync_call(mirror, block, built.multi_proof).await
    }

    /// The multi-proof for changed slots from EIP-1186 proofs of both chains, as a relayer makes it.
    pub async fn build(&self, mirror: Mirror, block: u64, slots: &[U256]) -> Result<Built, Error> {
        let post = self.source.proof(mirror.source, slots, block).await?;
        let pre = self
            .target
            .proof(mirror.proxy, slots, alloy::rpc::types::BlockId::latest())
            .await?;
        let changes: Vec<smartsync_proof::SlotChange> = pre
            .storage_proof
            .iter()
            .zip(&post.storage_proof)
            .map(|(pre, post)| smartsync_proof::SlotChange {
                slot: pre.key.as_b256().into(),
                pre: pre.value,
                post: post.value,
            })
            .filter(|change| change.pre != change.post)
            .collect();
        smartsync_proof::build_transition(
            &changes,
            pre.storage_hash,
            storage_proof(&pre),
            post.storage_hash,
            storage_proof(&post),
        )
        .map_err(|error| Error::Rpc {
            method: "eth_getProof",
            reason: format!("no multi-proof from it: {error}"),
        })
    }

    /// Syncs a mirror to the newest source block, given every slot that may have changed. Returns the block.
    pub async fn sync(
        &self,
        mirror: Mirror,
        slots: &[U256],
    ) -> Result<(u64, TransactionReceipt), Error> {
        let block = self.submit_head().await?;
        let call = self.proven_sync(mirror, block, slots).await?;
        Ok((block, self.target.send(self.registry, call).await?))
    }

    /// Every slot that is not zero on one side: what may have changed.
    pub async fn slots(&self, mirror: Mirror) -> Result<Vec<U256>, Error> {
        let mut slots = self.source.storage(mirror.source).await?;
        slots.extend(self.target.storage(mirror.proxy).await?);
        Ok(slots.into_keys().collect())
    }

    /// Syncs a mirror to the newest source block, whatever has changed.
    pub async fn sync_all(&self, mirror: Mirror) -> Result<(u64, TransactionReceipt), Error> {
        let slots = self.slots(mirror).await?;
        self.sync(mirror, &slots).await
    }

    /// Creates a mirror and syncs it from the empty state.
    pub async fn migrate(&self, source: Address) -> Result<Mirror, Error> {
        let mirror = self.create(source).await?;
        self.sync_all(mirror).await?;
        Ok(mirror)
    }

    /// What the registry knows of a mirror.
    pub async fn record(&self, mirror: Mirror) -> Result<ProxyRecord, Error> {
        let call = IRegistry::recordCall {
            proxy: mirror.proxy,
        };
        self.view(call).await
    }
}

async fn chain_id(chain: &Chain) -> Result<U256, Error> {
    const METHOD: &str = "eth_chainId";
    serde_json::from_value(chain.rpc(METHOD, serde_json::json!([])).await?).map_err(|error| {
        Error::Rpc {
            method: METHOD,
            reason: error.to_string(),
        }
    })
}

/// Runs a program's constructor: its own selector, the parameters of `initialize`.
async fn construct(target: &Chain, program: Address, initialize: &[u8]) -> Result<(), Error> {
    let calldata = [
        CONSTRUCTOR_SELECTOR.as_slice(),
        initialize.get(4..).unwrap_or_default(),
    ]
    .concat();
    target
        .send_request(request(program, calldata.into()))
        .await?;
    Ok(())
}

use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy_primitives::{Address, U256, address, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{ArbWasm, CONSTRUCTOR_SELECTOR, INotary, IRegistry};
use smartsync_artifacts::Artifact as Program;
use smartsync_clone::DATA_INIT_PREFIX;

use crate::{CallError, Chain, Error, chain::request};

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

/// What the root sources of these tests are told of their source chain, which makes blocks at once: milliseconds of a block.
pub const MIN_BLOCK_TIME: u64 = 1;

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
    pub(crate) source_chain_id: U256,
    pub(crate) target_chain_id: U256,
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

    /// A view of the registry.
    pub(crate) async fn view<C: SolCall>(&self, call: C) -> Result<C::Return, Error> {
        self.target
            .view(self.registry, call)
            .await
            .map_err(|error| Error::Rpc {
                method: "eth_call",
                reason: format!("{error:?}"),
            })
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

use std::collections::BTreeSet;

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProver,
    IRollup::{self, submitHeaderCall},
};
use smartsync_proof::build_witness;

use super::{cache, calldata_gas, execution_gas};
use crate::{
    ARBITRUM, Claimed, DELAY, Error, OP_STACK, Rollup, Touched,
    nitro::Nitro,
    optimism::{CLOCK, Optimism},
    pass,
};

/// What a claim costs, in gas, with tries as deep as mainnet's, its codes kept by the registry and the programs cached.
#[derive(Clone, Copy, Debug)]
pub struct ProvenClaim {
    /// Accounts in the witness.
    pub accounts: usize,
    /// Slots in it.
    pub slots: usize,
    /// Length of the submission.
    pub bytes: usize,
    /// All of the transaction.
    pub gas: u64,
    /// 21,000 and the calldata.
    pub transaction: u64,
    /// Checking the witness, with programs' entries and the parent chain's root source.
    pub verification: u64,
}

/// A claim that the rollup's contracts take for final.
pub struct Claims {
    /// The chains.
    pub rollup: Rollup,
    kind: u8,
    contract: Address,
    claimed: Claimed,
    /// Accounts that have many slots on mainnet; `None` for all.
    large: Option<Vec<Address>>,
}

impl Claims {
    /// By Optimism's contracts.
    ///
    /// # Panics
    /// When the contracts do not do what they are known to do.
    pub async fn optimism() -> Self {
        let op = Optimism::start().await;
        op.upgrade().await;
        let game = op.game(op.output_root).await;
        pass(&op.rollup.stage, 2 * CLOCK).await;
        op.resolve(game, 1).await;
        pass(&op.rollup.stage, DELAY + 1).await;
        Self {
            kind: OP_STACK,
            contract: op.portal,
            claimed: op.claimed(game).await,
            // A slot for each withdrawal and each game; the others have few.
            large: Some(vec![op.portal, op.factory]),
            rollup: op.rollup,
        }
    }

    /// By Nitro's contracts.
    ///
    /// # Panics
    /// When the contracts do not do what they are known to do.
    pub async fn nitro() -> Self {
        let nitro = Nitro::start().await;
        let assertion = nitro.stake_first().await;
        nitro.confirm_first(&assertion).await;
        Self {
            kind: ARBITRUM,
            contract: nitro.contract,
            claimed: nitro.claimed(assertion.block, assertion.send_root).await,
            // A slot for each assertion, batch and send root.
            large: Some(vec![nitro.contract, nitro.bridge, nitro.outbox]),
            rollup: nitro.rollup,
        }
    }

    /// The same as if all contracts had many slots.
    pub fn all_large(self) -> Self {
        Self {
            large: None,
            ..self
        }
    }
}

/// Submits a claim, with the state that it needs in deep tries.
///
/// # Panics
/// When it is refused.
pub async fn proven_claim(claims: &Claims) -> Result<ProvenClaim, Error> {
    let (rollup, stage) = (&claims.rollup, &claims.rollup.stage);
    let initialize = rollup.initialize(claims.kind, claims.contract);
    let shallow = rollup.deploy(initialize.clone()).await?;
    let mut touched = Touched::default();
    let proven = rollup.prove(shallow, &claims.claimed, &mut touched).await;
    proven.unwrap_or_else(|error| panic!("{error:?}"));
    for account in std::mem::take(&mut touched.codes) {
        stage.deploy_code(account).await?;
    }
    let block = claims.claimed.parent_block;
    let all: Vec<_> = touched.accounts.keys().copied().collect();
    let large = claims.large.as_ref().unwrap_or(&all);
    let (state_root, accounts) = stage.deepened(block, &touched, large, |hash| hash).await?;
    let witness = build_witness(state_root, &accounts, &[]);
    let witness = Bytes::from(witness.unwrap_or_else(|error| panic!("{error}")));
    let told = stage.deploy_told_prover().await?;
    let (parent, _) = stage.source.header(block).await?;
    stage
        .tell(told.root_source, block, state_root, parent.timestamp)
        .await?;
    let initialize = IRollup::initializeCall {
        prover: told.prover,
        ..initialize
    };
    let root_source = rollup.deploy(initialize).await?;
    let programs = [told.prover, told.runner, root_source, stage.codes];
    cache(&stage.target, &programs, true).await?;
    let submission = claims.claimed.submission(&witness);
    let bytes = submission.len();
    let call = submitHeaderCall { submission };
    let data = call.abi_encode();
    let nothing = IProver::callsCall {
        sourceBlock: block,
        from: root_source,
        questions: Vec::new(),
        witness,
    };
    let nothing = nothing.abi_encode().into();
    let verification = execution_gas(&stage.target, told.prover, nothing).await?;
    let gas = stage.target.send(root_source, call).await?.gas_used;
    let slots = touched.accounts.values().map(BTreeSet::len);
    Ok(ProvenClaim {
        accounts: touched.accounts.len(),
        slots: slots.sum(),
        bytes,
        gas,
        transaction: 21_000 + calldata_gas(&data),
        verification,
    })
}

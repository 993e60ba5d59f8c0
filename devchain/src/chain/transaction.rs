//! Transactions as they arrive, and why they are refused.

use alloy_consensus::{
    Transaction, TxEnvelope,
    crypto::{InvalidSignatureS, RecoveryError, SECP256K1N_HALF},
};
use alloy_eips::eip2718::{Decodable2718, Eip2718Error, Encodable2718};
use alloy_primitives::{Address, B256, Signature, U256};
use revm::{
    context::{TxEnv, either::Either},
    precompile::crypto,
};

use crate::{config::Kind, evm::Rejected};

/// Largest raw transaction that an Arbitrum sequencer takes, in bytes.
const SEQUENCER_LIMIT: usize = 95_000;
/// Largest raw transaction that an Ethereum node takes into its pool, in bytes.
const POOL_LIMIT: usize = 128 * 1024;
/// What a transaction must offer at least to replace another, in percent of what that one offers.
const REPLACEMENT_PERCENT: u128 = 110;

/// A transaction whose sender is known.
#[derive(Clone, Debug)]
pub struct Pooled {
    /// The signed transaction.
    pub envelope: TxEnvelope,
    /// Its sender.
    pub sender: Address,
    /// Whether the signature is made up because the sender is impersonated.
    pub impersonated: bool,
}

/// Why a transaction is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The bytes are not a transaction.
    #[error("cannot decode the transaction: {0}")]
    Undecodable(#[from] Eip2718Error),
    /// Bytes follow the transaction.
    #[error("cannot decode the transaction: {0} bytes follow it")]
    TrailingBytes(usize),
    /// The signature gives no sender.
    #[error("invalid sender: {0}")]
    Signature(#[from] RecoveryError),
    /// It is larger than a node or sequencer takes.
    #[error("oversized data: transaction size {size}, limit {limit}")]
    Oversized {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Blob transactions need a consensus layer.
    #[error("transaction type not supported: {0}")]
    Type(u8),
    /// Signed for another chain.
    #[error("invalid chain id for signer: have {got} want {expected}")]
    ChainId {
        /// The chain it is signed for.
        got: u64,
        /// This chain.
        expected: u64,
    },
    /// Its nonce is used.
    #[error("nonce too low: address {sender}, tx: {got} state: {expected}")]
    NonceTooLow {
        /// The sender.
        sender: Address,
        /// The transaction's nonce.
        got: u64,
        /// The account's nonce.
        expected: u64,
    },
    /// The sender cannot pay for it.
    #[error(
        "insufficient funds for gas * price + value: address {sender} have {balance} want {cost}"
    )]
    InsufficientFunds {
        /// The sender.
        sender: Address,
        /// Its balance in wei.
        balance: U256,
        /// What the transaction may cost in wei.
        cost: U256,
    },
    /// Its fee is below the block's.
    #[error(
        "max fee per gas less than block base fee: address {sender}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
    )]
    FeeTooLow {
        /// The sender.
        sender: Address,
        /// The transaction's maximum in wei per gas.
        max_fee: u128,
        /// The block's base fee in wei per gas.
        base_fee: u64,
    },
    /// It asks for more gas than a block has.
    #[error("exceeds block gas limit: transaction gas {got}, block gas limit {limit}")]
    GasLimit {
        /// The transaction's gas limit.
        got: u64,
        /// The block's.
        limit: u64,
    },
    /// It is already here.
    #[error("already known")]
    Known,
    /// Another of this sender and nonce waits, and this one does not offer a tenth more.
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// It is not valid in this state, or the machine failed.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

impl Pooled {
    /// Decodes what `eth_sendRawTransaction` brings.
    ///
    /// # Errors
    /// [`Refused`] if it is too large, malformed, unsigned, a blob transaction or for another chain.
    pub fn decode(raw: &[u8], kind: Kind, chain_id: u64) -> Result<Self, Refused> {
        check_size(raw.len(), kind)?;
        let mut rest = raw;
        let envelope = TxEnvelope::decode_2718(&mut rest)?;
        if !rest.is_empty() {
            return Err(Refused::TrailingBytes(rest.len()));
        }
        if envelope.is_eip4844() {
            return Err(Refused::Type(3));
        }
        if let Some(got) = envelope.chain_id()
            && got != chain_id
        {
            return Err(Refused::ChainId {
                got,
                expected: chain_id,
            });
        }
        let sender = recover(envelope.signature(), envelope.signature_hash())?;
        Ok(Self {
            envelope,
            sender,
            impersonated: false,
        })
    }

    /// Checks its size.
    ///
    /// # Errors
    /// [`Refused::Oversized`] if a node of this kind takes none so large.
    pub fn check_size(&self, kind: Kind) -> Result<(), Refused> {
        check_size(self.envelope.encode_2718_len(), kind)
    }

    /// Its hash.
    pub fn hash(&self) -> B256 {
        *self.envelope.tx_hash()
    }

    /// Whether it offers so much more than one of the same sender and nonce that it takes its place; tips count where they are paid.
    pub fn outbids(&self, waiting: &Self, kind: Kind) -> bool {
        let more = |new: u128, old: u128| {
            new > old && new >= old.saturating_mul(REPLACEMENT_PERCENT) / 100
        };
        let tip = |pooled: &Self| {
            let envelope = &pooled.envelope;
            envelope
                .max_priority_fee_per_gas()
                .unwrap_or_else(|| envelope.max_fee_per_gas())
        };
        more(
            self.envelope.max_fee_per_gas(),
            waiting.envelope.max_fee_per_gas(),
        ) && (kind == Kind::Stylus || more(tip(self), tip(waiting)))
    }

    /// What the machine runs.
    pub fn environment(&self) -> TxEnv {
        let envelope = &self.envelope;
        TxEnv {
            tx_type: envelope.tx_type() as u8,
            caller: self.sender,
            gas_limit: envelope.gas_limit(),
            gas_price: envelope.max_fee_per_gas(),
            kind: envelope.kind(),
            value: envelope.value(),
            data: envelope.input().clone(),
            nonce: envelope.nonce(),
            chain_id: envelope.chain_id(),
            access_list: envelope.access_list().cloned().unwrap_or_default(),
            gas_priority_fee: envelope.max_priority_fee_per_gas(),
            authorization_list: envelope
                .authorization_list()
                .map(|list| list.iter().cloned().map(Either::Left).collect())
                .unwrap_or_default(),
            ..TxEnv::default()
        }
    }
}

fn check_size(size: usize, kind: Kind) -> Result<(), Refused> {
    let limit = match kind {
        Kind::Stylus => SEQUENCER_LIMIT,
        Kind::Evm => POOL_LIMIT,
    };
    if size > limit {
        return Err(Refused::Oversized { size, limit });
    }
    Ok(())
}

/// The account that signed `hash`; signatures with a high s are refused (EIP-2). The machine's own library does it, which takes
/// a fraction of the time that alloy's default takes.
fn recover(signature: &Signature, hash: B256) -> Result<Address, RecoveryError> {
    if signature.s() > SECP256K1N_HALF {
        return Err(RecoveryError::from_source(InvalidSignatureS));
    }
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&signature.r().to_be_bytes::<32>());
    bytes[32..].copy_from_slice(&signature.s().to_be_bytes::<32>());
    let recovered = crypto().secp256k1_ecrecover(&bytes, u8::from(signature.v()), &hash.0);
    // The hash of the public key, whose last 20 bytes are the address.
    let hash = recovered.map_err(|_halt| RecoveryError::new())?;
    Ok(Address::from_word(B256::new(hash)))
}

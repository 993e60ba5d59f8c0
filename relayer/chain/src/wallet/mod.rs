//! Keys that pay for transactions and sign for a notary, wherever they are.

mod keystore;
mod mnemonic;
mod source;

use std::{fmt, sync::Arc};

use alloy::{
    network::TxSigner,
    signers::{Signature, Signer, local::PrivateKeySigner},
};
use alloy_primitives::Address;
use alloy_sol_types::{Eip712Domain, SolStruct};

pub use keystore::Keystore;
pub use source::{KeySource, may_be_shown, mnemonic, text};

use crate::submitter::TransactionSigner;

/// A key that can sign, wherever it is.
#[derive(Clone)]
pub struct Key {
    transactions: TransactionSigner,
    messages: Messages,
}

/// What signs messages, and how.
#[derive(Clone)]
enum Messages {
    /// Signs any digest.
    Digests(Arc<dyn Signer + Send + Sync>),
    /// Signs only messages that it is told the parts of.
    #[cfg(feature = "ledger")]
    Ledger(Arc<alloy_signer_ledger::LedgerSigner>),
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.address())
    }
}

impl Key {
    /// Any signer of alloy that signs digests.
    pub fn new<S>(signer: S) -> Self
    where
        S: TxSigner<Signature> + Signer + Send + Sync + 'static,
    {
        let signer = Arc::new(signer);
        Self {
            transactions: signer.clone(),
            messages: Messages::Digests(signer),
        }
    }

    /// A Ledger, which refuses bare digests.
    #[cfg(feature = "ledger")]
    fn ledger(signer: alloy_signer_ledger::LedgerSigner) -> Self {
        let signer = Arc::new(signer);
        Self {
            transactions: signer.clone(),
            messages: Messages::Ledger(signer),
        }
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.transactions.address()
    }

    /// Signs transactions.
    pub fn transactions(&self) -> TransactionSigner {
        self.transactions.clone()
    }

    /// Signs a message (EIP-712). The signature has a low s.
    pub async fn sign<M: SolStruct + Send + Sync>(
        &self,
        message: &M,
        domain: &Eip712Domain,
    ) -> Result<Signature, alloy::signers::Error> {
        let signature = match &self.messages {
            Messages::Digests(signer) => {
                signer
                    .sign_hash(&message.eip712_signing_hash(domain))
                    .await?
            }
            #[cfg(feature = "ledger")]
            Messages::Ledger(ledger) => ledger.sign_typed_data(message, domain).await?,
        };
        Ok(signature.normalized_s())
    }
}

impl From<PrivateKeySigner> for Key {
    fn from(key: PrivateKeySigner) -> Self {
        Self::new(key)
    }
}

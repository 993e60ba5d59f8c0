use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy},
    eips::eip2718::Encodable2718,
};
use alloy_primitives::{Bytes, TxHash, TxKind};

use super::{Submitter, Transaction, fees::Quote};
use crate::error::Error;

/// What is signed: the transaction with its place and price.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) transaction: Transaction,
    pub(super) gas_limit: u64,
    pub(super) nonce: u64,
    pub(super) quote: Quote,
}

/// A transaction as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) tx_hash: TxHash,
    pub(super) raw: Bytes,
}

impl Submitter {
    pub(super) async fn sign(&self, draft: &Draft) -> Result<Signed, Error> {
        let signer = self.signer()?;
        let to = draft.transaction.to.map_or(TxKind::Create, TxKind::Call);
        let (value, input) = (draft.transaction.value, draft.transaction.data.clone());
        let chain_id = self.chain.chain_id();
        let (nonce, gas_limit) = (draft.nonce, draft.gas_limit);
        let envelope: TxEnvelope = match draft.quote.dynamic {
            true => {
                let mut transaction = TxEip1559 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas: draft.quote.fees.max_fee,
                    max_priority_fee_per_gas: draft.quote.fees.tip,
                    to,
                    value,
                    access_list: Default::default(),
                    input,
                };
                let signature = signer.sign_transaction(&mut transaction).await?;
                transaction.into_signed(signature).into()
            }
            false => {
                let mut transaction = TxLegacy {
                    chain_id: Some(chain_id),
                    nonce,
                    gas_price: draft.quote.fees.max_fee,
                    gas_limit,
                    to,
                    value,
                    input,
                };
                let signature = signer.sign_transaction(&mut transaction).await?;
                transaction.into_signed(signature).into()
            }
        };
        Ok(Signed {
            tx_hash: *envelope.tx_hash(),
            raw: envelope.encoded_2718().into(),
        })
    }
}

use alloy_consensus::{Header, SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, Signature, TxKind, U256};
use alloy_sol_types::{SolCall, SolValue};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_abi::IRegistry;

use crate::{data_fee::compressed_bytes, gas::calldata_gas};

/// Bytes of a signature in a submission.
const SIGNATURE_BYTES: usize = 65;

/// What a transaction's data takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data {
    /// Calldata in bytes.
    pub calldata_bytes: u64,
    /// Its gas.
    pub calldata_gas: u64,
    /// The signed transaction under brotli, in bytes.
    pub compressed_bytes: u64,
}

impl Data {
    /// Of a signed transaction with this calldata. Its hashes, addresses and signature are random, as real ones are to brotli.
    pub fn of(calldata: Bytes, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let transaction = TxEip1559 {
            chain_id: 42_161,
            nonce: 10_000,
            gas_limit: 1_000_000,
            max_fee_per_gas: 20_000_000,
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(Address::from(random.random::<[u8; 20]>())),
            value: U256::ZERO,
            access_list: Default::default(),
            input: calldata.clone(),
        };
        let mut word = || U256::from_be_bytes(random.random::<[u8; 32]>());
        let signature = Signature::new(word(), word(), true);
        let mut encoded = Vec::new();
        transaction
            .into_signed(signature)
            .eip2718_encode(&mut encoded);
        Self {
            calldata_bytes: calldata.len() as u64,
            calldata_gas: calldata_gas(&calldata),
            compressed_bytes: compressed_bytes(&encoded),
        }
    }

    /// What this takes more than another.
    pub fn without(self, other: Self) -> Self {
        Self {
            calldata_bytes: self.calldata_bytes - other.calldata_bytes,
            calldata_gas: self.calldata_gas - other.calldata_gas,
            compressed_bytes: self.compressed_bytes - other.compressed_bytes,
        }
    }
}

/// Calldata of a sync.
pub fn sync_calldata(account_proof: Vec<Bytes>, multi_proof: Bytes, seed: u64) -> Bytes {
    let mut random = StdRng::seed_from_u64(seed);
    let call = IRegistry::syncCall {
        proxy: Address::from(random.random::<[u8; 20]>()),
        sourceBlock: 20_000_000,
        accountProof: account_proof,
        multiProof: multi_proof,
    };
    call.abi_encode().into()
}

/// Calldata of a header's submission to a notary of so many signers: a header as Ethereum makes them, its bloom filter full.
pub fn header_calldata(signers: u64, seed: u64) -> Bytes {
    let mut random = StdRng::seed_from_u64(seed);
    let mut word = || B256::from(random.random::<[u8; 32]>());
    let header = Header {
        parent_hash: word(),
        beneficiary: Address::from_word(word()),
        state_root: word(),
        transactions_root: word(),
        receipts_root: word(),
        mix_hash: word(),
        withdrawals_root: Some(word()),
        parent_beacon_block_root: Some(word()),
        requests_hash: Some(word()),
        logs_bloom: Bloom::from_slice(&(0..8).flat_map(|_| word().0).collect::<Vec<u8>>()),
        extra_data: word().0[..20].to_vec().into(),
        number: 20_000_000,
        gas_limit: 45_000_000,
        gas_used: 22_000_000,
        timestamp: 1_760_000_000,
        nonce: B64::ZERO,
        base_fee_per_gas: Some(1_000_000_000),
        blob_gas_used: Some(786_432),
        excess_blob_gas: Some(0),
        ..Header::default()
    };
    let signatures: Vec<u8> = (0..signers as usize * SIGNATURE_BYTES)
        .map(|_| random.random())
        .collect();
    let submission = (
        Bytes::from(alloy_rlp::encode(header)),
        Bytes::from(signatures),
    )
        .abi_encode_params()
        .into();
    IRegistry::submitHeaderCall { submission }
        .abi_encode()
        .into()
}

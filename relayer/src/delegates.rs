//! Code that a mirrored contract delegates to: proven with the contract, so that its views are answered.

use alloy_primitives::{Address, B256, U256, b256};
use alloy_sol_types::SolCall;
use smartsync_abi::IRegistry::{self, Knowledge};
use smartsync_chain::{AccountProof, RawHeader, Receipt, fetch_unverified};

use crate::{
    code::{deploy_code, has_code},
    error::Error,
    relayer::Relayer,
};

/// Slots in which upgradeable contracts keep the address of their code.
const SLOTS: [B256; 4] = [
    // EIP-1967: `eip1967.proxy.implementation`, less 1.
    b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"),
    // EIP-1822: `PROXIABLE`.
    b256!("c5f16f0fcc639fa48a6947836d9850f504798523bf8c9a3a87d5876cf622bcf7"),
    // ZeppelinOS: `org.zeppelinos.proxy.implementation`.
    b256!("7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3"),
    // Safe's first slot; of other contracts, whatever stands there has no code.
    B256::ZERO,
];

/// Proves the code that a mirror's source delegates to at its block, as far as the well-known slots and the code of a minimal
/// proxy (EIP-1167) show it, and brings it where the registry does not have it yet.
pub async fn prove_delegates(relayer: &Relayer, proxy: Address) -> Result<Vec<Receipt>, Error> {
    let target = relayer.target();
    let record = relayer
        .registry
        .record(target, proxy, target.head().await?)
        .await?;
    let block = record.sourceBlock;
    let mut receipts = Vec::new();
    if relayer.source.head().await? < block {
        // The source was rolled back below the record: nothing can be proven there.
        return Ok(receipts);
    }
    let mut header = None;
    for account in candidates(relayer, record.source, block).await? {
        let known = IRegistry::accountAtCall {
            account,
            sourceBlock: block,
        };
        let known = target.view(relayer.registry.address, &known).await?;
        if known.knowledge != Knowledge::Unknown {
            continue;
        }
        let code = relayer.source.code(account, block).await?;
        if code.is_empty() || code.starts_with(&[0xef]) {
            continue;
        }
        let header = match &header {
            Some(header) => header,
            None => header.insert(RawHeader::fetch(&relayer.source, block).await?),
        };
        let proven = AccountProof::fetch(&relayer.source, account, &[], header).await?;
        if !has_code(relayer, proven.account.code_hash).await? {
            receipts.push(deploy_code(relayer, code).await?);
        }
        let prove = IRegistry::proveCodeCall {
            account,
            sourceBlock: block,
            accountProof: proven.nodes,
        };
        let transaction = relayer.transaction("proveCode", prove.abi_encode().into());
        receipts.push(relayer.submitter.send(transaction).await?);
        tracing::info!(source = %record.source, %account, block, "the code that it delegates to is proven");
    }
    Ok(receipts)
}

/// Addresses that a contract may delegate to. What a node says of them is a hint: code is proven before it counts.
async fn candidates(relayer: &Relayer, source: Address, block: u64) -> Result<Vec<Address>, Error> {
    let slots: [U256; 4] = SLOTS.map(|slot| slot.into());
    let (stored, code) = futures::try_join!(
        fetch_unverified(&relayer.source, source, &slots, block),
        relayer.source.code(source, block),
    )?;
    let stored = stored.values.into_iter().filter_map(address);
    let mut candidates: Vec<Address> = stored.chain(minimal_proxy(&code)).collect();
    candidates.dedup();
    Ok(candidates)
}

/// A value that may be the address of a contract: none of the natively implemented ones below 2^20.
fn address(value: U256) -> Option<Address> {
    let fits = value >= U256::from(1) << 20 && value < U256::from(1) << 160;
    fits.then(|| Address::from_word(value.into()))
}

/// The address in the code of a minimal proxy (EIP-1167), which immutable arguments may follow.
fn minimal_proxy(code: &[u8]) -> Option<Address> {
    const PREFIX: [u8; 10] = [0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x3d, 0x36, 0x3d, 0x73];
    let (address, _) = code.strip_prefix(&PREFIX)?.split_first_chunk::<20>()?;
    Some(Address::new(*address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    #[test]
    fn the_slots_are_those_that_the_standards_derive() {
        let implementation = U256::from_be_bytes(keccak256("eip1967.proxy.implementation").0);
        assert_eq!(
            U256::from_be_bytes(SLOTS[0].0),
            implementation - U256::from(1)
        );
        assert_eq!(SLOTS[1], keccak256("PROXIABLE"));
        assert_eq!(SLOTS[2], keccak256("org.zeppelinos.proxy.implementation"));
    }

    #[test]
    fn a_minimal_proxy_names_its_implementation_and_other_code_names_none() {
        let code = [
            &[0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x3d, 0x36, 0x3d, 0x73],
            [0x11; 20].as_slice(),
            &[0x5a, 0xf4],
        ]
        .concat();
        assert_eq!(minimal_proxy(&code), Some(Address::repeat_byte(0x11)));
        assert_eq!(minimal_proxy(&code[1..]), None);
        assert_eq!(minimal_proxy(&code[..29]), None);
    }

    #[test]
    fn small_numbers_and_large_ones_are_no_addresses_of_contracts() {
        assert_eq!(address(U256::ZERO), None);
        assert_eq!(address(U256::from((1 << 20) - 1)), None);
        assert_eq!(address(U256::MAX), None);
        assert!(address(U256::from(1) << 159).is_some());
    }
}

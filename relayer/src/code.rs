//! Code of the source chain on the target.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::IRegistry;
use smartsync_chain::Receipt;

use crate::{
    error::{Error, Unmirrorable},
    relayer::Relayer,
};

/// Whether code can be mirrored: there is some, and it is EVM code.
pub fn mirrorable(code: &[u8]) -> Result<(), Unmirrorable> {
    match code {
        [] => Err(Unmirrorable::NoCode),
        // What marks the code of an EIP-7702 account, before the 20 bytes of the delegate's address.
        [0xef, 0x01, 0x00, delegate @ ..] if delegate.len() == 20 => Err(Unmirrorable::Delegated),
        [0xef, 0xf0, ..] => Err(Unmirrorable::StylusProgram),
        [0xef, ..] => Err(Unmirrorable::Reserved),
        _ => Ok(()),
    }
}

/// Whether the registry has code of this hash.
pub async fn has_code(relayer: &Relayer, code_hash: B256) -> Result<bool, Error> {
    let question = IRegistry::codeOfCall {
        codeHash: code_hash,
    };
    let found = relayer.target().view(relayer.registry.address, &question);
    Ok(!found.await?.logic.is_zero())
}

/// Puts code on the target.
pub async fn deploy_code(relayer: &Relayer, code: Bytes) -> Result<Receipt, Error> {
    let code_hash = keccak256(&code);
    let deploy = IRegistry::deployCodeCall { code };
    let transaction = relayer.transaction("deployCode", deploy.abi_encode().into());
    let receipt = relayer.submitter.send(transaction).await?;
    tracing::info!(%code_hash, gas = receipt.gas_used.to::<u64>(), "code deployed");
    Ok(receipt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_evm_code_is_refused_by_name() {
        let delegated = [[0xef, 0x01, 0x00].as_slice(), &[0x11; 20]].concat();
        assert!(matches!(mirrorable(&[]), Err(Unmirrorable::NoCode)));
        assert!(matches!(
            mirrorable(&delegated),
            Err(Unmirrorable::Delegated)
        ));
        for kind in 0..=2 {
            let program = [0xef, 0xf0, kind, 0x00, 0x1b];
            assert!(matches!(
                mirrorable(&program),
                Err(Unmirrorable::StylusProgram)
            ));
        }
        assert!(matches!(
            mirrorable(&[0xef, 0x00]),
            Err(Unmirrorable::Reserved)
        ));
        assert!(mirrorable(&[0x00]).is_ok());
    }
}

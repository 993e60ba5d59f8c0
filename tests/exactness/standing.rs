//! Mirrors, and what is proven beside them.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use alloy_sol_types::SolError;
use smartsync_abi::IReader::{IReaderErrors as Reason, NativeAccount};
use smartsync_tests::{Error, Mirror, Stage, packages::Scene};

/// What stands on the target of a scene.
pub struct Standing<'a> {
    stage: &'a Stage,
    /// The source block of all of it.
    pub block: u64,
    mirrors: BTreeMap<Address, Mirror>,
}

impl<'a> Standing<'a> {
    /// Mirrors of all contracts that are asked, at the newest block.
    pub async fn of(stage: &'a Stage, scene: &Scene) -> Self {
        let mut standing = Self {
            stage,
            block: stage.source.block_number().await.unwrap(),
            mirrors: BTreeMap::new(),
        };
        for contract in &scene.contracts {
            standing.mirror(contract.address).await;
        }
        standing
    }

    /// The mirror of a contract.
    pub fn proxy(&self, source: Address) -> Address {
        self.mirrors[&source].proxy
    }

    async fn mirror(&mut self, source: Address) {
        if self.mirrors.contains_key(&source) {
            return;
        }
        match self.stage.migrate(source).await {
            Ok(mirror) => _ = self.mirrors.insert(source, mirror),
            Err(error) => panic!("{source}: {error}"),
        }
    }

    /// Does what an error says is missing. False if nothing can be done about it.
    pub async fn provide(&mut self, missing: &Reason) -> bool {
        let (stage, block) = (self.stage, self.block);
        let account = match missing {
            Reason::NotMirrored(error) => error.account,
            Reason::CodeUnknown(error) => error.account,
            Reason::BalanceUnknown(error) => error.account,
            _ => return false,
        };
        let has_code = !stage.source.code(account).await.unwrap().is_empty();
        match missing {
            Reason::NotMirrored(_) if has_code => self.mirror(account).await,
            Reason::CodeUnknown(_) if has_code => {
                _ = stage.prove_code(account, block).await.unwrap();
            }
            // Nothing can be proven of native accounts.
            _ => match stage.prove_balance(account, block).await {
                Ok(_receipt) => {}
                Err(Error::Reverted { data, .. }) if NativeAccount::abi_decode(&data).is_ok() => {
                    return false;
                }
                Err(error) => panic!("{account}: {error}"),
            },
        }
        true
    }
}

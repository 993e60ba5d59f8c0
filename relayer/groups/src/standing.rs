use std::collections::BTreeSet;

use alloy_primitives::{Address, keccak256};
use relayer::{Relayer, has_code};
use smartsync_abi::IRegistry::{self, Knowledge, Status};
use smartsync_chain::RawHeader;

use crate::{balances::proven_balance, error::Error, needs::Needs};

/// What of the needs of reads is on the target already.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Whether the root source knows the block's header.
    pub header: bool,
    /// Active mirrors with the code that their sources have, and the source blocks that they are at.
    pub mirrors: Vec<(Address, u64)>,
    /// Accounts whose code is on the target, whoever brought it.
    pub codes: BTreeSet<Address>,
    /// Codes and balances that are proven at the block.
    pub proven: Needs,
}

impl Standing {
    /// Looks.
    pub(crate) async fn look(
        relayer: &Relayer,
        needs: &Needs,
        header: &RawHeader,
    ) -> Result<Self, Error> {
        let (target, registry) = (relayer.target(), relayer.registry.address);
        let block = header.header.number;
        let mut standing = Self {
            header: relayer
                .root_source
                .knows(target, header)
                .await
                .map_err(relayer::Error::from)?,
            ..Self::default()
        };
        for account in needs.members.iter().chain(&needs.codes) {
            let code_hash = keccak256(relayer.source.code(*account, block).await?);
            if has_code(relayer, code_hash).await? {
                standing.codes.insert(*account);
            }
            if needs.codes.contains(account) {
                let known = IRegistry::accountAtCall {
                    account: *account,
                    sourceBlock: block,
                };
                if target.view(registry, &known).await?.knowledge == Knowledge::Code {
                    standing.proven.codes.insert(*account);
                }
            } else if let Some(mirror) = relayer.registry.mirror(target, *account).await?
                && mirror.record.status == Status::Active
                && mirror.record.codeHash == code_hash
            {
                let at = mirror.record.sourceBlock;
                standing.mirrors.push((*account, at));
            }
        }
        let head = target.head().await?;
        for account in &needs.balances {
            let known = proven_balance(relayer, *account, block, head).await?;
            if known.is_some() {
                standing.proven.balances.insert(*account);
            }
        }
        standing.mirrors.sort_unstable_by_key(|(_, at)| *at);
        Ok(standing)
    }

    /// Whether nothing of it is there.
    pub(crate) fn is_empty(&self) -> bool {
        !self.header && self.mirrors.is_empty() && self.codes.is_empty()
    }

    /// Whether nothing has to be sent for an account at first.
    pub(crate) fn has(&self, account: &Address) -> bool {
        self.mirrors.iter().any(|(member, _)| member == account)
            || self.proven.codes.contains(account)
            || self.proven.balances.contains(account)
    }
}

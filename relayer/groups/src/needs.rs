use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::Address;
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use smartsync_abi::IRegistry::{self, Knowledge};
use smartsync_chain::RawHeader;
use smartsync_execution::{Read, Touched, TouchedAccounts, touched};

use crate::{error::Error, unknowable::Unknowable};

/// Accounts looked at at once.
const AT_ONCE: usize = 8;

/// What reads take on the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Contracts whose storage is read, and those that are asked: they need mirrors.
    pub members: BTreeSet<Address>,
    /// Contracts of which the code is enough.
    pub codes: BTreeSet<Address>,
    /// Accounts whose balance is read, or that have no code: known by their account proof at each block.
    pub balances: BTreeSet<Address>,
    /// Precompiled contracts that both chains have.
    pub precompiles: BTreeSet<Address>,
    /// What no proof shows.
    pub unknowable: BTreeMap<Address, Unknowable>,
    /// Reads that take more than any transaction can read, and of which nothing is known.
    pub too_large: Vec<Read>,
}

/// Finds what reads take: they are run on the source's state at the end of a block, and each account that they touch is looked at.
pub async fn needs(
    relayer: &Relayer,
    header: &RawHeader,
    source: Address,
    reads: &[Read],
) -> Result<Needs, Error> {
    // What is asked is read through its mirror, whatever it touches; and a contract may be mirrored for no read that is known.
    let asked: BTreeSet<Address> = reads.iter().map(|read| read.to).chain([source]).collect();
    let (mut touched, too_large) = touched_within(relayer, header, reads).await?;
    touched.entry(source).or_default().called = true;
    let kinds: Vec<(Address, Touched, Kind)> = stream::iter(touched)
        .map(|(account, touched)| async move {
            let kind = kind(relayer, header, account).await?;
            Ok::<_, Error>((account, touched, kind))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut needs = Needs {
        too_large,
        ..Needs::default()
    };
    for (account, touched, kind) in kinds {
        needs.add(account, &touched, kind, asked.contains(&account));
    }
    Ok(needs)
}

/// Fails where reads need what cannot be known on the target, at the newest final block unless another is given.
pub async fn require_knowable(
    relayer: &Relayer,
    source: Address,
    reads: &[Read],
    block: Option<u64>,
) -> Result<(), Error> {
    let block = relayer.source_block(block).await?;
    let header = RawHeader::fetch(&relayer.source, block).await?;
    let needs = needs(relayer, &header, source, reads).await?;
    needs.refusal().map_or(Ok(()), Err)
}

/// What reads touch, and those that touch too much.
async fn touched_within(
    relayer: &Relayer,
    header: &RawHeader,
    reads: &[Read],
) -> Result<(TouchedAccounts, Vec<Read>), Error> {
    let (mut within, mut too_large) = (reads.to_vec(), Vec::new());
    loop {
        match touched(&relayer.source, header, &within).await {
            Err(smartsync_execution::Error::TooLarge(read)) => {
                within.retain(|other| *other != *read);
                too_large.push(*read);
            }
            touched => return Ok((touched?, too_large)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Contract,
    NoCode,
    Precompile,
    Unknowable(Unknowable),
}

impl Needs {
    /// Why some of the reads have no answer on the target, whatever is mirrored and proven.
    pub fn refusal(&self) -> Option<Error> {
        if !self.unknowable.is_empty() {
            return Some(Error::Unknowable(self.unknowable.clone()));
        }
        let read = self.too_large.first()?.clone();
        let too_large = smartsync_execution::Error::TooLarge(Box::new(read));
        Some(too_large.into())
    }

    fn add(&mut self, account: Address, touched: &Touched, kind: Kind, asked: bool) {
        let by_code = touched.called || touched.delegated_to || touched.inspected;
        match kind {
            Kind::Unknowable(why) if by_code => {
                self.unknowable.insert(account, why);
            }
            Kind::Precompile if by_code => {
                self.precompiles.insert(account);
            }
            Kind::NoCode if asked => {
                self.unknowable.insert(account, Unknowable::NoCode);
            }
            Kind::NoCode if by_code => {
                self.balances.insert(account);
            }
            Kind::Contract if asked || !touched.slots.is_empty() => {
                self.members.insert(account);
            }
            Kind::Contract if by_code => {
                self.codes.insert(account);
            }
            _ => {}
        }
        if touched.balance {
            match kind {
                // The registry takes no proof of these: what is in the state is not what the chain says of them.
                Kind::Unknowable(Unknowable::Native) | Kind::Precompile => {
                    self.unknowable.insert(account, Unknowable::Native);
                }
                _ => _ = self.balances.insert(account),
            }
        }
    }
}

async fn kind(relayer: &Relayer, header: &RawHeader, account: Address) -> Result<Kind, Error> {
    let block = header.header.number;
    let question = IRegistry::accountAtCall {
        account,
        sourceBlock: block,
    };
    let known = async {
        // The reader knows these without asking the registry.
        match common(&account) {
            true => Ok(Knowledge::Precompile),
            false => {
                let known = relayer.target().view(relayer.registry.address, &question);
                Ok(known.await?.knowledge)
            }
        }
    };
    let (known, code) = futures::try_join!(known, relayer.source.code(account, block))?;
    Ok(match (known, Unknowable::of(&code)) {
        (Knowledge::Precompile, _) => Kind::Precompile,
        (Knowledge::Native, _) => Kind::Unknowable(Unknowable::Native),
        (_, Some(unknowable)) => Kind::Unknowable(unknowable),
        _ if code.is_empty() => Kind::NoCode,
        _ => Kind::Contract,
    })
}

/// Precompiled contracts that every chain has: 1 to 9.
fn common(account: &Address) -> bool {
    let (last, zeros) = account.0.split_last().unwrap_or((&0, &[]));
    zeros.iter().all(|byte| *byte == 0) && (1..=9).contains(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;

    #[test]
    fn each_account_is_known_by_as_little_as_will_do() {
        let slots = Touched {
            slots: [U256::ZERO].into(),
            called: true,
            ..Touched::default()
        };
        let called = Touched {
            called: true,
            ..Touched::default()
        };
        let balance = Touched {
            balance: true,
            ..Touched::default()
        };
        let all = |number| Address::with_last_byte(number);
        let mut needs = Needs::default();
        needs.add(all(0x11), &slots, Kind::Contract, false);
        needs.add(all(0x12), &called, Kind::Contract, false);
        needs.add(all(0x13), &called, Kind::Contract, true);
        needs.add(all(0x14), &balance, Kind::Contract, false);
        needs.add(all(0x15), &called, Kind::NoCode, false);
        needs.add(all(0x16), &called, Kind::NoCode, true);
        needs.add(all(1), &called, Kind::Precompile, false);
        let native = Kind::Unknowable(Unknowable::Native);
        needs.add(all(0x64), &called, native, false);
        needs.add(all(0x65), &balance, native, false);
        needs.add(all(2), &balance, Kind::Precompile, false);
        assert_eq!(
            needs,
            Needs {
                members: [all(0x11), all(0x13)].into(),
                codes: [all(0x12)].into(),
                balances: [all(0x14), all(0x15)].into(),
                precompiles: [all(1)].into(),
                unknowable: [
                    (all(0x16), Unknowable::NoCode),
                    (all(0x64), Unknowable::Native),
                    (all(0x65), Unknowable::Native),
                    (all(2), Unknowable::Native),
                ]
                .into(),
                too_large: Vec::new(),
            }
        );
    }

    #[test]
    fn the_precompiled_contracts_of_every_chain_are_1_to_9() {
        let all: Vec<u8> = (0..=255)
            .filter(|number| common(&Address::with_last_byte(*number)))
            .collect();
        assert_eq!(all, (1..=9).collect::<Vec<u8>>());
        assert!(!common(&Address::repeat_byte(1)));
    }
}

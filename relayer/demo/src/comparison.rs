//! What is read on the target, beside what the source says.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use relayer::Relayer;

use crate::{
    contracts::{ExchangePair, MirrorReader, NameRegistry},
    error::Error,
};

/// The quote that is compared on both chains.
const QUOTED: U256 = U256::from_limbs([100_000_000_000_000_000, 0, 0, 0]);

/// Reads through the consumer on the target and compares with the source.
pub(crate) struct Comparison<'a> {
    pub relayer: &'a Relayer,
    pub reader: Address,
    pub names: Address,
    pub names_mirror: Address,
    pub pair: Address,
    pub pair_mirror: Address,
}

impl Comparison<'_> {
    pub async fn read(
        &self,
        present: &[&str],
        absent: &str,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        let (source, target) = (&self.relayer.source, self.relayer.target());
        let mut facts = Vec::new();
        for name in present {
            let (name, key) = ((*name).to_owned(), "description".to_owned());
            let call = MirrorReader::resolveCall {
                names: self.names_mirror,
                name: name.clone(),
                key: key.clone(),
            };
            let mirrored = target.view(self.reader, &call).await?;
            let (owner, resolved, text) = futures::try_join!(
                source.view(
                    self.names,
                    &NameRegistry::ownerOfCall { name: name.clone() }
                ),
                source.view(
                    self.names,
                    &NameRegistry::addressOfCall { name: name.clone() }
                ),
                source.view(
                    self.names,
                    &NameRegistry::textCall {
                        name: name.clone(),
                        key
                    }
                ),
            )?;
            same(
                &name,
                &(mirrored.owner, mirrored.resolved, &mirrored.value),
                &(owner, resolved, &text),
            )?;
            facts.push(("name", format!("{name} -> {resolved} \"{text}\"")));
        }
        let call = NameRegistry::existsCall {
            name: absent.to_owned(),
        };
        let read = MirrorReader::readStaticCall {
            mirror: self.names_mirror,
            data: call.abi_encode().into(),
        };
        let exists = target.view(self.reader, &read).await?;
        same(
            absent,
            &(exists.success, exists.result),
            &(true, Bytes::from(false.abi_encode())),
        )?;
        facts.push(("name", format!("{absent} does not exist")));

        let quote = ExchangePair::quoteCall {
            assetIn: 0,
            amountIn: QUOTED,
        };
        let fresh = MirrorReader::freshQuoteCall {
            pair: self.pair_mirror,
            assetIn: 0,
            amountIn: QUOTED,
            maxAgeSeconds: 3_600,
            maxBlocksBehind: 0,
        };
        let (expected, got) = futures::try_join!(
            source.view(self.pair, &quote),
            target.view(self.reader, &fresh)
        )?;
        same("the quote", &got, &expected)?;
        facts.push(("quote", format!("0.1 A gives {expected} / 10^18 B, fresh")));
        for (contract, mirror) in [
            (self.names, self.names_mirror),
            (self.pair, self.pair_mirror),
        ] {
            let (block, target_block) = futures::try_join!(source.head(), target.head())?;
            let roots = futures::try_join!(
                smartsync_chain::proofs::storage_root(source, contract, block),
                smartsync_chain::proofs::storage_root(target, mirror, target_block)
            )?;
            same("the storage root", &roots.1, &roots.0)?;
        }
        facts.push((
            "checked",
            "all of it, and both storage roots, are the source's".to_owned(),
        ));
        Ok(facts)
    }
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    got: &T,
    expected: &T,
) -> Result<(), Error> {
    match got == expected {
        true => Ok(()),
        false => Err(Error::Mismatch {
            what: what.to_owned(),
            got: format!("{got:?}"),
            expected: format!("{expected:?}"),
        }),
    }
}

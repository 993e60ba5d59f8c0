use std::ops::Deref;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use devchain::{ArbOs, Config, DevChain, Kind};

use crate::{Chain, Error, Forcer, Mirror, SlotTable, System};

/// Two dev chains in this process, a source and a Stylus target, with everything deployed between them.
pub struct Stage {
    system: System,
    _source: DevChain,
    _target: DevChain,
}

impl Deref for Stage {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}

impl Stage {
    /// Starts both chains and deploys.
    pub async fn start() -> Result<Self, Error> {
        Self::start_on(ArbOs::default()).await
    }

    /// Starts both chains, the target with a version of ArbOS, and deploys.
    pub async fn start_on(arbos: ArbOs) -> Result<Self, Error> {
        let source = dev_chain(Config::new(Kind::Evm)).await?;
        let target = dev_chain(Config {
            arbos,
            ..Config::new(Kind::Stylus)
        })
        .await?;
        let system = System::deploy(Chain::at(&source.url()), Chain::at(&target.url())).await?;
        Ok(Self {
            system,
            _source: source,
            _target: target,
        })
    }

    /// Deploys a fixture on the source.
    pub async fn on_source(
        &self,
        bytecode: &Bytes,
        arguments: impl AsRef<[u8]>,
    ) -> Result<Address, Error> {
        self.source.deploy(bytecode, arguments).await
    }

    /// Deploys a fixture on the target.
    pub async fn on_target(
        &self,
        bytecode: &Bytes,
        arguments: impl AsRef<[u8]>,
    ) -> Result<Address, Error> {
        self.target.deploy(bytecode, arguments).await
    }

    /// Deploys a table of raw slots on the source and fills it.
    pub async fn slot_table(
        &self,
        state: impl IntoIterator<Item = (U256, U256)>,
    ) -> Result<Address, Error> {
        let table = self.on_source(&SlotTable::BYTECODE, []).await?;
        self.write(table, state).await?;
        Ok(table)
    }

    /// Writes raw slots of a table on the source, in one transaction.
    pub async fn write(
        &self,
        table: Address,
        changes: impl IntoIterator<Item = (U256, U256)>,
    ) -> Result<(), Error> {
        let (slots, values) = changes.into_iter().unzip();
        self.source
            .send(table, SlotTable::writeCall { slots, values })
            .await?;
        Ok(())
    }

    /// Forces wei into an account of the target, which need not take any.
    pub async fn force(&self, account: Address, wei: u64) -> Result<(), Error> {
        let creation = [&Forcer::BYTECODE[..], account.into_word().as_slice()].concat();
        self.target.create(creation, U256::from(wei)).await?;
        Ok(())
    }

    /// What the same call answers on source and mirror.
    pub async fn both(
        &self,
        mirror: Mirror,
        call: impl SolCall,
    ) -> (
        Result<Bytes, crate::CallError>,
        Result<Bytes, crate::CallError>,
    ) {
        let data = call.abi_encode();
        (
            self.source.call(mirror.source, data.clone()).await,
            self.target.call(mirror.proxy, data).await,
        )
    }

    /// The same call succeeds on source and mirror with the same answer.
    pub async fn assert_same(&self, mirror: Mirror, call: impl SolCall) {
        let (source, proxy) = self.both(mirror, call).await;
        assert!(source.is_ok(), "{source:?}");
        assert_eq!(source, proxy);
    }
}

/// A dev chain in this process.
pub async fn dev_chain(config: Config) -> Result<DevChain, Error> {
    DevChain::spawn(config).await.map_err(|error| Error::Rpc {
        method: "spawn",
        reason: error.to_string(),
    })
}

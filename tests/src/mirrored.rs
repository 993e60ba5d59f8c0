use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::SolValue;
use smartsync_clone::Configuration;

use crate::{Chain, Error, ExchangePair, Mirror, NameRegistry, SelfReader, Stage, State};

/// Contracts in use on the source, and their mirrors.
impl Stage {
    /// Deploys a contract of one value on the source.
    pub async fn self_reader(&self, value: u64) -> Result<Address, Error> {
        let reader = self.on_source(&SelfReader::BYTECODE, []).await?;
        self.set(reader, value).await?;
        Ok(reader)
    }

    /// Changes such a contract's value, which lies in slot 0.
    pub async fn set(&self, reader: Address, value: u64) -> Result<(), Error> {
        let call = SelfReader::setCall {
            value_: U256::from(value),
        };
        self.source.send(reader, call).await?;
        Ok(())
    }

    /// Deploys a source's code and says where its mirror will stand, if it is the registry's first and the first account creates it.
    pub async fn first_proxy(&self, source: Address) -> Result<Address, Error> {
        let code = self.deploy_code(source).await?;
        let configuration = Configuration {
            registry: self.registry,
            logic: code.logic,
            reader: self.reader,
            program: self.program,
            source,
            original: code.original,
            code_hash: keccak256(self.source.code(source).await?),
            creator: Chain::account(0),
            root_source: self.notary,
            first_block: 0,
        };
        let salt = U256::ONE.to_be_bytes::<32>();
        let init_code_hash = keccak256(configuration.init_code());
        Ok(self.registry.create2(salt, init_code_hash))
    }

    /// Deploys a contract of one value and mirrors it.
    pub async fn mirrored_reader(&self, value: u64) -> Result<Mirror, Error> {
        self.migrate(self.self_reader(value).await?).await
    }

    /// A table of raw slots, and a mirror of it that is created and empty. Returns the source block it was created at.
    pub async fn created_table(&self, state: &State) -> Result<(Mirror, u64), Error> {
        let table = self.slot_table(state.clone()).await?;
        let mirror = self.create(table).await?;
        Ok((mirror, self.source.block_number().await?))
    }

    /// The same, loaded by its creator, and not complete.
    pub async fn loaded_table(&self, state: &State) -> Result<(Mirror, u64), Error> {
        let (mirror, block) = self.created_table(state).await?;
        let call = self.load_call(mirror, state);
        self.target.send(self.registry, call).await?;
        Ok((mirror, block))
    }

    /// A table of raw slots, and its mirror.
    pub async fn mirrored_table(&self, state: &State) -> Result<Mirror, Error> {
        self.migrate(self.slot_table(state.clone()).await?).await
    }

    /// A name registry with some names and texts, and its mirror.
    pub async fn mirrored_names(&self) -> Result<Mirror, Error> {
        let names = self.on_source(&NameRegistry::BYTECODE, []).await?;
        for (name, resolved) in [("alice", 0xa1), ("bob", 0xb0), ("carol", 0xca)] {
            let resolved = Address::with_last_byte(resolved);
            self.source
                .send(
                    names,
                    NameRegistry::registerCall {
                        name: name.into(),
                        resolved,
                    },
                )
                .await?;
        }
        for (name, key, value) in [
            ("alice", "mail", "alice@example.org"),
            (
                "alice",
                "about",
                "A text that does not fit one storage slot, so that it takes several of them.",
            ),
            ("bob", "mail", "bob@example.org"),
        ] {
            let call = NameRegistry::setTextCall {
                name: name.into(),
                key: key.into(),
                value: value.into(),
            };
            self.source.send(names, call).await?;
        }
        self.migrate(names).await
    }

    /// An exchange pair with liquidity and some trades, and its mirror.
    pub async fn mirrored_pair(&self) -> Result<Mirror, Error> {
        let pair = self
            .on_source(
                &ExchangePair::BYTECODE,
                "Gold and silver".to_string().abi_encode(),
            )
            .await?;
        let unit = U256::from(10u64.pow(18));
        for asset in [0, 1] {
            let amount = unit * U256::from(1_000_000);
            self.source
                .send(pair, ExchangePair::depositCall { asset, amount })
                .await?;
        }
        let call = ExchangePair::addLiquidityCall {
            amount0: unit * U256::from(5_000),
            maximum1: unit * U256::from(320_000),
        };
        self.source.send(pair, call).await?;
        let call = ExchangePair::swapCall {
            assetIn: 0,
            amountIn: unit * U256::from(7),
            minimumOut: U256::ZERO,
        };
        self.source.send(pair, call).await?;
        self.migrate(pair).await
    }
}

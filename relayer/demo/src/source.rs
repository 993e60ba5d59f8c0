//! What the demonstration does on the source chain.

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::SolConstructor;
use smartsync_chain::Submitter;

use crate::{
    contracts::{EXCHANGE_PAIR, ExchangePair, NAME_REGISTRY, NameRegistry, create, send},
    error::Error,
    stage::Stage,
};

const ALICE: Address = address!("00000000000000000000000000000000000a11ce");
const BOB: Address = address!("0000000000000000000000000000000000000b0b");
const CAROL: Address = address!("00000000000000000000000000000000000ca401");
/// One unit of the pair's assets.
const UNIT: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// Deploys and fills both source contracts.
pub(crate) async fn play(
    stage: &mut Stage<'_>,
    source: &Submitter,
) -> Result<(Address, Address), Error> {
    let names = create(source, &NAME_REGISTRY, &[]).await?;
    for (name, resolved) in [("alice", ALICE), ("bob", BOB)] {
        send(
            source,
            names,
            NameRegistry::registerCall {
                name: name.to_owned(),
                resolved,
            },
        )
        .await?;
        let value = format!(
            "{name} of the name registry, with a text record that takes several slots of storage"
        );
        send(source, names, set_text(name, &value)).await?;
    }
    let arguments = ExchangePair::constructorCall {
        name_: "A for B".to_owned(),
    }
    .abi_encode();
    let pair = create(source, &EXCHANGE_PAIR, &arguments).await?;
    for asset in [0, 1] {
        send(
            source,
            pair,
            ExchangePair::depositCall {
                asset,
                amount: UNIT * U256::from(1_000),
            },
        )
        .await?;
    }
    let liquidity = ExchangePair::addLiquidityCall {
        amount0: UNIT * U256::from(100),
        maximum1: UNIT * U256::from(250),
    };
    send(source, pair, liquidity).await?;
    stage.done(
        "two contracts on the source",
        vec![
            ("name registry", format!("{names}  alice, bob")),
            ("exchange pair", format!("{pair}  100 A against 250 B")),
            ("source block", source.chain().head().await?.to_string()),
        ],
    )?;
    Ok((names, pair))
}

/// Adds, changes and deletes.
pub(crate) async fn change(source: &Submitter, names: Address, pair: Address) -> Result<(), Error> {
    send(
        source,
        names,
        NameRegistry::registerCall {
            name: "carol".to_owned(),
            resolved: CAROL,
        },
    )
    .await?;
    send(source, names, set_text("carol", "new")).await?;
    send(source, names, set_text("alice", "short")).await?;
    send(
        source,
        names,
        NameRegistry::setAddressCall {
            name: "alice".to_owned(),
            resolved: CAROL,
        },
    )
    .await?;
    send(
        source,
        names,
        NameRegistry::removeCall {
            name: "bob".to_owned(),
        },
    )
    .await?;
    let trade = ExchangePair::swapCall {
        assetIn: 0,
        amountIn: UNIT * U256::from(7),
        minimumOut: U256::ZERO,
    };
    send(source, pair, trade).await?;
    send(source, pair, ExchangePair::withdrawCall {}).await
}

fn set_text(name: &str, value: &str) -> NameRegistry::setTextCall {
    NameRegistry::setTextCall {
        name: name.to_owned(),
        key: "description".to_owned(),
        value: value.to_owned(),
    }
}

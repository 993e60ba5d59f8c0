use std::sync::Arc;

use alloy_primitives::U256;
use devchain::{Config, DevChain, Kind, wasm::StylusParams};
use serde_json::json;

use crate::{
    arguments::{ChainKind, Devchain},
    error::Error,
    report,
};

/// Wei of an ether.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// The dev chain that is asked for.
fn config(options: &Devchain) -> Config {
    let usual = Config::new(match options.kind {
        ChainKind::Evm => Kind::Evm,
        ChainKind::Stylus => Kind::Stylus,
    });
    Config {
        host: options.host,
        port: options.port,
        chain_id: options.chain_id.unwrap_or(usual.chain_id),
        base_fee: options.base_fee.unwrap_or(usual.base_fee),
        balance: U256::from(options.balance) * U256::from(ETHER),
        automine: options.block_time.is_none(),
        block_time: options.block_time,
        arbos: options.arbos,
        stylus: Arc::new(StylusParams {
            debug: options.debug,
            ..*usual.stylus
        }),
        ..usual
    }
}

/// Runs it until Ctrl-C or SIGTERM.
pub async fn run(json: bool, options: &Devchain) -> Result<(), Error> {
    let config = config(options);
    let chain_id = config.chain_id;
    let chain = DevChain::spawn(config).await?;
    let url = chain.url();
    match json {
        true => report::print_text(&json!({ "url": url, "chainId": chain_id }).to_string())?,
        false => report::print_text(&url)?,
    }
    tracing::info!(chain_id, %url, "listening");
    smartsync_service::signalled().await;
    chain.stop().await;
    Ok(())
}

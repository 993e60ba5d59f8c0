//! Runs a dev chain: `cargo run -p smartsync-devchain --example devchain -- evm 8545`.

use devchain::{Config, Kind, run};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let kind = match arguments.next().as_deref() {
        Some("evm") => Kind::Evm,
        Some("stylus") | None => Kind::Stylus,
        Some(other) => return Err(format!("no such kind: {other}").into()),
    };
    let mut config = Config::new(kind);
    config.port = arguments.next().map_or(Ok(8545), |port| port.parse())?;
    run(config, std::future::pending()).await?;
    Ok(())
}

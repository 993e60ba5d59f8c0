use alloy_primitives::{Address, B256, Bytes};

use super::{contract::Contract, scene::Scene};
use crate::{Chain, args};

/// A Safe behind its proxy, with a module and the fallback handler, which asks the Safe. Returns the Safe and itself by the handler's interface.
pub async fn safe(scene: &mut Scene) -> (Contract, Contract) {
    let chain = scene.chain.clone();
    let (zero, one, none) = (Chain::account(0), Chain::account(1), Address::ZERO);
    let package = "@gnosis.pm/safe-contracts";
    let path = |name: &str| format!("build/artifacts/contracts/{name}");
    let singleton = scene
        .deploy(package, &path("GnosisSafe.sol/GnosisSafe"), args![])
        .await;
    let handler = path("handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler");
    let handler = scene.deploy(package, &handler, args![]).await;
    let factory = path("proxies/GnosisSafeProxyFactory.sol/GnosisSafeProxyFactory");
    let factory = scene.deploy(package, &factory, args![]).await;
    let sign = path("examples/libraries/SignMessage.sol/SignMessageLib");
    let sign = scene.deploy(package, &sign, args![]).await;
    let owners = format!("[{zero},{one}]");
    let setup = singleton.encode(
        "setup",
        args![owners, 1, none, "0x", handler.address, none, 0, none],
    );
    let create = args![singleton.address, setup, 7];
    let made = chain
        .call(
            factory.address,
            factory.encode("createProxyWithNonce", create),
        )
        .await;
    let made = made.unwrap_or_else(|error| panic!("{error:?}"));
    let at = Address::from_slice(&made[12..32]);
    factory.send(&chain, "createProxyWithNonce", create).await;
    let safe = singleton.at("GnosisSafe behind its proxy", at);
    scene.show(&safe);
    let module = factory.address;
    let enable = safe.encode("enableModule", args![module]);
    execute(&chain, &safe, safe.address, enable).await;
    let message = sign.encode("signMessage", args!["0x1234"]);
    run(&chain, &safe, sign.address, &message, 1).await;
    let signature = signature();
    let sentinel = Address::with_last_byte(1);
    scene.ask(&safe, "getModulesPaginated", args![sentinel, 10]);
    scene.ask(&safe, "isModuleEnabled", args![module]);
    scene.ask(&safe, "isOwner", args![one]);
    scene.ask(&safe, "getStorageAt", args![0, 5]);
    let hash = args![zero, 5, "0x01020304", 0, 1, 2, 3, none, none, 9];
    scene.ask(&safe, "getTransactionHash", hash);
    scene.ask(&safe, "encodeTransactionData", hash);
    let approved = B256::repeat_byte(9);
    safe.send(&chain, "approveHash", args![approved]).await;
    scene.ask(&safe, "approvedHashes", args![zero, approved]);
    scene.ask(&safe, "checkSignatures", args![approved, "0x", signature]);

    // The handler, asked through the Safe, asks the Safe back.
    let fallback = handler.at("CompatibilityFallbackHandler of the Safe", safe.address);
    scene.show(&fallback);
    scene.ask(&fallback, "getModules", args![]);
    scene.ask(&fallback, "getMessageHash", args!["0x1234"]);
    scene.ask(
        &fallback,
        "getMessageHashForSafe",
        args![safe.address, "0x1234"],
    );
    scene.ask(
        &fallback,
        "isValidSignature(bytes,bytes)",
        args!["0x1234", "0x"],
    );
    scene.ask(
        &fallback,
        "isValidSignature(bytes32,bytes)",
        args![approved, signature],
    );
    let simulate = safe.encode("getThreshold", args![]);
    scene.ask(&fallback, "simulate", args![singleton.address, simulate]);
    let message = args!["0x1234"];
    let signed = fallback.word_of(&chain, "getMessageHash", message).await;
    scene.ask(&safe, "signedMessages", args![signed]);
    scene.words.push(signed);
    scene.words.push(approved);
    (safe, fallback)
}

/// Has a Safe call, by its owner, the first account.
pub async fn execute(chain: &Chain, safe: &Contract, to: Address, data: Bytes) {
    run(chain, safe, to, &data, 0).await;
}

async fn run(chain: &Chain, safe: &Contract, to: Address, data: &Bytes, operation: u8) {
    let none = Address::ZERO;
    let call = args![to, 0, data, operation, 0, 0, 0, none, none, signature()];
    safe.send(chain, "execTransaction", call).await;
}

/// Of the owner that sends: r is the owner, v is 1.
fn signature() -> String {
    let owner = Chain::account(0);
    format!("0x{:0>64}{:0>64}01", format!("{owner:x}"), "0")
}

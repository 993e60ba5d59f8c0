use alloy_primitives::{Address, keccak256};

use super::scene::Scene;
use crate::{Chain, args};

/// An organisation of Aragon's: kernel behind its proxy, access list, an app whose proxy asks the kernel for its code; and MiniMe tokens.
pub async fn aragon(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (zero, one, none) = (Chain::account(0), Chain::account(1), Address::ZERO);
    let package = "@aragon/os";
    let path = |name: &str| format!("build/contracts/{name}");
    let kernel_base = scene.raise(package, &path("Kernel"), args![true]).await;
    let acl_base = scene.raise(package, &path("ACL"), args![]).await;
    let scripts = scene
        .deploy(package, &path("EVMScriptRegistryFactory"), args![])
        .await;
    let arguments = args![kernel_base.address, acl_base.address, scripts.address];
    let factory = scene.deploy(package, &path("DAOFactory"), arguments).await;
    let create = factory.encode("newDAO", args![zero]);
    let made = chain.call(factory.address, create).await;
    let made = made.unwrap_or_else(|error| panic!("{error:?}"));
    factory.send(&chain, "newDAO", args![zero]).await;
    let kernel = kernel_base.at(
        "Kernel behind KernelProxy",
        Address::from_slice(&made[12..32]),
    );
    scene.show(&kernel);
    let proxy = scene.interface(package, &path("KernelProxy"));
    scene.show(&proxy.at("KernelProxy", kernel.address));
    let acl = kernel.address_of(&chain, "acl", args![]).await;
    let acl = acl_base.at("ACL behind AppProxyUpgradeable", acl);
    scene.show(&acl);
    let manage = kernel.word_of(&chain, "APP_MANAGER_ROLE", args![]).await;
    let bases = kernel.word_of(&chain, "APP_BASES_NAMESPACE", args![]).await;
    acl.send(
        &chain,
        "createPermission",
        args![zero, kernel.address, manage, zero],
    )
    .await;
    let app_id = keccak256("stub.aragonpm.test");
    let logic = scene.raise(package, &path("AppStub"), args![]).await;
    kernel
        .send(&chain, "setApp", args![bases, app_id, logic.address])
        .await;
    let arguments = args![kernel.address, app_id, "0x"];
    let proxy = scene
        .deploy(package, &path("AppProxyUpgradeable"), arguments)
        .await;
    let app = logic.at("AppStub behind AppProxyUpgradeable", proxy.address);
    scene.show(&app);
    app.send(&chain, "initialize", args![]).await;
    let role = app.word_of(&chain, "ROLE", args![]).await;
    acl.send(
        &chain,
        "createPermission",
        args![zero, app.address, role, zero],
    )
    .await;
    app.send(&chain, "setValue", args![77]).await;
    acl.send(
        &chain,
        "grantPermissionP",
        args![one, app.address, role, "[1,2]"],
    )
    .await;
    scene.ask(&kernel, "getApp", args![bases, app_id]);
    scene.ask(
        &kernel,
        "hasPermission",
        args![zero, app.address, role, "0x"],
    );
    scene.ask(
        &acl,
        "hasPermission(address,address,bytes32)",
        args![zero, app.address, role],
    );
    scene.ask(&acl, "getPermissionManager", args![app.address, role]);
    scene.ask(
        &acl,
        "getPermissionParamsLength",
        args![one, app.address, role],
    );
    scene.ask(&acl, "getPermissionParam", args![one, app.address, role, 1]);
    scene.ask(&app, "canPerform", args![zero, role, "[1]"]);

    scene.ask(&app, "getEVMScriptExecutor", args!["0x00000001"]);
    scene.ask(&app, "getEVMScriptRegistry", args![]);

    let minime = "@aragon/minime";
    let factory = scene
        .raise(minime, &path("MiniMeTokenFactory"), args![])
        .await;
    let arguments = args![factory.address, none, 0, "Shares", 18, "SHR", true];
    let token = scene.deploy(minime, &path("MiniMeToken"), arguments).await;
    for amount in [100, 50] {
        token
            .send(&chain, "generateTokens", args![one, amount])
            .await;
    }
    let block = scene.block().await;
    // A clone of it asks it for what was before.
    let arguments = args![
        factory.address,
        token.address,
        block,
        "Clone",
        18,
        "CLN",
        true
    ];
    let clone = scene.deploy(minime, &path("MiniMeToken"), arguments).await;
    token.send(&chain, "generateTokens", args![one, 25]).await;
    scene.ask(&token, "balanceOfAt", args![one, block - 1]);
    scene.ask(&token, "balanceOfAt", args![one, block]);
    scene.ask(&clone, "balanceOf", args![one]);
    scene.ask(&clone, "totalSupplyAt", args![block - 1]);
    scene.words = vec![app_id, role, manage, bases];
}

use alloy_primitives::{B256, keccak256};

use super::{contract::Contract, scene::Scene};
use crate::{Artifact, Chain, args};

/// ENS: registry, registry with a fallback to it, resolver, reverse registrar. Returns the resolver and the node `alice.eth`.
pub async fn ens(scene: &mut Scene) -> (Contract, B256) {
    let chain = scene.chain.clone();
    let zero = Chain::account(0);
    let (package, resolvers) = ("@ensdomains/ens", "@ensdomains/resolver");
    let registry = scene
        .deploy(package, "build/contracts/ENSRegistry", args![])
        .await;
    let (eth, reverse) = (child(B256::ZERO, "eth"), child(B256::ZERO, "reverse"));
    for (parent, label) in [(B256::ZERO, "eth"), (B256::ZERO, "reverse"), (eth, "alice")] {
        let own = args![parent, keccak256(label), zero];
        registry.send(&chain, "setSubnodeOwner", own).await;
    }
    let alice = child(eth, "alice");
    let resolver = scene
        .deploy(
            resolvers,
            "build/contracts/PublicResolver",
            args![registry.address],
        )
        .await;
    registry
        .send(&chain, "setResolver", args![alice, resolver.address])
        .await;
    registry.send(&chain, "setTTL", args![alice, 3_600]).await;
    registry
        .send(&chain, "setApprovalForAll", args![Chain::account(1), true])
        .await;
    resolver
        .send(
            &chain,
            "setAddr(bytes32,address)",
            args![alice, Chain::account(1)],
        )
        .await;
    resolver
        .send(
            &chain,
            "setAddr(bytes32,uint256,bytes)",
            args![alice, 0, "0x76a91400112233"],
        )
        .await;
    let about = "A text that does not fit one storage slot, so that it takes several of them.";
    for (key, text) in [("key", "value"), ("description", about)] {
        resolver
            .send(&chain, "setText", args![alice, key, text])
            .await;
        scene.ask(&resolver, "text", args![alice, key]);
    }
    resolver
        .send(&chain, "setContenthash", args![alice, "0xe30101701220"])
        .await;
    resolver
        .send(&chain, "setPubkey", args![alice, eth, reverse])
        .await;
    resolver
        .send(&chain, "setABI", args![alice, 1, "0x5b5d"])
        .await;
    resolver
        .send(
            &chain,
            "setInterface",
            args![alice, "0x5a05180f", registry.address],
        )
        .await;
    scene.ask(
        &resolver,
        "interfaceImplementer",
        args![alice, "0x5a05180f"],
    );
    // What no record says is asked of the address that the name has, which is a contract.
    let bob = child(eth, "bob");
    registry
        .send(
            &chain,
            "setSubnodeOwner",
            args![eth, keccak256("bob"), zero],
        )
        .await;
    resolver
        .send(
            &chain,
            "setAddr(bytes32,address)",
            args![bob, resolver.address],
        )
        .await;
    scene.ask(&resolver, "interfaceImplementer", args![bob, "0x01ffc9a7"]);
    scene.ask(&resolver, "interfaceImplementer", args![bob, "0xffffffff"]);
    scene.ask(
        &resolver,
        "interfaceImplementer",
        args![alice, "0x01ffc9a7"],
    );
    scene.ask(&resolver, "addr(bytes32,uint256)", args![alice, 60]);
    scene.ask(&resolver, "ABI", args![alice, 3]);

    let names = scene
        .deploy(
            resolvers,
            "build/contracts/DefaultReverseResolver",
            args![registry.address],
        )
        .await;
    let arguments = args![registry.address, names.address];
    let registrar = scene
        .deploy(resolvers, "build/contracts/ReverseRegistrar", arguments)
        .await;
    let own = args![reverse, keccak256("addr"), registrar.address];
    registry.send(&chain, "setSubnodeOwner", own).await;
    registrar
        .send_as(&chain, 1, 0, "setName", args!["alice.eth"])
        .await;
    let addr = child(reverse, "addr");
    let label = format!("{:x}", Chain::account(1));
    let node = child(addr, &label);
    scene.ask(&registrar, "node", args![Chain::account(1)]);
    scene.ask(&names, "name", args![node]);
    // The later registry, which asks the older one for what it does not know.
    // Its interface in the package is mixed up with events; it is the first one's.
    let code = Artifact::code("@ensdomains/ens/build/contracts/ENSRegistryWithFallback.json");
    let code = code.unwrap_or_else(|error| panic!("{error}"));
    let later = chain.deploy(&code, registry.address.into_word()).await;
    let later = later.unwrap_or_else(|error| panic!("{error}"));
    let later = registry.at("ENSRegistryWithFallback", later);
    scene.show(&later);
    let own = args![B256::ZERO, keccak256("eth"), zero];
    later.send(&chain, "setSubnodeOwner", own).await;
    scene.ask(&later, "owner", args![alice]);
    scene.ask(&later, "resolver", args![alice]);
    scene.ask(&later, "recordExists", args![eth]);
    scene.words = vec![eth, alice, bob, node, addr];
    (resolver, alice)
}

/// A name's node: the hash of its parent's and its label's.
pub fn child(parent: B256, label: &str) -> B256 {
    keccak256([parent.as_slice(), keccak256(label).as_slice()].concat())
}

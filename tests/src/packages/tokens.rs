use alloy_primitives::{U256, keccak256};

use super::{contract::Contract, scene::Scene};
use crate::{Chain, args};

pub(super) const OPENZEPPELIN: &str = "@openzeppelin/contracts";
const SOLADY: &str = "solady";
const SOLMATE: &str = "@rari-capital/solmate";
const UNIT: u128 = 1_000_000_000_000_000_000;

/// Fungible tokens: of OpenZeppelin, canonical-weth, solmate and solady.
pub async fn tokens(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (one, two) = (Chain::account(1), Chain::account(2));
    scene.words = ["MINTER_ROLE", "PAUSER_ROLE"].map(keccak256).to_vec();
    let path = "build/contracts/ERC20PresetMinterPauser";
    let name = "A token with a name too long for one slot";
    let preset = scene.deploy(OPENZEPPELIN, path, args![name, "LONG"]).await;
    preset.send(&chain, "mint", args![one, 5 * UNIT]).await;
    preset
        .send(&chain, "mint", args![Chain::account(0), UNIT])
        .await;
    preset.send(&chain, "approve", args![two, 77]).await;
    preset.send(&chain, "pause", args![]).await;

    let path = "build/contracts/ERC20PresetFixedSupply";
    let arguments = args!["Fixed", "FIX", UNIT, Chain::account(0)];
    let fixed = scene.deploy(OPENZEPPELIN, path, arguments).await;
    fixed.send(&chain, "transfer", args![one, 1234]).await;

    let votes = scene
        .deploy_compiled(OPENZEPPELIN, "VotesToken", args![])
        .await;
    votes
        .send(&chain, "mint", args![Chain::account(0), 700])
        .await;
    votes
        .send(&chain, "delegate", args![Chain::account(0)])
        .await;
    votes.send(&chain, "snapshot", args![]).await;
    votes.send(&chain, "transfer", args![one, 300]).await;
    votes.send_as(&chain, 1, 0, "delegate", args![two]).await;
    let block = scene.block().await;
    scene.ask(&votes, "getPastVotes", args![two, block - 1]);
    scene.ask(&votes, "getPastVotes", args![Chain::account(0), block - 1]);
    scene.ask(&votes, "getPastTotalSupply", args![block - 1]);
    scene.ask(&votes, "balanceOfAt", args![Chain::account(0), 1]);
    scene.ask(&votes, "checkpoints", args![Chain::account(0), 0]);

    // Without a registry of ERC-1820 there is no ERC-777.
    let weth = scene
        .deploy("canonical-weth", "build/contracts/WETH9", args![])
        .await;
    weth.send_as(&chain, 0, 5_000_000, "deposit", args![]).await;
    weth.send_as(&chain, 1, 7_777, "deposit", args![]).await;
    weth.send(&chain, "approve", args![two, 999]).await;

    let mate = scene
        .deploy_compiled(SOLMATE, "SolmateToken", args![])
        .await;
    mate.send(&chain, "mint", args![one, 1_000_000]).await;
    mate.send_as(&chain, 1, 0, "approve", args![two, 5]).await;
    for name in ["SoladyToken", "SoladyWrapped"] {
        let token = scene.deploy_compiled(SOLADY, name, args![]).await;
        match name {
            "SoladyToken" => token.send(&chain, "mint", args![one, UNIT]).await,
            _ => token.send_as(&chain, 1, 4_321, "deposit", args![]).await,
        }
        token.send_as(&chain, 1, 0, "approve", args![two, 9]).await;
    }
}

/// Collections: ERC-721, 1155 and 6909.
pub async fn collections(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (one, two) = (Chain::account(1), Chain::account(2));
    scene.words = ["MINTER_ROLE", "PAUSER_ROLE"].map(keccak256).to_vec();
    let path = "build/contracts/ERC721PresetMinterPauserAutoId";
    let arguments = args!["Items", "ITM", "https://items.example/"];
    let items = scene.deploy(OPENZEPPELIN, path, arguments).await;
    for to in [Chain::account(0), one, one] {
        items.send(&chain, "mint", args![to]).await;
    }
    items.send(&chain, "approve", args![two, 0]).await;
    items
        .send_as(&chain, 1, 0, "setApprovalForAll", args![two, true])
        .await;
    scene.ask(&items, "tokenURI", args![2]);
    scene.ask(&items, "tokenOfOwnerByIndex", args![one, 1]);

    let path = "build/contracts/ERC1155PresetMinterPauser";
    let many = scene
        .deploy(OPENZEPPELIN, path, args!["https://many.example/{id}"])
        .await;
    many.send(&chain, "mint", args![one, 1, 50, "0x"]).await;
    many.send(&chain, "mint", args![two, 2, 60, "0x"]).await;
    many.send_as(&chain, 1, 0, "setApprovalForAll", args![two, true])
        .await;
    let accounts = format!("[{one},{two}]");
    scene.ask(&many, "balanceOfBatch", args![accounts, "[1,2]"]);

    let votes = scene
        .deploy_compiled(OPENZEPPELIN, "VotesCollection", args![])
        .await;
    for (to, id) in [(one, 1), (one, 2), (two, 10)] {
        votes.send(&chain, "mint", args![to, id]).await;
    }
    votes.send_as(&chain, 1, 0, "delegate", args![two]).await;
    scene.ask(&votes, "getVotes", args![two]);
    scene.ask(&votes, "royaltyInfo", args![1, 10_000]);

    let azuki = scene
        .deploy_compiled("erc721a", "AzukiCollection", args![])
        .await;
    azuki.send(&chain, "mint", args![5]).await;
    azuki.send(&chain, "burn", args![2]).await;
    azuki
        .send(&chain, "transferFrom", args![Chain::account(0), one, 3])
        .await;
    scene.ask(&azuki, "tokensOfOwnerIn", args![Chain::account(0), 0, 4]);
    scene.ask(&azuki, "tokensOfOwner", args![one]);
    scene.ask(&azuki, "explicitOwnershipsOf", args!["[0,2,3,9]"]);

    let items = scene
        .deploy_compiled(SOLMATE, "SolmateItems", args![])
        .await;
    items.send(&chain, "mint", args![one, 1, 5]).await;
    scene.ask(&items, "balanceOfBatch", args![accounts, "[1,1]"]);
    let items = scene.deploy_compiled(SOLADY, "SoladyItems", args![]).await;
    items.send(&chain, "mint", args![one, 1, 5]).await;
    items
        .send_as(&chain, 1, 0, "setOperator", args![two, true])
        .await;
}

/// Vaults (ERC-4626) over tokens, one with a rate from a third contract.
pub async fn vaults(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (asset, _) = upgradeable_token(scene).await;
    let vault = scene
        .deploy_compiled(OPENZEPPELIN, "TokenVault", args![asset.address])
        .await;
    let feed = rate(scene, 150_000_000).await;
    scene.show(&feed);
    let arguments = args![asset.address, feed.address];
    let rated = scene
        .deploy_compiled(OPENZEPPELIN, "RatedVault", arguments)
        .await;
    for vault in [&vault, &rated] {
        asset
            .send(&chain, "approve", args![vault.address, U256::MAX])
            .await;
        vault
            .send(&chain, "deposit", args![3 * UNIT, Chain::account(1)])
            .await;
        asset
            .send(&chain, "mint", args![vault.address, UNIT / 2])
            .await;
        scene.ask(vault, "convertToAssets", args![UNIT]);
        scene.ask(vault, "previewRedeem", args![UNIT]);
        scene.ask(vault, "maxWithdraw", args![Chain::account(1)]);
    }
    let mate = scene
        .deploy_compiled(SOLMATE, "SolmateToken", args![])
        .await;
    let vault = scene
        .deploy_compiled(SOLMATE, "SolmateVault", args![mate.address])
        .await;
    mate.send(&chain, "mint", args![Chain::account(0), 1_000_000])
        .await;
    mate.send(&chain, "approve", args![vault.address, U256::MAX])
        .await;
    vault
        .send(&chain, "deposit", args![600_000, Chain::account(2)])
        .await;
    mate.send(&chain, "mint", args![vault.address, 12_345])
        .await;
    scene.ask(&vault, "convertToShares", args![1_000]);
}

/// A token behind an ERC-1967 proxy that upgrades itself (UUPS), and its implementation.
pub async fn upgradeable_token(scene: &mut Scene) -> (Contract, Contract) {
    let chain = scene.chain.clone();
    let logic = scene
        .compiled("@openzeppelin/contracts-upgradeable", "UupsToken", args![])
        .await;
    let initialize = logic.encode("initialize", args!["Upgradeable", "UP"]);
    let arguments = args![logic.address, initialize];
    let path = "build/contracts/ERC1967Proxy";
    let proxy = scene.raise(OPENZEPPELIN, path, arguments).await;
    let token = logic.at("UupsToken behind ERC1967Proxy", proxy.address);
    token
        .send(&chain, "mint", args![Chain::account(0), 100 * UNIT])
        .await;
    scene.show(&token);
    (token, logic)
}

/// A feed of Chainlink's with an answer, in units of 1e-8.
pub async fn rate(scene: &Scene, answer: u64) -> Contract {
    let path = "abi/v0.6/MockV3Aggregator";
    scene
        .raise("@chainlink/contracts", path, args![8, answer])
        .await
}

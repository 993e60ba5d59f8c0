use alloy_primitives::{Address, B256, U256};

use super::{contract::Contract, scene::Scene};
use crate::{Chain, args};

const PACKAGE: &str = "@balancer-labs/v2-deployments";
const UNIT: u128 = 1_000_000_000_000_000_000;
const WEEK: u64 = 7 * 86_400;

/// What the parts of Balancer share.
struct Balancer {
    chain: Chain,
    authorizer: Contract,
    vault: Contract,
    adaptor: Contract,
    token: Contract,
}

/// Balancer v2: vault and authorizer; voting escrow, gauge controller and delegation in Vyper.
pub async fn balancer(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let zero = Chain::account(0);
    let authorizer = path("20210418-authorizer", "Authorizer");
    let authorizer = scene.deploy(PACKAGE, &authorizer, args![zero]).await;
    let weth = "build/contracts/WETH9";
    let weth = scene.deploy("canonical-weth", weth, args![]).await;
    let arguments = args![authorizer.address, weth.address, 7_776_000, 2_592_000];
    let vault = path("20210418-vault", "Vault");
    let vault = scene.deploy(PACKAGE, &vault, arguments).await;
    let approve = args![zero, Chain::account(1), true];
    vault.send(&chain, "setRelayerApproval", approve).await;
    scene.ask(&vault, "hasApprovedRelayer", args![zero, Chain::account(1)]);
    let adaptor = path("20220325-authorizer-adaptor", "AuthorizerAdaptor");
    let adaptor = scene.deploy(PACKAGE, &adaptor, args![vault.address]).await;
    let token = path("20220325-test-balancer-token", "TestBalancerToken");
    let token = scene
        .deploy(PACKAGE, &token, args![zero, "Pool token", "BPT"])
        .await;
    let minter = token.word_of(&chain, "MINTER_ROLE", args![]).await;
    token.send(&chain, "grantRole", args![minter, zero]).await;
    token.send(&chain, "mint", args![zero, 1_000 * UNIT]).await;

    // The first account plays a pool.
    let register = vault.encode("registerPool", args![0]);
    let id = chain.call(vault.address, register).await;
    let id = id.unwrap_or_else(|error| panic!("{error:?}"));
    vault.send(&chain, "registerPool", args![0]).await;
    let mut assets = [token.address, weth.address];
    assets.sort();
    let tokens = format!("[{},{}]", assets[0], assets[1]);
    let register = args![id, tokens, format!("[{zero},{zero}]")];
    vault.send(&chain, "registerTokens", register).await;
    scene.ask(&vault, "getPool", args![id]);
    scene.ask(&vault, "getPoolTokens", args![id]);
    scene.ask(&vault, "getPoolTokenInfo", args![id, token.address]);

    let balancer = Balancer {
        chain,
        authorizer,
        vault,
        adaptor,
        token,
    };
    scene.words = vec![minter];
    scene.accounts = vec![Address::repeat_byte(0xba)];
    balancer.votes(scene).await;
    balancer.admin(scene).await;
}

impl Balancer {
    /// Locked tokens vote; gauges are voted on.
    async fn votes(&self, scene: &mut Scene) {
        let (chain, zero, gauges) = (&self.chain, Chain::account(0), "20220325-gauge-controller");
        let adaptor = self.adaptor.address;
        let arguments = args![self.token.address, "Vote escrow", "veBPT", adaptor];
        let escrow = path(gauges, "VotingEscrow");
        let escrow = scene.deploy(PACKAGE, &escrow, arguments).await;
        self.token
            .send(chain, "approve", args![escrow.address, U256::MAX])
            .await;
        let now = scene.now().await;
        let until = now + 26 * WEEK;
        escrow
            .send(chain, "create_lock", args![100 * UNIT, until])
            .await;
        escrow.send(chain, "checkpoint", args![]).await;
        escrow.send(chain, "increase_amount", args![UNIT]).await;
        let block = scene.block().await;
        let later = args![zero, now + 10_000_000];
        scene.ask(&escrow, "balanceOf(address)", args![zero]);
        scene.ask(&escrow, "balanceOf(address,uint256)", later);
        scene.ask(&escrow, "balanceOfAt", args![zero, block - 1]);
        scene.ask(&escrow, "totalSupplyAt", args![block - 1]);
        scene.ask(&escrow, "totalSupply(uint256)", args![now + 1_000_000]);
        scene.ask(&escrow, "user_point_history", args![zero, 1]);
        scene.ask(&escrow, "slope_changes", args![until / WEEK * WEEK]);

        let arguments = args![escrow.address, adaptor];
        let controller = path(gauges, "GaugeController");
        let controller = scene.deploy(PACKAGE, &controller, arguments).await;
        let gauge = Address::repeat_byte(0xba);
        for call in [
            controller.encode("add_type", args!["Ethereum"]),
            controller.encode("add_gauge", args![gauge, 0]),
        ] {
            self.may(&self.adaptor, &call[..4]).await;
            let perform = args![controller.address, call];
            self.adaptor.send(chain, "performAction", perform).await;
        }
        scene.ask(&controller, "gauge_types", args![gauge]);

        let delegation = path("20220325-ve-delegation", "VotingEscrowDelegation");
        let base = "https://boost.example/";
        let arguments = args![escrow.address, "Boost", "veBoost", base, adaptor];
        let delegation = scene.deploy(PACKAGE, &delegation, arguments).await;
        scene.ask(&delegation, "adjusted_balance_of", args![zero]);
        scene.ask(&delegation, "get_token_id", args![zero, 1]);
        scene.numbers = vec![U256::from(now), U256::from(block - 1)];
    }

    /// What mints the token from now on.
    async fn admin(&self, scene: &mut Scene) {
        let admin = path("20220325-balancer-token-admin", "BalancerTokenAdmin");
        let arguments = args![self.vault.address, self.token.address];
        let admin = scene.deploy(PACKAGE, &admin, arguments).await;
        let all = args![B256::ZERO, admin.address];
        self.token.send(&self.chain, "grantRole", all).await;
        // The times that others are asked about are before it begins.
        scene.wait(3_600).await;
        let activate = admin.encode("activate", args![]);
        self.may(&admin, &activate).await;
        admin.send(&self.chain, "activate", args![]).await;
        let now = scene.now().await;
        let time = args![now + 100, now + 40_000_000];
        scene.ask(&admin, "mintableInTimeframe", time);
        scene.ask(&admin, "mintable_in_timeframe", time);
    }

    /// Lets the first account do something.
    async fn may(&self, of: &Contract, selector: &[u8]) {
        let selector = args![alloy_primitives::hex::encode_prefixed(selector)];
        let action = of.word_of(&self.chain, "getActionId", selector).await;
        let grant = args![action, Chain::account(0)];
        self.authorizer.send(&self.chain, "grantRole", grant).await;
    }
}

fn path(task: &str, name: &str) -> String {
    format!("dist/tasks/{task}/artifact/{name}")
}

//! A vault whose reads take several contracts.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolValue, sol};
use smartsync_execution::Read;
use smartsync_groups::Question;

use crate::stage::{Stage, create};

sol! {
    interface Rate {
        function set(uint256 rate_) external;
    }

    interface Token {
        function upgradeTo(address implementation) external;
        function mint(address to, uint256 amount) external;
    }
}

const ORACLE: &str = include_str!("../../../../tests/fixtures/artifacts/Oracle.json");
const SHARES: &str = include_str!("../../../../tests/fixtures/artifacts/Shares.json");
const DOUBLED: &str = include_str!("../../../../tests/fixtures/artifacts/DoubledShares.json");
const PROXY: &str = include_str!("../../../../tests/fixtures/artifacts/UpgradeableProxy.json");
const VAULT: &str = include_str!("../../../../tests/fixtures/artifacts/RateVault.json");

/// A vault over an upgradeable token, with a rate from a third contract.
pub struct Vault {
    pub vault: Address,
    pub token: Address,
    pub oracle: Address,
    logics: [Address; 2],
}

impl Vault {
    pub async fn deploy(stage: &Stage) -> Self {
        let source = &stage.source;
        let logics = [
            create(source, SHARES, &[]).await,
            create(source, DOUBLED, &[]).await,
        ];
        let token = create(source, PROXY, &logics[0].abi_encode()).await;
        let rate = U256::from(3_000_000_000_000_000_000_u64);
        let oracle = create(source, ORACLE, &rate.abi_encode()).await;
        let vault = create(source, VAULT, &(token, oracle).abi_encode()).await;
        Self {
            vault,
            token,
            oracle,
            logics,
        }
    }

    pub fn questions(&self) -> Vec<Question> {
        let ask = |function: &str, arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            Question::parse(self.vault, Address::ZERO, function, &arguments).expect("a question")
        };
        vec![
            ask("convertToAssets(uint256)(uint256)", &["1000"]),
            ask("totalAssets()(uint256)", &[]),
        ]
    }

    /// A vault of its own over the same token.
    pub async fn beside(&self, stage: &Stage) -> Self {
        let oracle = create(&stage.source, ORACLE, &U256::from(1).abi_encode()).await;
        let arguments = (self.token, oracle).abi_encode();
        let vault = create(&stage.source, VAULT, &arguments).await;
        Self {
            vault,
            token: self.token,
            oracle,
            logics: self.logics,
        }
    }

    pub fn reads(&self) -> Vec<Read> {
        let questions = self.questions().into_iter();
        questions.map(|question| question.read).collect()
    }

    /// One slot of the oracle.
    pub async fn set_rate(&self, stage: &Stage, rate: u64) {
        let rate_ = U256::from(rate);
        let set = Rate::setCall { rate_ };
        stage.send(self.oracle, &set).await.expect("set");
    }

    /// One slot of the token: its implementation is the first or the second one.
    pub async fn upgrade(&self, stage: &Stage, to: usize) {
        let implementation = self.logics[to];
        let upgrade = Token::upgradeToCall { implementation };
        stage.send(self.token, &upgrade).await.expect("upgraded");
    }

    /// One slot of the token, while its implementation is the first one.
    pub async fn mint(&self, stage: &Stage) {
        let mint = Token::mintCall {
            to: self.vault,
            amount: U256::from(1),
        };
        stage.send(self.token, &mint).await.expect("minted");
    }
}

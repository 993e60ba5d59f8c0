use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;

use crate::{
    Chain, Error, Stage, World, args,
    packages::{Contract, Scene, aave, aragon, ens, safe, uniswap_v3},
    pass,
};

const OPENZEPPELIN: &str = "@openzeppelin/contracts";

/// What people read of contracts that are too large to mirror, by the contracts of npm packages.
#[derive(Clone, Copy, Debug)]
pub enum Protocol {
    /// One slot of a plain contract.
    Slot,
    /// A wrapper's rate, of a pool behind Aragon's proxy and kernel.
    AragonRate,
    /// The pool's rate behind OpenZeppelin's ERC-1967 proxy, as UUPS contracts have it.
    UupsRate,
    /// The same behind a beacon's proxy.
    BeaconRate,
    /// A pool's cumulative ticks, now and half an hour ago.
    UniswapObserve,
    /// Data of a reserve.
    AaveReserve,
    /// A name's resolver, and the address that it has there.
    EnsAddress,
    /// Owners of a Safe.
    SafeOwners,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct ProtocolRead {
    /// Accounts and calldata.
    pub calls: Vec<(Address, Bytes)>,
    /// Accounts that have many slots on mainnet.
    pub large: Vec<Address>,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Slot,
        Self::AragonRate,
        Self::UupsRate,
        Self::BeaconRate,
        Self::UniswapObserve,
        Self::AaveReserve,
        Self::EnsAddress,
        Self::SafeOwners,
    ];

    /// What it is called in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slot => "one slot of a plain contract",
            Self::AragonRate => "a rate like wstETH's, through Aragon's proxy and kernel",
            Self::UupsRate => "a rate through an ERC-1967 (UUPS) proxy",
            Self::BeaconRate => "a rate through a beacon's proxy",
            Self::UniswapObserve => "Uniswap v3 `observe([1800,0])`",
            Self::AaveReserve => "Aave v2 `getReserveData`",
            Self::EnsAddress => "ENS: `resolver`, then `addr`",
            Self::SafeOwners => "a Safe's `getOwners`",
        }
    }

    /// Sets its contracts up on the source chain.
    ///
    /// # Panics
    /// When a package's contract does not do what it is known to do.
    pub async fn set_up(self, stage: &Stage) -> Result<ProtocolRead, Error> {
        let mut scene = Scene::new(&stage.source);
        let ask = |contract: &Contract, function: &str, arguments: &[String]| {
            (contract.address, contract.encode(function, arguments))
        };
        let read = |calls: Vec<(Address, Bytes)>, large: Address| ProtocolRead {
            calls,
            large: vec![large],
        };
        Ok(match self {
            Self::Slot => {
                let world = stage.on_source(&World::BYTECODE, []).await?;
                let stored = World::storedCall {}.abi_encode();
                read(vec![(world, stored.into())], world)
            }
            Self::AragonRate => aragon_rate(&mut scene).await,
            Self::UupsRate => {
                let logic = scene.compiled(OPENZEPPELIN, "StakingPool", args![]).await;
                let arguments = args![logic.address, "0x"];
                rate_behind(&scene, &logic, "ERC1967Proxy", arguments).await
            }
            Self::BeaconRate => {
                let logic = scene.compiled(OPENZEPPELIN, "StakingPool", args![]).await;
                let beacon = "build/contracts/UpgradeableBeacon";
                let beacon = scene
                    .raise(OPENZEPPELIN, beacon, args![logic.address])
                    .await;
                let arguments = args![beacon.address, "0x"];
                rate_behind(&scene, &logic, "BeaconProxy", arguments).await
            }
            Self::UniswapObserve => {
                let (pool, _) = uniswap_v3(&mut scene).await;
                pass(stage, 3_600).await;
                let call = ask(&pool, "observe", args!["[1800,0]"]);
                read(vec![call], pool.address)
            }
            Self::AaveReserve => {
                aave(&mut scene).await;
                let pool = named(&scene, "LendingPool behind its proxy");
                let asset = named(&scene, "ERC20");
                let call = ask(&pool, "getReserveData", args![asset.address]);
                read(vec![call], pool.address)
            }
            Self::EnsAddress => {
                let (resolver, name) = ens(&mut scene).await;
                let registry = named(&scene, "ENSRegistry");
                ProtocolRead {
                    calls: vec![
                        ask(&registry, "resolver", args![name]),
                        ask(&resolver, "addr(bytes32)", args![name]),
                    ],
                    large: vec![registry.address, resolver.address],
                }
            }
            Self::SafeOwners => {
                let (safe, _) = safe(&mut scene).await;
                ProtocolRead {
                    calls: vec![ask(&safe, "getOwners", args![])],
                    large: Vec::new(),
                }
            }
        })
    }
}

fn named(scene: &Scene, name: &str) -> Contract {
    let found = scene.contracts.iter().find(|each| each.name == name);
    found.cloned().unwrap_or_else(|| panic!("no {name}"))
}

/// A wrapper asks a pool, whose proxy asks an organisation's kernel for its code.
async fn aragon_rate(scene: &mut Scene) -> ProtocolRead {
    let chain = scene.chain.clone();
    aragon(scene).await;
    let kernel = named(scene, "Kernel behind KernelProxy");
    let package = "@aragon/os";
    let logic = scene.compiled(package, "StakingPool", args![]).await;
    let bases: B256 = kernel.word_of(&chain, "APP_BASES_NAMESPACE", args![]).await;
    let app_id = keccak256("pool.aragonpm.test");
    kernel
        .send(&chain, "setApp", args![bases, app_id, logic.address])
        .await;
    let proxy = "build/contracts/AppProxyUpgradeable";
    let arguments = args![kernel.address, app_id, "0x"];
    let proxy = scene.raise(package, proxy, arguments).await;
    fill(&chain, &logic.at("pool", proxy.address)).await;
    let wrapped = scene
        .compiled(package, "WrappedStake", args![proxy.address])
        .await;
    ProtocolRead {
        calls: vec![(wrapped.address, wrapped.encode("stEthPerToken", args![]))],
        large: vec![proxy.address],
    }
}

async fn rate_behind(
    scene: &Scene,
    logic: &Contract,
    proxy: &str,
    arguments: &[String],
) -> ProtocolRead {
    let proxy = format!("build/contracts/{proxy}");
    let proxy = scene.raise(OPENZEPPELIN, &proxy, arguments).await;
    let pool = logic.at("pool", proxy.address);
    fill(&scene.chain, &pool).await;
    let one = 10_u128.pow(18);
    ProtocolRead {
        calls: vec![(
            pool.address,
            pool.encode("getPooledEthByShares", args![one]),
        )],
        large: vec![pool.address],
    }
}

/// Some 9 million ether, 1.2 for a share.
async fn fill(chain: &Chain, pool: &Contract) {
    let ether = 10_u128.pow(18);
    let numbers = args![
        7_500_000 * ether,
        5_000 * ether,
        8_998_400 * ether,
        281_250,
        281_200
    ];
    pool.send(chain, "set", numbers).await;
}

use alloy_primitives::{B256, U256, keccak256};

use super::{scene::Scene, tokens::OPENZEPPELIN};
use crate::{Chain, args};

/// Governors with their tokens and time locks, of OpenZeppelin and Uniswap, and who may do what.
pub async fn governance(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (zero, one, two) = (Chain::account(0), Chain::account(1), Chain::account(2));
    let votes = scene
        .deploy_compiled(OPENZEPPELIN, "VotesToken", args![])
        .await;
    votes.send(&chain, "mint", args![zero, 700]).await;
    votes.send(&chain, "delegate", args![zero]).await;
    let arguments = args![votes.address];
    let governor = scene
        .deploy_compiled(OPENZEPPELIN, "TokenGovernor", arguments)
        .await;
    let mint = votes.encode("mint", args![one, 1]);
    let targets = format!("[{}]", votes.address);
    let calls = format!("[{mint}]");
    governor
        .send(&chain, "propose", args![targets, "[0]", calls, "more"])
        .await;
    let description = keccak256("more");
    let arguments = args![targets, "[0]", calls, description];
    let proposal = governor.word_of(&chain, "hashProposal", arguments).await;
    let proposal = U256::from_be_bytes(proposal.0);
    scene.ask(&governor, "hashProposal", arguments);
    scene.mine().await;
    scene.mine().await;
    governor.send(&chain, "castVote", args![proposal, 1]).await;
    for name in [
        "state",
        "proposalVotes",
        "proposalSnapshot",
        "proposalDeadline",
    ] {
        scene.ask(&governor, name, args![proposal]);
    }
    scene.ask(&governor, "hasVoted", args![proposal, zero]);
    let block = scene.block().await;
    scene.ask(&governor, "getVotes", args![zero, block - 1]);
    scene.ask(&governor, "quorum", args![block - 1]);

    // A time lock with an operation that waits, and one that is ready.
    scene.words = ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"]
        .map(keccak256)
        .to_vec();
    for package in [OPENZEPPELIN, "openzeppelin-5"] {
        let arguments = args![0, format!("[{zero}]"), format!("[{one}]"), zero];
        let lock = scene
            .deploy(package, "build/contracts/TimelockController", arguments)
            .await;
        for (salt, delay) in [(1, 0), (2, 1_000_000)] {
            let salt = B256::with_last_byte(salt);
            let operation = args![votes.address, 0, mint, B256::ZERO, salt];
            let id = lock.word_of(&chain, "hashOperation", operation).await;
            let schedule = args![votes.address, 0, mint, B256::ZERO, salt, delay];
            lock.send(&chain, "schedule", schedule).await;
            scene.words.push(id);
            for name in [
                "isOperation",
                "isOperationPending",
                "isOperationReady",
                "getTimestamp",
            ] {
                scene.ask(&lock, name, args![id]);
            }
        }
    }

    let manager = scene
        .deploy(
            "openzeppelin-5",
            "build/contracts/AccessManager",
            args![zero],
        )
        .await;
    manager.send(&chain, "grantRole", args![7, one, 0]).await;
    manager
        .send(&chain, "grantRole", args![7, two, 3_600])
        .await;
    manager.send(&chain, "setRoleAdmin", args![7, 9]).await;
    let selectors = format!("[{}]", votes.function("mint", 2).selector());
    manager
        .send(
            &chain,
            "setTargetFunctionRole",
            args![votes.address, selectors, 7],
        )
        .await;
    for account in [one, two, zero] {
        let selector = votes.function("mint", 2).selector();
        scene.ask(&manager, "canCall", args![account, votes.address, selector]);
        scene.ask(&manager, "hasRole", args![7, account]);
        scene.ask(&manager, "getAccess", args![7, account]);
    }
    scene.ask(
        &manager,
        "getTargetFunctionRole",
        args![votes.address, votes.function("mint", 2).selector()],
    );

    let governance = "@uniswap/governance";
    let uni = scene
        .deploy(
            governance,
            "build/Uni",
            args![zero, zero, 4_000_000_000_u64],
        )
        .await;
    let lock = scene
        .deploy(governance, "build/Timelock", args![zero, 172_800])
        .await;
    let alpha = scene
        .deploy(
            governance,
            "build/GovernorAlpha",
            args![lock.address, uni.address],
        )
        .await;
    uni.send(&chain, "delegate", args![zero]).await;
    scene.mine().await;
    let call = args![
        targets,
        "[0]",
        r#"["mint(address,uint256)"]"#,
        calls,
        "more"
    ];
    alpha.send(&chain, "propose", call).await;
    scene.mine().await;
    alpha.send(&chain, "castVote", args![1, true]).await;
    scene.ask(&alpha, "getReceipt", args![1, zero]);
    scene.ask(&alpha, "getActions", args![1]);
    let block = scene.block().await;
    scene.ask(&uni, "getPriorVotes", args![zero, block - 1]);
    let eta = 4_000_000_000_u64;
    lock.send(
        &chain,
        "queueTransaction",
        args![uni.address, 0, "x()", "0x", eta],
    )
    .await;
    let begin = args![
        uni.address,
        one,
        1_000,
        4_000_000_000_u64,
        4_000_000_001_u64,
        4_000_000_002_u64
    ];
    scene
        .deploy(governance, "build/TreasuryVester", begin)
        .await;
    scene.numbers = vec![proposal, U256::from(block - 1)];
}

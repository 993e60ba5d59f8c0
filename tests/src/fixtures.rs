//! The Solidity fixtures (`tests/fixtures`), by their committed artifacts.

use alloy_sol_types::sol;

sol!(BlockHashBuffer, "fixtures/artifacts/BlockHashBuffer.json");
sol!(BurningRoot, "fixtures/artifacts/BurningRoot.json");
sol!(CallerReader, "fixtures/artifacts/CallerReader.json");
sol!(ChangeLab, "fixtures/artifacts/ChangeLab.json");
sol!(Consumer, "fixtures/artifacts/Consumer.json");
sol!(Delegator, "fixtures/artifacts/Delegator.json");
sol!(Echo, "fixtures/artifacts/Echo.json");
sol!(ExchangePair, "fixtures/artifacts/ExchangePair.json");
sol!(FeedConsumer, "fixtures/artifacts/FeedConsumer.json");
sol!(FeedScanner, "fixtures/artifacts/FeedScanner.json");
sol!(Forcer, "fixtures/artifacts/Forcer.json");
sol!(GasScanner, "fixtures/artifacts/GasScanner.json");
sol!(MirrorReader, "fixtures/artifacts/MirrorReader.json");
sol!(NameRegistry, "fixtures/artifacts/NameRegistry.json");
sol!(NosyProver, "fixtures/artifacts/NosyProver.json");
sol!(ProvenConsumer, "fixtures/artifacts/ProvenConsumer.json");
sol!(PuppetProver, "fixtures/artifacts/PuppetProver.json");
sol!(Reenterer, "fixtures/artifacts/Reenterer.json");
sol!(Reverter, "fixtures/artifacts/Reverter.json");
sol!(SelectorClash, "fixtures/artifacts/SelectorClash.json");
sol!(SelfReader, "fixtures/artifacts/SelfReader.json");
sol!(ShortRoot, "fixtures/artifacts/ShortRoot.json");
sol!(SlotTable, "fixtures/artifacts/SlotTable.json");
sol!(ThirstyRoot, "fixtures/artifacts/ThirstyRoot.json");
sol!(ToldRoot, "fixtures/artifacts/ToldRoot.json");
sol!(TransientReader, "fixtures/artifacts/TransientReader.json");
sol!(Writer, "fixtures/artifacts/Writer.json");
sol!(Leaf, "fixtures/artifacts/Leaf.json");
sol!(UpgradeableProxy, "fixtures/artifacts/UpgradeableProxy.json");
sol!(VaultV1, "fixtures/artifacts/VaultV1.json");
sol!(VaultV2, "fixtures/artifacts/VaultV2.json");
sol!(World, "fixtures/artifacts/World.json");
sol!(Oracle, "fixtures/artifacts/Oracle.json");
sol!(Shares, "fixtures/artifacts/Shares.json");
sol!(DoubledShares, "fixtures/artifacts/DoubledShares.json");
sol!(RateVault, "fixtures/artifacts/RateVault.json");
sol!(ChainConfig, "fixtures/artifacts/ChainConfig.json");
sol!(DisputeGame, "fixtures/artifacts/DisputeGame.json");
sol!(FinalBlocks, "fixtures/artifacts/FinalBlocks.json");
sol!(GameFactory, "fixtures/artifacts/GameFactory.json");
sol!(GameRegistry, "fixtures/artifacts/GameRegistry.json");
sol!(GuardedRegistry, "fixtures/artifacts/GuardedRegistry.json");
sol!(
    MovedGameRegistry,
    "fixtures/artifacts/MovedGameRegistry.json"
);
sol!(OutboxList, "fixtures/artifacts/OutboxList.json");
sol!(PauseSwitch, "fixtures/artifacts/PauseSwitch.json");
sol!(Portal, "fixtures/artifacts/Portal.json");
sol!(RollupContract, "fixtures/artifacts/RollupContract.json");
sol!(SendRoots, "fixtures/artifacts/SendRoots.json");
sol!(SuperGame, "fixtures/artifacts/SuperGame.json");

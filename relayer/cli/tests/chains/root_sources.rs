//! Root sources without signers, deployed and brought up to date by the relayer.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;
use relayer::{Error, MemberOption, MigrateOptions, Relayer, deploy, migrate, status, sync};
use smartsync_chain::{RawHeader, Submitter, Transaction};
use smartsync_doctor::{DoctorOptions, doctor};
use smartsync_roots::{RootSourceError, RootSourceKind, SignatureSources};
use smartsync_service::{Hold, Policy};

use crate::{
    rooted::Rooted,
    stage::{connect, key},
    watched::{hold_of, is_synced, options, watch_until},
};

sol! {
    /// A buffer that anybody fills.
    interface BlockHashBuffer {
        function push(uint256 number, bytes32 blockHash) external;
    }
}

impl Rooted {
    async fn header(&self, block: u64) -> RawHeader {
        RawHeader::fetch(self.stage.source.chain(), block)
            .await
            .expect("a header")
    }

    async fn push(&self, block: u64, hash: B256) {
        let call = BlockHashBuffer::pushCall {
            number: U256::from(block),
            blockHash: hash,
        };
        let transaction = Transaction {
            call: "push",
            to: Some(self.buffer),
            value: U256::ZERO,
            data: alloy_sol_types::SolCall::abi_encode(&call).into(),
        };
        self.relayer
            .submitter
            .send(transaction)
            .await
            .expect("pushed");
    }

    async fn push_real(&self, block: u64) {
        self.push(block, self.header(block).await.header.hash).await;
    }

    /// What the doctor says of the buffer.
    async fn doctor(&self) -> (bool, String) {
        let deployment = relayer::Deployment::load(&self.path).expect("loaded");
        let report = doctor(&DoctorOptions {
            source: Some(&self.relayer.source),
            target: Some(self.relayer.target()),
            deployment: Some(&deployment),
            ..DoctorOptions::default()
        })
        .await;
        let mut checks = report.checks.into_iter();
        let check = checks.find(|check| check.name == "block-hash buffer");
        check
            .map(|check| (check.works, check.detail))
            .expect("it is looked at")
    }
}

fn at(block: u64) -> MigrateOptions {
    MigrateOptions {
        block: Some(block),
        ..MigrateOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sparse_buffer_is_used_as_it_is_and_reached_down_from_by_parents() {
    let rooted = Rooted::start(|options| {
        options.root_source.kind = Some(RootSourceKind::ParentChain);
    })
    .await;
    let (stage, relayer) = (&rooted.stage, &rooted.relayer);
    let again = deploy(&relayer.submitter, Some(&rooted.path), &rooted.options)
        .await
        .expect("nothing left to do");
    assert_eq!(again.deployed, Vec::<&str>::new());

    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    for round in 0..3 {
        stage.write(table, &[(3, round + 1)]).await;
    }
    let head = block + 3;
    let error = migrate(relayer, table, &at(block))
        .await
        .expect_err("the buffer knows nothing");
    let buffer = rooted.buffer;
    let searched = format!(
        "source block {block} is not in the block-hash buffer {buffer}, nor is one of the 3 after it"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "{searched}; nothing was pushed to it yet: anyone can push a newer one from the source chain (`smartsync push`)"
        )
    );
    let report = rooted.doctor().await;
    assert_eq!(
        report,
        (false, format!("nothing was pushed to {buffer} yet"))
    );
    rooted.push_real(block - 1).await;
    let error = migrate(relayer, table, &at(block))
        .await
        .expect_err("the buffer knows an older one only");
    assert!(
        matches!(
            error,
            Error::RootSource(RootSourceError::NotInBuffer { block: of, searched: 3, newest: Some(newest), .. })
                if (of, newest) == (block, block - 1)
        ),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("; the newest pushed is {}: ", block - 1)),
        "{error}"
    );
    let report = rooted.doctor().await;
    let newest = format!(
        "the newest block pushed to {buffer} is {}, 4 behind the source's newest",
        block - 1
    );
    assert_eq!(report, (true, newest));
    rooted.push(block, B256::repeat_byte(7)).await;
    let error = migrate(relayer, table, &at(block))
        .await
        .expect_err("the buffer knows another hash");
    assert!(
        matches!(
            error,
            Error::RootSource(RootSourceError::OtherHashInBuffer { .. })
        ),
        "{error}"
    );

    // Two blocks later is in the buffer: the mirror is made at the block before, by way of its parents.
    rooted.push_real(head - 1).await;
    let migrated = migrate(relayer, table, &at(head - 2))
        .await
        .expect("migrated");
    assert_eq!(migrated.source_block, head - 2);
    // Then the newest block that the buffer leads to is the newest in it.
    let synced = sync(relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!((synced.source_block, synced.changes), (head - 1, 1));
    rooted.push_real(head).await;
    let synced = sync(relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!((synced.source_block, synced.changes), (head, 1));
    rooted.mirrored(table, migrated.proxy).await;
    // A watch says what it waits for, and goes on when it is pushed.
    stage.write(table, &[(3, 9)]).await;
    let watched = options(&[(table, Policy::default())]);
    let mut held = None;
    watch_until(relayer, &watched, |event| {
        held = held.or(hold_of(event));
        held.is_some()
    })
    .await;
    let hold = Hold::Unpushed {
        block: head + 1,
        newest: Some(head),
    };
    assert_eq!(held, Some(hold));
    assert_eq!(
        hold.to_string(),
        format!(
            "source block {} is not in the block-hash buffer; the newest pushed is {head}",
            head + 1
        )
    );
    let head = head + 1;
    rooted.push_real(head).await;
    watch_until(relayer, &watched, |event| is_synced(event).is_some()).await;
    rooted.mirrored(table, migrated.proxy).await;
    let report = status(relayer).await.expect("a status");
    assert_eq!(
        (report.root_source, report.latest_known_block),
        (relayer.root_source.address(), head)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_way_down_takes_several_transactions_of_parents() {
    let rooted = Rooted::start(|options| {
        options.root_source.kind = Some(RootSourceKind::ParentChain);
    })
    .await;
    let (stage, relayer) = (&rooted.stage, &rooted.relayer);
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    let _mined: serde_json::Value = stage
        .source
        .chain()
        .request("anvil_mine", ("0xfa",))
        .await
        .expect("mined");
    rooted.push_real(block + 250).await;
    let before = relayer.target().head().await.expect("a head");
    let migrated = migrate(relayer, table, &at(block)).await.expect("migrated");
    rooted.mirrored(table, migrated.proxy).await;
    // The header in the buffer, 250 parents, and what a migration is.
    let sent = relayer.target().head().await.expect("a head") - before;
    let migration = migrated.transactions.len() as u64;
    assert!(
        (migration + 3..=migration + 5).contains(&sent),
        "{sent} transactions, {migration} of the migration"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_combined_root_source_is_brought_up_by_all_its_members_or_as_many_as_it_wants() {
    let rooted = Rooted::start(|options| {
        options.root_source.kind = Some(RootSourceKind::Combined);
        options.signers = vec![key(9).address()];
    })
    .await;
    let (stage, relayer) = (&rooted.stage, &rooted.relayer);
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    // The notary's member signs; the buffer's cannot be brought up.
    let error = migrate(relayer, table, &at(block))
        .await
        .expect_err("one of two is too few");
    let Error::RootSource(RootSourceError::TooFewMembers {
        got: 1, problems, ..
    }) = &error
    else {
        panic!("{error}");
    };
    assert!(
        problems.iter().any(|problem| problem.contains("buffer")),
        "{error}"
    );
    rooted.push_real(block).await;
    let migrated = migrate(relayer, table, &at(block)).await.expect("migrated");
    rooted.mirrored(table, migrated.proxy).await;
    stage.write(table, &[(2, 0), (3, 3)]).await;
    rooted.push_real(block + 1).await;
    let synced = sync(relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!(synced.source_block, block + 1);
    rooted.mirrored(table, migrated.proxy).await;

    // One of two is no quorum: two answers could each have one. Alone the buffer's will do, without the notary's key.
    let mut options = rooted.options.clone();
    options.root_source.members = [true, false]
        .map(|notary| MemberOption::Address(rooted_member(&rooted, notary)))
        .to_vec();
    options.root_source.member_threshold = Some(1);
    let refused = deploy(&relayer.submitter, Some(&rooted.path), &options).await;
    assert!(refused.is_err(), "{refused:?}");
    options.root_source.members = vec![MemberOption::Address(rooted_member(&rooted, false))];
    let report = deploy(&relayer.submitter, Some(&rooted.path), &options)
        .await
        .expect("deployed");
    assert_eq!(report.deployed, ["combined", "registry"]);
    let submitter = Submitter::new(
        connect(smartsync_chain::Side::Target, &stage.chains[1]).await,
        key(0),
    );
    let without_key = Relayer::new(
        stage.source.chain().clone(),
        submitter,
        SignatureSources::default(),
        &report.deployment,
        &rooted.path,
    )
    .expect("a relayer");
    stage.write(table, &[(4, 4)]).await;
    rooted.push_real(block + 2).await;
    let migrated = migrate(&without_key, table, &at(block + 2))
        .await
        .expect("migrated");
    rooted.mirrored(table, migrated.proxy).await;
}

fn rooted_member(rooted: &Rooted, notary: bool) -> Address {
    let deployment = relayer::Deployment::load(&rooted.path).expect("loaded");
    let member = match notary {
        true => deployment.notary,
        false => deployment.parent_chain,
    };
    member.expect("a member").address
}

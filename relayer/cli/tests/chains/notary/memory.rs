//! The journal: what was signed is known whatever happens to the process or the disk.

use alloy::transports::http::reqwest;
use smartsync_chain::RawHeader;
use smartsync_notary_service::{Journal, JournalError, Owner};
use smartsync_roots::SignedHeader;

use super::{
    honest,
    process::Process,
    service::{get, refused, serve, signed},
};
use crate::stage::{Stage, key};

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_back_on_a_signed_block_gets_no_second_signature() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let source = stage.source.chain().clone();
    let table = stage.slot_table().await;
    let snapshot: serde_json::Value = source.request("evm_snapshot", ()).await.expect("kept");
    stage.write(table, &[(1, 1)]).await;
    let block = source.head().await.expect("a head");

    let service = serve(&stage, 0, honest(&stage, 1), &journal).await;
    let before = signed(service.url.as_str(), block).await;
    // A second one finds the journal locked.
    let second = Journal::open(
        &journal,
        Owner {
            signer: key(0).address(),
            source_chain_id: source.chain_id(),
        },
    );
    assert!(matches!(second, Err(JournalError::InUse(_))));

    let reverted: bool = source
        .request("evm_revert", (snapshot,))
        .await
        .expect("went back");
    assert!(reverted);
    stage.write(table, &[(1, 2)]).await;
    stage.write(table, &[(1, 3)]).await;
    let other = RawHeader::fetch(&source, block).await.expect("a header");
    assert_ne!(other.header.hash, before.block_hash);
    let conflict = (409, "OtherHeaderSigned".to_owned());
    assert_eq!(refused(service.url.as_str(), block).await, conflict);
    // The next block's parent is the one that was not signed.
    assert_eq!(
        refused(service.url.as_str(), block + 1).await,
        (409, "OtherBranchSigned".to_owned())
    );
    service.end().await;
    // Nor after a restart.
    let service = serve(&stage, 0, honest(&stage, 1), &journal).await;
    assert_eq!(refused(service.url.as_str(), block).await, conflict);
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_journal_and_answer_the_signer_still_knows_what_it_was_about_to_sign() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let source = stage.source.chain().clone();
    let table = stage.slot_table().await;
    let snapshot: serde_json::Value = source.request("evm_snapshot", ()).await.expect("kept");
    let first = source.head().await.expect("a head") + 1;
    let rounds = 8;
    for round in 0..rounds {
        stage.write(table, &[(1, round + 1)]).await;
    }
    let mut answered = Vec::new();
    let mut written = 0;
    for block in first..first + rounds {
        let mut process = Process::start(&stage, &journal, "");
        let length = || std::fs::metadata(&journal).expect("the journal").len();
        let before = length();
        let url = format!("{}/v1/signatures/{block}", process.url);
        let request = tokio::spawn(async move { reqwest::get(url).await?.bytes().await });
        // The instant the line is there, nothing else is waited for.
        let watching = tokio::task::spawn_blocking({
            let journal = journal.clone();
            move || {
                while std::fs::metadata(&journal).expect("the journal").len() == before {
                    std::thread::yield_now();
                }
            }
        });
        watching.await.expect("the line came");
        process.kill();
        written += 1;
        if let Ok(Ok(body)) = request.await
            && let Ok(signed) = serde_json::from_slice::<SignedHeader>(&body)
        {
            answered.push(signed);
        }
    }
    let owner = Owner {
        signer: key(0).address(),
        source_chain_id: source.chain_id(),
    };
    let remembered = Journal::open(&journal, owner).expect("it reads");
    assert_eq!(remembered.len(), written);
    for signed in &answered {
        let header = RawHeader::fetch(&source, signed.block_number)
            .await
            .expect("a header");
        assert_eq!(remembered.check(&header.header), Ok(()));
    }
    drop(remembered);

    // The source goes back; not one of the heights gets another signature, answered or not.
    let _reverted: bool = source
        .request("evm_revert", (snapshot,))
        .await
        .expect("went back");
    for round in 0..rounds {
        stage.write(table, &[(1, 100 + round)]).await;
    }
    let process = Process::start(&stage, &journal, "");
    for block in first..first + rounds {
        assert_eq!(
            refused(&process.url, block).await,
            (409, "OtherHeaderSigned".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signature_leaves_when_the_journal_cannot_grow() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let table = stage.slot_table().await;
    let first = stage.source.chain().head().await.expect("a head") + 1;
    for round in 0..12 {
        stage.write(table, &[(1, round + 1)]).await;
    }
    // The kernel refuses to let a file of this process grow past 1 KiB: like a full disk, it takes a part of the line.
    let process = Process::start(&stage, &journal, "trap '' XFSZ; ulimit -f 1;");
    let mut given = Vec::new();
    let mut block = first;
    loop {
        let (status, body) = get(&process.url, &format!("v1/signatures/{block}")).await;
        if status != 200 {
            assert_eq!((status, &body["error"]), (503, &"JournalFailed".into()));
            assert!(body.get("signature").is_none());
            break;
        }
        given.push(block);
        block += 1;
    }
    assert!(!given.is_empty() && block < first + 12, "{given:?}");
    // It fails again for the same reason, and blocks that are in the journal are signed still.
    assert_eq!(refused(&process.url, block).await.0, 503);
    signed(&process.url, given[0]).await;
    drop(process);

    let owner = Owner {
        signer: key(0).address(),
        source_chain_id: stage.source.chain().chain_id(),
    };
    let kept = Journal::open(&journal, owner).expect("it reads");
    assert_eq!(
        (kept.len(), kept.highest()),
        (given.len(), given.last().copied())
    );
    drop(kept);
    // With room it goes on.
    let process = Process::start(&stage, &journal, "");
    signed(&process.url, block).await;
}

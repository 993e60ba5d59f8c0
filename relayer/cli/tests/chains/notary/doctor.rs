//! What `doctor` says of notary services.

use smartsync_doctor::{DoctorOptions, doctor};

use super::{honest, service::serve, two_of_three};
use crate::stage::address;

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_asks_each_service_whether_it_answers_and_signs_for_this_notary() {
    let stage = two_of_three().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = |name: &str| folder.path().join(name);
    let signer = serve(&stage, 3, honest(&stage, 1), &journal("a")).await;
    let stranger = serve(&stage, 6, honest(&stage, 1), &journal("b")).await;
    let services = [
        address(signer.url.as_str()),
        address(stranger.url.as_str()),
        address("http://127.0.0.1:1"),
    ];
    let ask = async |deployment| {
        let options = DoctorOptions {
            deployment: Some(deployment),
            notary_services: &services,
            ..DoctorOptions::default()
        };
        let report = doctor(&options).await;
        let checks = report.checks.into_iter();
        checks
            .map(|check| {
                assert_eq!(check.about, "notary services");
                (check.works, check.detail)
            })
            .collect::<Vec<_>>()
    };
    let head = stage.source.chain().head().await.expect("a head");
    let answers = ask(&stage.deployment).await;
    let [(true, good), (false, other), (false, nobody)] = &answers[..] else {
        panic!("{answers:?}");
    };
    assert!(
        good.ends_with(&format!("would sign up to source block {head}")),
        "{good}"
    );
    assert!(other.contains("is none of the notary's"), "{other}");
    assert!(nobody.contains("Connection refused"), "{nobody}");

    // Another notary's services are of no use.
    let mut elsewhere = stage.deployment.clone();
    elsewhere.target_chain_id += 1;
    let answers = ask(&elsewhere).await;
    assert!(
        !answers[0].0 && answers[0].1.contains("it signs for the notary"),
        "{answers:?}"
    );
    signer.end().await;
    stranger.end().await;
}

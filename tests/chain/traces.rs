//! Traces of transactions in which EVM contracts and programs take part.

use devchain::Kind;
use serde_json::json;

use crate::fixture::{ACTOR, CALL, Fixture, command, forwarder, word};

#[tokio::test(flavor = "multi_thread")]
async fn the_prestate_tracer_sees_slots_that_programs_write() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let caller = fixture.deploy(&forwarder(CALL)).await;
    let store = |value: u64| {
        let inner = command(0, &[word(1).as_slice(), word(value).as_slice()]);
        [actor.as_slice(), &inner].concat()
    };
    fixture.send(Some(caller), store(5), 0).await;
    let receipt = fixture.send(Some(caller), store(6), 0).await;
    let options = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let account = format!("{actor:#x}");
    let slot = word(1).to_string();
    let trace = fixture
        .request(
            "debug_traceTransaction",
            json!([receipt.transaction_hash, options]),
        )
        .await;
    assert_eq!(trace["pre"][&account]["storage"][&slot], json!(word(5)));
    assert_eq!(trace["post"][&account]["storage"][&slot], json!(word(6)));
    let number = format!("{:#x}", receipt.block_number.expect("a number"));
    let blocks = fixture
        .request("debug_traceBlockByNumber", json!([number, options]))
        .await;
    assert_eq!(blocks[0]["txHash"], json!(receipt.transaction_hash));
    assert_eq!(blocks[0]["result"], trace);
    let by_hash = fixture
        .request(
            "debug_traceBlockByHash",
            json!([receipt.block_hash, options]),
        )
        .await;
    assert_eq!(by_hash, blocks);
    let plain = json!([receipt.transaction_hash, { "tracer": "prestateTracer" }]);
    let plain = fixture.request("debug_traceTransaction", plain).await;
    assert_eq!(plain[&account]["storage"][&slot], json!(word(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_tracer_shows_frames_of_either_kind() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let caller = fixture.deploy(&forwarder(CALL)).await;
    let log = command(6, &[word(9).as_slice(), b"data"]);
    let route = command(2, &[caller.as_slice(), actor.as_slice(), &log]);
    let receipt = fixture.send(Some(actor), route, 0).await;
    assert!(receipt.status());
    assert_eq!(receipt.inner.logs().len(), 1);
    let options = json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } });
    let trace = fixture
        .request(
            "debug_traceTransaction",
            json!([receipt.transaction_hash, options]),
        )
        .await;
    assert_eq!(trace["to"], json!(actor));
    assert_eq!(trace["calls"][0]["to"], json!(caller));
    assert_eq!(trace["calls"][0]["calls"][0]["to"], json!(actor));
    assert_eq!(
        trace["calls"][0]["calls"][0]["logs"][0]["topics"][0],
        json!(word(9))
    );
    assert_eq!(trace["gasUsed"], json!(format!("{:#x}", receipt.gas_used)));
    // Struct logs are those of EVM frames down to the first program.
    let by_evm = fixture
        .send(Some(caller), [actor.as_slice(), &log].concat(), 0)
        .await;
    let steps = fixture
        .request("debug_traceTransaction", json!([by_evm.transaction_hash]))
        .await;
    assert!(
        steps["structLogs"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|step| step["op"] == json!("CALL"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stylus_tracer_shows_host_functions_with_the_frames_they_ran() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let caller = fixture.deploy(&forwarder(CALL)).await;
    let store = command(0, &[word(1).as_slice(), word(5).as_slice()]);
    let route = command(2, &[caller.as_slice(), actor.as_slice(), &store]);
    let receipt = fixture.send(Some(actor), route, 0).await;
    assert!(receipt.status());
    // By its name, and by the script that cargo-stylus sends, which is known by its "hostio" function.
    for tracer in ["stylusTracer", r#"{ "hostio": function(info) {} }"#] {
        let params = json!([receipt.transaction_hash, { "tracer": tracer }]);
        let steps = fixture.request("debug_traceTransaction", params).await;
        let steps = steps.as_array().expect("a list");
        let names = |steps: &[serde_json::Value]| -> Vec<String> {
            steps
                .iter()
                .map(|step| step["name"].as_str().expect("a name").to_owned())
                .collect()
        };
        assert_eq!(steps[0]["name"], json!("user_entrypoint"));
        let call = steps
            .iter()
            .find(|step| step["name"] == json!("call_contract"))
            .expect("a call");
        assert_eq!(call["address"], json!(caller));
        assert!(call["startInk"].as_u64() > call["endInk"].as_u64());
        // The EVM contract runs no host functions; the frame it calls does.
        let inner = call["steps"].as_array().expect("steps");
        assert_eq!(names(inner), ["evm_call_contract"]);
        assert_eq!(inner[0]["address"], json!(actor));
        let innermost = inner[0]["steps"].as_array().expect("steps");
        let expected = [
            "user_entrypoint",
            "pay_for_memory_grow",
            "read_args",
            "storage_cache_bytes32",
            "storage_flush_cache",
            "user_returned",
        ];
        assert_eq!(names(innermost), expected);
        let key_and_value = format!("{}{}", word(1), &word(5).to_string()[2..]);
        assert_eq!(innermost[3]["args"], json!(key_and_value));
    }
}

//! Logic and mirrors: what is created and what is not.

use alloy_primitives::{Address, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    ICodes::{CodeTooLarge, InvalidCode},
    IProgramErrors::{AlreadyInitialized, WrongValue},
    IProofErrors::AccountAbsent,
    IRegistry::{self, CodeNotDeployed, CreateFailed, InvalidConfiguration, NotAContract},
};
use smartsync_clone::{OriginalHeader, data_init_code};
use smartsync_tests::{
    Chain, Mirror, NameRegistry, Programs, SelfReader, Stage, System, account_proof, request,
};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_contract_s_own_code_becomes_its_logic() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let proof =
        async |account| account_proof(&stage.source.proof(account, &[], block).await.unwrap());
    let create = IRegistry::createCall {
        source,
        sourceBlock: block,
        accountProof: proof(source).await,
    };
    // Somebody else's code is there, the proven one is not.
    stage.deploy_code(names).await.unwrap();
    let error = stage
        .refused_request(stage.with_lock(&create))
        .await
        .expect::<CodeNotDeployed>();
    assert_eq!(
        error.codeHash,
        keccak256(stage.source.code(source).await.unwrap())
    );
    stage.deploy_code(source).await.unwrap();

    // An account without code, and one that is not there.
    let eoa = Chain::account(1);
    let call = IRegistry::createCall {
        source: eoa,
        accountProof: proof(eoa).await,
        ..create.clone()
    };
    let error = stage
        .refused_request(stage.with_lock(&call))
        .await
        .expect::<NotAContract>();
    assert_eq!(error.account, eoa);
    let absent = Address::repeat_byte(0xab);
    let call = IRegistry::createCall {
        source: absent,
        accountProof: proof(absent).await,
        ..create.clone()
    };
    let error = stage
        .refused_request(stage.with_lock(&call))
        .await
        .expect::<AccountAbsent>();
    assert_eq!(error.account, absent);

    // The lock is one wei, no more and no less.
    for value in [0, 2] {
        let request = request(stage.registry, create.abi_encode().into()).value(U256::from(value));
        let error = stage
            .target
            .call_with(request)
            .await
            .unwrap_err()
            .expect::<WrongValue>();
        assert_eq!((error.required, error.got), (U256::ONE, U256::from(value)));
    }
    let answer = stage
        .target
        .call_with(stage.with_lock(&create))
        .await
        .unwrap();
    stage
        .target
        .send_request(stage.with_lock(&create))
        .await
        .unwrap();
    let mirror = Mirror {
        source,
        proxy: Address::abi_decode(&answer).unwrap(),
    };
    let code = stage.source.code(source).await.unwrap();
    let record = stage.record(mirror).await.unwrap();
    assert_eq!(record.codeHash, keccak256(&code));
    // What stands there is the trap of that code, and nobody supplied it.
    let (trapped, _) = trapped(&code);
    assert_eq!(stage.target.code(record.logic).await.unwrap(), trapped);
}

/// Trapped code, and the map of its jump destinations.
fn trapped(code: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut trapped = code.to_vec();
    let mut jumps = vec![0; smartsync_trap::bitmap_length(code.len())];
    smartsync_trap::trap(&mut trapped, &mut jumps);
    (trapped, jumps)
}

#[tokio::test(flavor = "multi_thread")]
async fn code_is_deployed_once_whole_and_as_data_that_nobody_can_run() {
    let stage = Stage::start().await.unwrap();
    stage
        .refused(IRegistry::deployCodeCall { code: Bytes::new() })
        .await
        .expect::<InvalidCode>();
    // EIP-3541: an EIP-7702 account's, a Stylus program's and its fragments', and whatever else begins so.
    for code in [
        [&[0xef, 0x01, 0x00], [0x11; 20].as_slice()].concat(),
        vec![0xef, 0xf0, 0x00, 0x00],
        vec![0xef, 0xf0, 0x02, 0x00],
        vec![0xef],
    ] {
        let code = code.into();
        stage
            .refused(IRegistry::deployCodeCall { code })
            .await
            .expect::<InvalidCode>();
    }
    // EIP-170: no code of more than 24,576 bytes.
    for length in [24_577, 60_000] {
        let code = Bytes::from(vec![0x5b; length]);
        let error = stage.refused(IRegistry::deployCodeCall { code }).await;
        assert_eq!(error.expect::<CodeTooLarge>().length, U256::from(length));
    }
    // One piece, and two; jump destinations everywhere but in push data.
    for length in [1usize, 9, 1_000, 21_796, 21_797, 24_576] {
        let code: Vec<u8> = (0..length)
            .map(|offset| if offset % 7 == 0 { 0x60 } else { 0x5b })
            .collect();
        let deploy = IRegistry::deployCodeCall {
            code: code.clone().into(),
        };
        let receipt = stage
            .target
            .send(stage.registry, deploy.clone())
            .await
            .unwrap();
        assert_eq!(receipt.inner.logs().len(), 1);
        let hash = keccak256(&code);
        let there = stage
            .target
            .view(stage.registry, IRegistry::codeOfCall { codeHash: hash })
            .await
            .unwrap();
        let again = stage.target.send(stage.registry, deploy).await.unwrap();
        assert!(again.inner.logs().is_empty(), "it stands already");

        let first = stage.target.code(there.original).await.unwrap();
        let (header, rest) = OriginalHeader::split(&first).unwrap();
        let mut kept = rest.to_vec();
        if header.next != Address::ZERO {
            let second = stage.target.code(header.next).await.unwrap();
            assert_eq!(second[0], 0, "STOP");
            kept.extend_from_slice(&second[1..]);
        }
        assert_eq!(header.next != Address::ZERO, length > 21_796);
        assert_eq!((first[0], header.code_hash), (0, hash));
        assert_eq!(usize::from(header.length), length);
        let (map, kept) = kept.split_at(length.div_ceil(8));
        assert_eq!(kept, code);
        for offset in 0..length {
            // Every seventh byte is a PUSH1, and the next one its data.
            let expected = !matches!(offset % 7, 0 | 1);
            assert_eq!(
                map[offset / 8] >> (offset % 8) & 1 == 1,
                expected,
                "{offset}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_whose_address_is_taken_is_not_created() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(1).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let create = stage.create_call(source, block).await.unwrap();
    // Nobody can put code there but the registry: here the node does, at the address of mirror number 1.
    let taken = stage.first_proxy(source).await.unwrap();
    let code = Bytes::from_static(&[0x00]);
    stage.target.set_code(taken, code).await.unwrap();
    stage
        .refused_request(stage.with_lock(&create))
        .await
        .expect::<CreateFailed>();
    let count = stage
        .target
        .view(stage.registry, IRegistry::proxyCountCall {});
    assert_eq!(count.await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_configured_once_and_with_four_contracts() {
    let stage = Stage::start().await.unwrap();
    let registry = System::deploy_program(&stage.target, &smartsync_artifacts::REGISTRY)
        .await
        .unwrap();
    let constructor = |accounts: [Address; 4], chain_id: u64, native_ranges: Vec<Address>| {
        let [root_source, program, reader, codes] = accounts;
        let programs = Programs {
            program,
            reader,
            codes,
        };
        let initialize = IRegistry::initializeCall {
            nativeRanges: native_ranges,
            ..System::initialize(U256::from(chain_id), root_source, programs)
        };
        Bytes::from([&CONSTRUCTOR_SELECTOR, &initialize.abi_encode()[4..]].concat())
    };
    let right = [stage.notary, stage.program, stage.reader, stage.codes];
    // None, or accounts without code.
    let mut wrong = Vec::new();
    for place in 0..4 {
        for account in [Address::ZERO, Chain::account(1), Address::repeat_byte(0x99)] {
            let mut accounts = right;
            accounts[place] = account;
            wrong.push(constructor(accounts, 7, Vec::new()));
        }
    }
    // No chain id, and a range without an end.
    wrong.push(constructor(right, 0, Vec::new()));
    wrong.push(constructor(right, 7, vec![Address::repeat_byte(0x10)]));
    for call in wrong {
        let answer = stage.target.call(registry, call).await;
        answer.unwrap_err().expect::<InvalidConfiguration>();
    }
    let call = constructor(right, 7, Vec::new());
    let request = request(registry, call.clone());
    stage.target.send_request(request).await.unwrap();
    for registry in [registry, stage.registry] {
        let answer = stage.target.call(registry, call.clone()).await;
        answer.unwrap_err().expect::<AlreadyInitialized>();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_with_delegated_code_cannot_be_mirrored() {
    let stage = Stage::start().await.unwrap();
    let delegate = stage.self_reader(1).await.unwrap();
    // EIP-7702: the wallet's code is a mark and the delegate's address.
    let wallet = Chain::account(2);
    let code = Bytes::from([&[0xef, 0x01, 0x00], delegate.as_slice()].concat());
    stage.source.set_code(wallet, &code).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    // Neither its own code can be logic, nor the delegate's.
    let deploy = IRegistry::deployCodeCall { code: code.clone() };
    stage.refused(deploy).await.expect::<InvalidCode>();
    let proof = stage.source.proof(wallet, &[], block).await.unwrap();
    let create = IRegistry::createCall {
        source: wallet,
        accountProof: account_proof(&proof),
        ..stage.create_call(delegate, block).await.unwrap()
    };
    let error = stage.refused_request(stage.with_lock(&create)).await;
    assert_eq!(error.expect::<CodeNotDeployed>().codeHash, keccak256(&code));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_codes_that_are_one_when_they_are_trapped_share_their_logic_alone() {
    let stage = Stage::start().await.unwrap();
    let mut there = Vec::new();
    // SSTORE and LOG0.
    for code in [[0x55u8], [0xa0]] {
        let deploy = IRegistry::deployCodeCall {
            code: code.to_vec().into(),
        };
        stage.target.send(stage.registry, deploy).await.unwrap();
        there.push(stage.code_of(keccak256(code)).await.unwrap());
    }
    assert_eq!(there[0].logic, there[1].logic);
    assert_ne!(there[0].original, there[1].original);
}

/// What is kept of a code.
fn kept(code: &[u8]) -> Vec<u8> {
    let header = OriginalHeader {
        next: Address::ZERO,
        code_hash: keccak256(code),
        length: code.len() as u16,
    };
    let (_, jumps) = trapped(code);
    [&header.encode()[..], &jumps, code].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_what_is_kept_of_another_does_not_keep_that_one_out() {
    let stage = Stage::start().await.unwrap();
    // Answers 42. Where the hash is such that what is kept of it has nothing to be trapped, that is also its own logic.
    let code = (0u32..)
        .map(|salt| [&hex!("602a5f5260205ff3")[..], &salt.to_be_bytes()].concat())
        .find(|code| trapped(&kept(code)).0 == kept(code))
        .unwrap();
    for code in [kept(&code), code.clone()] {
        let deploy = IRegistry::deployCodeCall { code: code.into() };
        stage.target.send(stage.registry, deploy).await.unwrap();
    }
    let [of_it, of_kept] = [&code, &kept(&code)].map(keccak256);
    let there = stage.code_of(of_it).await.unwrap();
    assert_eq!(there.original, stage.code_of(of_kept).await.unwrap().logic);
    assert_eq!(
        stage.target.code(there.original).await.unwrap(),
        kept(&code)
    );
    let creation = data_init_code(&[&code]).into();
    let source = stage.on_source(&creation, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let answer = stage.target.call(mirror.proxy, Bytes::new()).await.unwrap();
    assert_eq!(answer, U256::from(42).abi_encode());
}

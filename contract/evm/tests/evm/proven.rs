//! Calls on a witness of what they touch, against revm on the whole state.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_trie::{HashBuilder, Nibbles, TrieAccount, proof::ProofRetainer};
use smartsync_evm::{
    Answer, Call, CallKind, Code, Environment, GAS, Host, Limit, MAX_FRAMES, MAX_MEMORY, Refusal,
    Resolved, run,
};
use smartsync_proof::{Account as Proven, AccountProof, Witness, build_witness};

use crate::{
    common::*,
    programs::{Random, random_state},
};

/// Why a call on a witness is not answered.
#[derive(Debug)]
enum Missing {
    Slot(Address, U256),
    Account(Address),
    Code(Address),
    Precompile,
    Refused(Refusal),
}

/// What a witness proves.
struct Known<'a>(&'a Witness<'a>);

impl Known<'_> {
    fn account(&self, address: &Address) -> Result<Option<Proven>, Missing> {
        match self.0.account(address) {
            Some(listed) => Ok(listed.account().copied()),
            None => Err(Missing::Account(*address)),
        }
    }
}

impl Host for Known<'_> {
    type Unknown = Missing;

    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Missing> {
        let listed = self.0.account(account);
        listed
            .and_then(|listed| listed.storage(slot))
            .ok_or(Missing::Slot(*account, (*slot).into()))
    }

    fn balance(&mut self, account: &Address) -> Result<U256, Missing> {
        let account = self.account(account)?;
        Ok(account.map(|account| account.balance).unwrap_or_default())
    }

    fn code(&mut self, address: &Address) -> Result<Option<Rc<Code>>, Missing> {
        match self.account(address)? {
            Some(account) if account.code_hash != KECCAK256_EMPTY => {
                let code = self.0.code(&account.code_hash);
                let code = code.ok_or(Missing::Code(*address))?;
                Ok(Some(Rc::new(Code::new(code))))
            }
            _ => Ok(None),
        }
    }

    fn code_hash(&mut self, account: &Address) -> Result<B256, Missing> {
        let account = self.account(account)?;
        Ok(account.map(|it| it.code_hash).unwrap_or_default())
    }

    fn environment(&mut self) -> Result<Environment, Missing> {
        Ok(ENVIRONMENT)
    }

    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Missing> {
        if is_precompile(call.target) {
            return precompiled(call.target, call.input).ok_or(Missing::Precompile);
        }
        Ok(resolved(self.code(call.target)?))
    }

    fn keccak256(&mut self, data: &[u8]) -> B256 {
        keccak256(data)
    }

    fn refuse(&mut self, refusal: Refusal) -> Missing {
        Missing::Refused(refusal)
    }
}

/// Root and nodes on the way to some keys, by alloy.
fn nodes(leaves: &BTreeMap<B256, Vec<u8>>, keys: &[B256]) -> (B256, Vec<Bytes>) {
    let retainer = ProofRetainer::from_iter(keys.iter().map(Nibbles::unpack));
    let mut builder = HashBuilder::default().with_proof_retainer(retainer);
    for (key, value) in leaves {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes().into_nodes_sorted();
    (root, nodes.into_iter().map(|(_, node)| node).collect())
}

fn storage(account: &Account) -> BTreeMap<B256, Vec<u8>> {
    account
        .storage
        .iter()
        .map(|(slot, value)| (keccak256(B256::from(*slot)), alloy_rlp::encode(value)))
        .collect()
}

/// Asks with more and more of the state, until it is answered or refused for another reason. Returns the witness's length, too.
fn ask(state: &State, source: Address, input: &[u8]) -> (Result<Answer, Missing>, usize) {
    // Empty accounts are in no state (EIP-161).
    let exists = |it: &Account| !it.code.is_empty() || !it.balance.is_zero();
    let leaves: BTreeMap<_, _> = state
        .iter()
        .filter(|(_, account)| exists(account))
        .map(|(address, account)| {
            let leaf = TrieAccount {
                nonce: 0,
                balance: account.balance,
                storage_root: nodes(&storage(account), &[]).0,
                code_hash: keccak256(&account.code),
            };
            (keccak256(address), alloy_rlp::encode(leaf))
        })
        .collect();
    let mut touched = BTreeMap::from([(source, BTreeSet::new())]);
    let mut codes = BTreeSet::new();
    loop {
        let mut root = B256::ZERO;
        let proofs: Vec<_> = touched
            .iter()
            .map(|(address, slots): (&Address, &BTreeSet<U256>)| {
                let hashed = |slot: &U256| keccak256(B256::from(*slot));
                let keys: Vec<_> = slots.iter().map(hashed).collect();
                let account = state.get(address).cloned().unwrap_or_default();
                let proof;
                (root, proof) = nodes(&leaves, &[keccak256(address)]);
                AccountProof {
                    address: *address,
                    nodes: proof,
                    slots: slots.iter().copied().collect(),
                    storage_nodes: nodes(&storage(&account), &keys).1,
                }
            })
            .collect();
        let supplied: Vec<Bytes> = codes
            .iter()
            .map(|account: &Address| state[account].code.clone().into())
            .collect();
        let bytes = build_witness(root, &proofs, &supplied).expect("a witness");
        let witness = Witness::prove(&bytes, &root).expect("it holds");
        let mut host = Known(&witness);
        let question = Call {
            kind: CallKind::Call,
            from: &FORWARDER,
            target: &source,
            input,
            gas: None,
            depth: 0,
        };
        let answer = match host.call(&question) {
            Ok(Resolved::Answer { success, data, .. }) => Ok(Answer { success, data }),
            Ok(Resolved::Run(code)) => run(&mut host, code, entry(source, input)),
            Err(missing) => Err(missing),
        };
        let grown = match answer {
            Err(Missing::Slot(account, slot)) => touched.entry(account).or_default().insert(slot),
            Err(Missing::Account(account)) => touched.insert(account, BTreeSet::new()).is_none(),
            Err(Missing::Code(account)) => codes.insert(account),
            answer => return (answer, bytes.len()),
        };
        assert!(grown, "what is witnessed is missing");
    }
}

#[derive(Debug, Default)]
struct Figures {
    equal: usize,
    with_data: usize,
    nested: usize,
    skipped: usize,
    refused: usize,
    bytes: usize,
}

fn one(seed: u64, wild: bool, figures: &mut Figures) {
    let random = &mut Random(seed);
    let (state, source) = random_state(random, wild);
    let input: Vec<u8> = (0..random.below(100))
        .map(|_| random.next() as u8)
        .collect();
    let (expected, seen) = home(&state, source, &input);
    if seen.lacked_gas() || seen.gas {
        figures.skipped += 1;
        return;
    }
    let (answer, bytes) = ask(&state, source, &input);
    match answer {
        Ok(answer) => {
            assert_eq!(answer, expected, "seed {seed}, wild {wild}");
            figures.equal += 1;
            figures.with_data += usize::from(!answer.data.is_empty());
            figures.nested += usize::from(seen.deepest > 2);
            figures.bytes += bytes;
        }
        Err(Missing::Refused(Refusal::Unsupported { instruction, .. })) => {
            assert!(seen.opcodes[usize::from(instruction)], "{instruction:02x}");
            figures.refused += 1;
        }
        Err(Missing::Refused(Refusal::GasLimited { gas, .. })) => {
            assert!(gas < U256::from(GAS - GAS / 64));
            figures.refused += 1;
        }
        Err(Missing::Refused(Refusal::Limit(Limit::Frames))) => {
            assert!(seen.deepest > MAX_FRAMES);
            figures.refused += 1;
        }
        // The memory of all frames together.
        Err(Missing::Refused(Refusal::Limit(Limit::Memory))) => {
            assert!(seen.limited || seen.memory > MAX_MEMORY / MAX_FRAMES);
            figures.refused += 1;
        }
        Err(Missing::Precompile) => figures.refused += 1,
        Err(missing) => panic!("{missing:?}: seed {seed}, wild {wild}"),
    }
}

/// `SMARTSYNC_PROVEN_CALLS` sets their number, `SMARTSYNC_EVM_SEED` the first seed.
#[test]
fn calls_on_a_witness_answer_what_they_answer_on_the_whole_state() {
    let variable = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let number = variable("SMARTSYNC_PROVEN_CALLS").unwrap_or(400);
    let seed = variable("SMARTSYNC_EVM_SEED").unwrap_or(1);
    for wild in [false, true] {
        let mut figures = Figures::default();
        for index in 0..number {
            one(seed + (index << 20), wild, &mut figures);
        }
        println!("{figures:?}");
        assert!(figures.with_data > 0 && figures.nested > 0);
        // Where code is not arbitrary bytes, hardly any call is refused.
        assert!(wild || figures.refused * 20 <= figures.equal + figures.refused);
    }
}

/// A host may choose what `GAS` answers; a call is given little gas by that measure.
#[test]
fn a_host_chooses_what_gas_answers() {
    struct Few(World);

    impl Host for Few {
        type Unknown = Unknown;

        const GAS: u64 = 640;

        fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Unknown> {
            self.0.storage(account, slot)
        }

        fn balance(&mut self, account: &Address) -> Result<U256, Unknown> {
            self.0.balance(account)
        }

        fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Unknown> {
            self.0.code(account)
        }

        fn code_hash(&mut self, account: &Address) -> Result<B256, Unknown> {
            self.0.code_hash(account)
        }

        fn environment(&mut self) -> Result<Environment, Unknown> {
            self.0.environment()
        }

        fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Unknown> {
            self.0.call(call)
        }

        fn keccak256(&mut self, data: &[u8]) -> B256 {
            keccak256(data)
        }

        fn refuse(&mut self, refusal: Refusal) -> Unknown {
            Unknown::Refused(refusal)
        }
    }

    // PUSH0, SLOAD: a cold slot is more than little.
    let reads = Account {
        code: vec![0x5f, 0x54],
        ..Default::default()
    };
    let state = State::from([(Address::left_padding_from(&[0xff, 0xff]), reads)]);
    let run = |code: &str| {
        let code = alloy_primitives::hex::decode(code).expect("hexadecimal");
        let code = Rc::new(Code::new(&code));
        let mut host = Few(World(state.clone()));
        run(&mut host, code, entry(FORWARDER, &[]))
    };
    // GAS, MSTORE, RETURN.
    let answer = run("5a5f5260205ff3").expect("known");
    assert_eq!(U256::from_be_slice(&answer.data), U256::from(640));
    // STATICCALL: from the whole less a 64th to the whole there is no limit, and none from as much as there can be on.
    let ask = |gas: U256| {
        let gas = alloy_primitives::hex::encode(gas.to_be_bytes::<32>());
        run(&format!("5f5f5f5f61ffff7f{gas}fa5f5260205ff3"))
    };
    for gas in [630, 640, u64::MAX]
        .map(U256::from)
        .into_iter()
        .chain([U256::MAX])
    {
        let answer = ask(gas).expect("known");
        assert_eq!(U256::from_be_slice(&answer.data), U256::from(1), "{gas}");
    }
    for given in [629, 641, 2_000].map(U256::from) {
        assert!(matches!(
            ask(given),
            Err(Unknown::Refused(Refusal::GasLimited { gas, .. })) if gas == given
        ));
    }
}

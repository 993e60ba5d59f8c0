use alloy::{
    dyn_abi::{DynSolType, DynSolValue, JsonAbiExt},
    json_abi::{Function, StateMutability},
};
use alloy_primitives::{Address, B256, Bytes, I256, U256, keccak256};
use serde_json::json;

use super::contract::{Contract, kind};
use crate::{Artifact, Chain};

/// Sets of arguments that are tried to find one that is answered.
const MORE_SETS: usize = 60;

/// Contracts that stand and work together on the source chain, and what there is to ask them.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The chain.
    pub chain: Chain,
    /// What is asked.
    pub contracts: Vec<Contract>,
    /// Words that occur: ids, roles, nodes.
    pub words: Vec<B256>,
    /// Numbers that occur: amounts, token ids, blocks.
    pub numbers: Vec<U256>,
    /// Accounts that occur, beside the contracts and the funded accounts.
    pub accounts: Vec<Address>,
    calls: Vec<(Address, Bytes, bool)>,
}

/// A call of a view.
#[derive(Clone, Debug)]
pub struct View {
    /// Who is asked.
    pub to: Address,
    /// The function's signature.
    pub function: String,
    /// Calldata.
    pub data: Bytes,
    /// Whether the interface says that it changes nothing. Else it may, and only a static call is comparable.
    pub is_view: bool,
}

impl Scene {
    /// An empty one.
    pub fn new(chain: &Chain) -> Self {
        Self {
            chain: chain.clone(),
            contracts: Vec::new(),
            words: Vec::new(),
            numbers: Vec::new(),
            accounts: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// Deploys a contract by an artifact in its package, and asks it from then on.
    pub async fn deploy(
        &mut self,
        package: &'static str,
        path: &str,
        arguments: &[String],
    ) -> Contract {
        let contract = self.raise(package, path, arguments).await;
        self.contracts.push(contract.clone());
        contract
    }

    /// Deploys a contract that is not asked itself, such as an implementation.
    pub async fn raise(&self, package: &'static str, path: &str, arguments: &[String]) -> Contract {
        self.raise_linked(package, path, arguments, &[]).await
    }

    /// The same of a contract that is linked to libraries.
    pub async fn raise_linked(
        &self,
        package: &'static str,
        path: &str,
        arguments: &[String],
        libraries: &[(&str, Address)],
    ) -> Contract {
        let file = format!("{package}/{path}.json");
        let artifact = match Artifact::linked(&file, libraries) {
            Ok(artifact) => artifact,
            Err(error) => panic!("{error}"),
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        Contract::deploy(&self.chain, name, package, &artifact, arguments).await
    }

    /// A contract's interface, for one that others deploy.
    pub fn interface(&self, package: &'static str, path: &str) -> Contract {
        match Artifact::npm(&format!("{package}/{path}.json")) {
            Ok(artifact) => Contract {
                name: path.to_owned(),
                package,
                address: Address::ZERO,
                abi: artifact.abi,
            },
            Err(error) => panic!("{error}"),
        }
    }

    /// Deploys what is compiled from a package's source here (`tests/fixtures/contracts/packages`).
    pub async fn compiled(
        &self,
        package: &'static str,
        name: &str,
        arguments: &[String],
    ) -> Contract {
        match Artifact::fixture(name) {
            Ok(artifact) => {
                Contract::deploy(&self.chain, name, package, &artifact, arguments).await
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The same, and asks it from then on.
    pub async fn deploy_compiled(
        &mut self,
        package: &'static str,
        name: &str,
        arguments: &[String],
    ) -> Contract {
        let contract = self.compiled(package, name, arguments).await;
        self.contracts.push(contract.clone());
        contract
    }

    /// The chain's newest block.
    pub async fn block(&self) -> u64 {
        match self.chain.block_number().await {
            Ok(block) => block,
            Err(error) => panic!("{error}"),
        }
    }

    /// That block's timestamp, seconds.
    pub async fn now(&self) -> u64 {
        match self.chain.header(self.block().await).await {
            Ok((header, _)) => header.timestamp,
            Err(error) => panic!("{error}"),
        }
    }

    /// Lets time pass, so that what comes is later than what was by more than this machine takes.
    pub async fn wait(&self, seconds: u64) {
        if let Err(error) = self.chain.rpc("evm_increaseTime", json!([seconds])).await {
            panic!("{error}");
        }
        self.mine().await;
    }

    /// Mines a block of nothing.
    pub async fn mine(&self) {
        if let Err(error) = self.chain.mine().await {
            panic!("{error}");
        }
    }

    /// Asks a contract too that stands already.
    pub fn show(&mut self, contract: &Contract) {
        self.contracts.push(contract.clone());
    }

    /// Asks one thing in particular, of a function that need not be a view.
    pub fn ask(&mut self, contract: &Contract, name: &str, arguments: &[String]) {
        let function = contract.function(name, arguments.len());
        let data = contract.encode(name, arguments);
        self.calls.push((contract.address, data, is_view(function)));
    }

    /// Calls of all views of a contract: each with so many sets of arguments that are made up at most, or if the source answers none of those with one more that it
    /// answers, if one is found; and those that were asked for.
    pub async fn views(&self, contract: &Contract, sets: usize) -> Vec<View> {
        let mut views = Vec::new();
        for function in contract.abi.functions().filter(|each| is_view(each)) {
            let mut made_up = self.made_up(contract, function, sets);
            let mut answered = false;
            for view in &made_up {
                answered |= self.answers(view).await;
            }
            if !answered && !function.inputs.is_empty() {
                for view in self.made_up(contract, function, MORE_SETS) {
                    if self.answers(&view).await {
                        made_up.push(view);
                        break;
                    }
                }
            }
            views.extend(made_up);
        }
        let asked = self.calls.iter().filter(|call| call.0 == contract.address);
        for (to, data, is_view) in asked {
            let mut functions = contract.abi.functions();
            // Another interface at the same address has functions of its own.
            if let Some(function) =
                functions.find(|each| data.starts_with(each.selector().as_slice()))
            {
                views.push(View {
                    to: *to,
                    function: function.signature(),
                    data: data.clone(),
                    is_view: *is_view,
                });
            }
        }
        views
    }

    async fn answers(&self, view: &View) -> bool {
        self.chain.call(view.to, view.data.clone()).await.is_ok()
    }

    fn made_up(&self, contract: &Contract, function: &Function, sets: usize) -> Vec<View> {
        let view = |values: Vec<DynSolValue>| match function.abi_encode_input(&values) {
            Ok(data) => View {
                to: contract.address,
                function: function.signature(),
                data: data.into(),
                is_view: true,
            },
            Err(error) => panic!("{}.{}: {error}", contract.name, function.name),
        };
        let sets = self.argument_sets(function, sets);
        sets.into_iter().map(view).collect()
    }

    fn argument_sets(&self, function: &Function, sets: usize) -> Vec<Vec<DynSolValue>> {
        let candidates: Vec<Vec<DynSolValue>> = function
            .inputs
            .iter()
            .map(|input| self.candidates(&kind(input)))
            .collect();
        let all = candidates
            .iter()
            .try_fold(1_usize, |all, each| all.checked_mul(each.len()));
        let count = all.unwrap_or(usize::MAX).min(sets);
        let pick = |set: usize| {
            let mut at = match all {
                Some(all) if all <= sets => U256::from(set),
                // More than are asked for: some of them, always the same.
                _ => keccak256(format!("{} {set}", function.signature())).into(),
            };
            let value = |candidates: &Vec<DynSolValue>| {
                let (rest, index) = at.div_rem(U256::from(candidates.len()));
                at = rest;
                candidates[index.to::<usize>()].clone()
            };
            candidates.iter().map(value).collect()
        };
        (0..count).map(pick).collect()
    }

    /// Values to ask a parameter of this type with: what occurs, and what does not.
    fn candidates(&self, kind: &DynSolType) -> Vec<DynSolValue> {
        let numbers = [0, 1, 2, 10].into_iter().map(U256::from);
        let numbers: Vec<U256> = numbers.chain(self.numbers.iter().copied()).collect();
        match kind {
            DynSolType::Address => {
                let accounts = (0..3).map(Chain::account);
                let accounts = accounts.chain(self.contracts.iter().map(|each| each.address));
                let accounts = accounts.chain(self.accounts.iter().copied());
                accounts
                    .chain([Address::ZERO, Address::repeat_byte(0x5a)])
                    .map(DynSolValue::Address)
                    .collect()
            }
            DynSolType::Bool => vec![DynSolValue::Bool(false), DynSolValue::Bool(true)],
            DynSolType::Uint(bits) => {
                let largest = U256::MAX >> (256 - bits);
                let fit = numbers.into_iter().filter(|each| *each <= largest);
                fit.chain([largest])
                    .map(|each| DynSolValue::Uint(each, *bits))
                    .collect()
            }
            DynSolType::Int(bits) => {
                let largest = U256::MAX >> (257 - bits);
                let fit = numbers.into_iter().filter(|each| *each <= largest);
                fit.map(I256::from_raw)
                    .chain([I256::MINUS_ONE])
                    .map(|each| DynSolValue::Int(each, *bits))
                    .collect()
            }
            DynSolType::FixedBytes(4) => ["01ffc9a7", "80ac58cd", "7965db0b", "ffffffff"]
                .iter()
                .filter_map(|id| id.parse::<Bytes>().ok())
                .map(|id| DynSolValue::FixedBytes(B256::right_padding_from(&id), 4))
                .collect(),
            DynSolType::FixedBytes(size) => {
                let words = self.words.iter().copied().chain([B256::ZERO]);
                let head = |word: B256| B256::right_padding_from(&word[..*size]);
                words
                    .map(|word| DynSolValue::FixedBytes(head(word), *size))
                    .collect()
            }
            DynSolType::Bytes => [0, 4, 32, 65]
                .map(|length| DynSolValue::Bytes((1..=length).collect()))
                .to_vec(),
            DynSolType::String => ["", "key", "a text that is longer than one word of memory"]
                .map(|text| DynSolValue::String(text.to_owned()))
                .to_vec(),
            DynSolType::Array(of) => {
                let of = self.candidates(of);
                let lengths = [0, 1, 2.min(of.len()), of.len().min(5)];
                lengths
                    .map(|length| DynSolValue::Array(of[..length].to_vec()))
                    .to_vec()
            }
            DynSolType::FixedArray(of, size) => {
                let of = self.candidates(of);
                let array = |from: usize| {
                    let values = (0..*size).map(|at| of[(from + at) % of.len()].clone());
                    DynSolValue::FixedArray(values.collect())
                };
                (0..2).map(array).collect()
            }
            DynSolType::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.candidates(part)).collect();
                let tuple = |from: usize| {
                    let values = parts.iter().enumerate();
                    let values = values.map(|(at, of)| of[(from + at) % of.len()].clone());
                    DynSolValue::Tuple(values.collect())
                };
                (0..3).map(tuple).collect()
            }
            other => panic!("no arguments known for {other:?}"),
        }
    }
}

fn is_view(function: &Function) -> bool {
    matches!(
        function.state_mutability,
        StateMutability::View | StateMutability::Pure
    )
}

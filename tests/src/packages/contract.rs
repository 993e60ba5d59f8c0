use alloy::{
    dyn_abi::{DynSolType, DynSolValue, FunctionExt, JsonAbiExt},
    json_abi::{Function, JsonAbi, Param},
};
use alloy_primitives::{Address, B256, Bytes, U256};

use crate::{Artifact, Chain, request};

/// A contract of a package, on the source chain.
#[derive(Clone, Debug)]
pub struct Contract {
    /// What it is called here.
    pub name: String,
    /// The package that it comes from.
    pub package: &'static str,
    /// Where it is.
    pub address: Address,
    /// The interface that it is asked by.
    pub abi: JsonAbi,
}

/// Arguments as text, as a person would write them.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($value.to_string()),*][..] };
}

impl Contract {
    /// Deploys it. Panics if that fails: what a package ships is known to work.
    pub async fn deploy(
        chain: &Chain,
        name: &str,
        package: &'static str,
        artifact: &Artifact,
        arguments: &[String],
    ) -> Self {
        let constructor = artifact.abi.constructor();
        let inputs = constructor.map_or(&[][..], |constructor| &constructor.inputs[..]);
        let creation = artifact.creation(&values(name, inputs, arguments));
        match chain.deploy(&creation, []).await {
            Ok(address) => Self {
                name: name.to_owned(),
                package,
                address,
                abi: artifact.abi.clone(),
            },
            Err(error) => panic!("{name}: {error}"),
        }
    }

    /// The same interface at another account: a proxy that it stands behind.
    pub fn at(&self, name: &str, address: Address) -> Self {
        Self {
            name: name.to_owned(),
            address,
            ..self.clone()
        }
    }

    /// The function of that name that takes so many arguments, or of that signature.
    pub fn function(&self, name: &str, arguments: usize) -> &Function {
        let of_name = name.split('(').next().unwrap_or(name);
        let overloads = self.abi.function(of_name).map_or(&[][..], |all| &all[..]);
        let found = overloads.iter().find(|function| {
            function.signature() == name || (of_name == name && function.inputs.len() == arguments)
        });
        match found {
            Some(function) => function,
            None => panic!("{} has no {name} of {arguments} arguments", self.name),
        }
    }

    /// Calldata.
    pub fn encode(&self, name: &str, arguments: &[String]) -> Bytes {
        let function = self.function(name, arguments.len());
        let values = values(name, &function.inputs, arguments);
        match function.abi_encode_input(&values) {
            Ok(data) => data.into(),
            Err(error) => panic!("{}.{name}: {error}", self.name),
        }
    }

    /// Sends a call from the first account.
    pub async fn send(&self, chain: &Chain, name: &str, arguments: &[String]) {
        self.send_as(chain, 0, 0, name, arguments).await;
    }

    /// Sends a call with wei from one of the accounts.
    pub async fn send_as(
        &self,
        chain: &Chain,
        from: usize,
        wei: u64,
        name: &str,
        arguments: &[String],
    ) {
        let call = request(self.address, self.encode(name, arguments))
            .from(Chain::account(from))
            .value(U256::from(wei));
        if let Err(error) = chain.send_request(call).await {
            panic!("{}.{name}({}): {error}", self.name, arguments.join(", "));
        }
    }

    /// What it answers now.
    pub async fn ask(&self, chain: &Chain, name: &str, arguments: &[String]) -> Vec<DynSolValue> {
        let data = self.encode(name, arguments);
        let function = self.function(name, arguments.len());
        match chain.call(self.address, data).await {
            Ok(answer) => function
                .abi_decode_output(&answer)
                .unwrap_or_else(|error| panic!("{}.{name}: {error}", self.name)),
            Err(error) => panic!("{}.{name}: {error:?}", self.name),
        }
    }

    /// The same, where it answers one address.
    pub async fn address_of(&self, chain: &Chain, name: &str, arguments: &[String]) -> Address {
        match self.ask(chain, name, arguments).await[..] {
            [DynSolValue::Address(address)] => address,
            ref other => panic!("{}.{name}: {other:?}", self.name),
        }
    }

    /// The same, where it answers one word.
    pub async fn word_of(&self, chain: &Chain, name: &str, arguments: &[String]) -> B256 {
        match self.ask(chain, name, arguments).await[..] {
            [DynSolValue::FixedBytes(word, 32)] => word,
            [DynSolValue::Uint(number, _)] => number.into(),
            ref other => panic!("{}.{name}: {other:?}", self.name),
        }
    }
}

fn values(name: &str, inputs: &[Param], arguments: &[String]) -> Vec<DynSolValue> {
    assert_eq!(inputs.len(), arguments.len(), "arguments of {name}");
    let value = |(input, text): (&Param, &String)| {
        let kind = kind(input);
        kind.coerce_str(text)
            .unwrap_or_else(|error| panic!("{name}: {text} as {kind:?}: {error}"))
    };
    inputs.iter().zip(arguments).map(value).collect()
}

/// The type of a parameter.
pub fn kind(parameter: &Param) -> DynSolType {
    match parameter.selector_type().parse() {
        Ok(kind) => kind,
        Err(error) => panic!("{}: {error}", parameter.ty),
    }
}

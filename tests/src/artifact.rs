use std::{fs, path::PathBuf};

use alloy::{
    dyn_abi::{DynSolValue, FunctionExt, JsonAbiExt},
    json_abi::{Function, JsonAbi, StateMutability},
};
use alloy_primitives::{Bytes, hex};
use serde_json::Value;

use crate::Error;

/// A contract compiled by somebody else, from a pinned npm package.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its interface.
    pub abi: JsonAbi,
    /// Its creation code, without constructor arguments.
    pub bytecode: Bytes,
}

/// Where `npm ci` put the packages.
pub fn npm_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("npm/node_modules")
}

impl Artifact {
    /// Reads the JSON that a package ships: `abi`, and `bytecode`, or an `object` in it, in hex with or without prefix.
    pub fn npm(path: &str) -> Result<Self, Error> {
        let path = npm_directory().join(path);
        let text = fs::read_to_string(&path).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
        let malformed = |reason: String| Error::Artifact {
            path: path.clone(),
            reason,
        };
        let json: Value =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        let abi = serde_json::from_value(json["abi"].clone())
            .map_err(|error| malformed(error.to_string()))?;
        let bytecode = json["bytecode"]
            .as_str()
            // As Foundry writes it.
            .or(json["bytecode"]["object"].as_str())
            .ok_or_else(|| malformed("no bytecode".into()))?;
        let bytecode = hex::decode(bytecode)
            .map_err(|error| malformed(error.to_string()))?
            .into();
        Ok(Self { abi, bytecode })
    }

    /// Creation code with constructor arguments.
    pub fn creation(&self, arguments: &[DynSolValue]) -> Bytes {
        let mut code = self.bytecode.to_vec();
        if let Some(constructor) = self.abi.constructor() {
            code.extend(
                constructor
                    .abi_encode_input_raw(arguments)
                    .expect("arguments fit the constructor"),
            );
        }
        code.into()
    }

    /// The function of that name; the first if it is overloaded.
    pub fn function(&self, name: &str) -> &Function {
        match self
            .abi
            .function(name)
            .and_then(|overloads| overloads.first())
        {
            Some(function) => function,
            None => panic!("no function {name}"),
        }
    }

    /// Calldata of a function.
    pub fn encode(&self, name: &str, arguments: &[DynSolValue]) -> Bytes {
        self.function(name)
            .abi_encode_input(arguments)
            .expect("arguments fit the function")
            .into()
    }

    /// What a function's return data says.
    pub fn decode(&self, name: &str, output: &[u8]) -> Vec<DynSolValue> {
        self.function(name)
            .abi_decode_output(output)
            .expect("return data fit the function")
    }

    /// All view and pure functions.
    pub fn views(&self) -> impl Iterator<Item = &Function> {
        self.abi.functions().filter(|function| {
            matches!(
                function.state_mutability,
                StateMutability::View | StateMutability::Pure
            )
        })
    }
}

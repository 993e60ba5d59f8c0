use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy::{
    dyn_abi::{DynSolValue, FunctionExt, JsonAbiExt},
    json_abi::{Function, JsonAbi, StateMutability},
};
use alloy_primitives::{Address, Bytes, hex};
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

/// A compiler's output as JSON, by itself or in what a tool puts around it.
fn json(path: &Path) -> Result<Value, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    match serde_json::from_str::<Value>(&text) {
        Ok(json) if json["compilerOutput"].is_object() => Ok(json["compilerOutput"].clone()),
        Ok(json) => Ok(json),
        Err(error) => Err(Error::Artifact {
            path: path.to_owned(),
            reason: error.to_string(),
        }),
    }
}

fn creation_code(path: &Path, json: &Value, libraries: &[(&str, Address)]) -> Result<Bytes, Error> {
    let malformed = |reason: String| Error::Artifact {
        path: path.to_owned(),
        reason,
    };
    let places = [
        &json["bytecode"],
        &json["bytecode"]["object"],
        &json["evm"]["bytecode"]["object"],
    ];
    let bytecode = places
        .iter()
        .find_map(|place| place.as_str())
        .ok_or_else(|| malformed("no bytecode".into()))?;
    let linked = link(bytecode, &json["linkReferences"], libraries).map_err(malformed)?;
    match hex::decode(linked) {
        Ok(code) => Ok(code.into()),
        Err(error) => Err(malformed(error.to_string())),
    }
}

/// Puts the libraries' addresses where the references say.
fn link(
    bytecode: &str,
    references: &Value,
    libraries: &[(&str, Address)],
) -> Result<String, String> {
    let mut code = bytecode.trim_start_matches("0x").to_owned();
    let files = references
        .as_object()
        .into_iter()
        .flat_map(|files| files.values());
    for (name, places) in files.filter_map(Value::as_object).flatten() {
        let library = libraries.iter().find(|(library, _)| library == name);
        let (_, address) = library.ok_or_else(|| format!("not linked to {name}"))?;
        for place in places.as_array().into_iter().flatten() {
            let start = place["start"].as_u64().ok_or("a reference to nowhere")?;
            let start = 2 * usize::try_from(start).map_err(|error| error.to_string())?;
            code.replace_range(start..start + 40, &hex::encode(address));
        }
    }
    Ok(code)
}

impl Artifact {
    /// Reads the JSON that a package ships, of any of the common tools: `abi`, and the creation code in hex with or without prefix.
    pub fn npm(path: &str) -> Result<Self, Error> {
        Self::read(npm_directory().join(path), &[])
    }

    /// The same of a contract that is linked to libraries, by their names.
    pub fn linked(path: &str, libraries: &[(&str, Address)]) -> Result<Self, Error> {
        Self::read(npm_directory().join(path), libraries)
    }

    /// A fixture of `tests/fixtures`.
    pub fn fixture(name: &str) -> Result<Self, Error> {
        let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/artifacts");
        Self::read(fixtures.join(format!("{name}.json")), &[])
    }

    /// The creation code alone of a package's contract, where what it ships as the interface is none.
    pub fn code(path: &str) -> Result<Bytes, Error> {
        let path = npm_directory().join(path);
        let json = json(&path)?;
        creation_code(&path, &json, &[])
    }

    fn read(path: PathBuf, libraries: &[(&str, Address)]) -> Result<Self, Error> {
        let json = json(&path)?;
        let bytecode = creation_code(&path, &json, libraries)?;
        match serde_json::from_value(json["abi"].clone()) {
            Ok(abi) => Ok(Self { abi, bytecode }),
            Err(error) => Err(Error::Artifact {
                path,
                reason: error.to_string(),
            }),
        }
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

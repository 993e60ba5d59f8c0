//! Typed data (EIP-712): what wallets sign instead of bytes, and how it is hashed.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, I256, U256, keccak256};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The type of the domain.
const DOMAIN: &str = "EIP712Domain";
/// Most fields of all types together; each type is written out with all it consists of.
const FIELDS: usize = 2_000;
/// How deep values may be nested in each other; the hash of deeper ones would need a stack of its own.
const DEPTH: usize = 64;

/// A message with its types and its domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypedData {
    types: BTreeMap<String, Vec<Field>>,
    primary_type: String,
    domain: Map<String, Value>,
    #[serde(default)]
    message: Map<String, Value>,
}

/// A field of a struct.
#[derive(Clone, Debug, Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

/// Why typed data cannot be hashed.
#[derive(Debug, thiserror::Error)]
pub enum TypedDataError {
    /// A type that is neither one of Solidity's nor defined.
    #[error("unknown type {0}")]
    Type(String),
    /// A value that is not of its type.
    #[error("{got} is not of type {ty}")]
    Value {
        /// The value.
        got: Value,
        /// The type.
        ty: String,
    },
    /// More fields than anybody needs.
    #[error("{got} fields in all types, limit {FIELDS}")]
    Fields {
        /// How many there are, an empty type counted as one.
        got: usize,
    },
    /// Values nested too deeply in each other.
    #[error("values are nested more than {DEPTH} deep")]
    Depth,
}

impl TypedData {
    /// What is signed: the hash of the domain's hash and the message's.
    ///
    /// # Errors
    /// [`TypedDataError`] if a type or a value does not fit.
    pub fn signing_hash(&self) -> Result<B256, TypedDataError> {
        let got = self.types.values().map(|fields| fields.len().max(1)).sum();
        if got > FIELDS {
            return Err(TypedDataError::Fields { got });
        }
        let hashes = &mut BTreeMap::new();
        let domain = self.hash_struct(DOMAIN, &self.domain, 0, hashes)?;
        let mut bytes = vec![0x19, 0x01];
        bytes.extend(domain);
        // A domain alone may be signed, too.
        if self.primary_type != DOMAIN {
            bytes.extend(self.hash_struct(&self.primary_type, &self.message, 0, hashes)?);
        }
        Ok(keccak256(bytes))
    }

    /// The fields of a struct. A domain whose type is not given has those of the five that it has values for.
    fn fields(&self, ty: &str) -> Result<Vec<Field>, TypedDataError> {
        if let Some(fields) = self.types.get(ty) {
            return Ok(fields.clone());
        }
        if ty != DOMAIN {
            return Err(TypedDataError::Type(ty.to_owned()));
        }
        let all = [
            ("name", "string"),
            ("version", "string"),
            ("chainId", "uint256"),
            ("verifyingContract", "address"),
            ("salt", "bytes32"),
        ];
        Ok(all
            .into_iter()
            .filter(|(name, _)| self.domain.contains_key(*name))
            .map(|(name, ty)| Field {
                name: name.to_owned(),
                ty: ty.to_owned(),
            })
            .collect())
    }

    /// The structs that a struct consists of, itself included.
    fn structs(&self, ty: &str, found: &mut BTreeSet<String>) -> Result<(), TypedDataError> {
        let mut open = vec![ty.to_owned()];
        while let Some(ty) = open.pop() {
            if !found.insert(ty.clone()) {
                continue;
            }
            for field in self.fields(&ty)? {
                let base = field.ty.split('[').next().unwrap_or_default();
                if self.types.contains_key(base) {
                    open.push(base.to_owned());
                }
            }
        }
        Ok(())
    }

    /// `encodeType`: a struct, and the structs it consists of, in the order of their names.
    fn encode_type(&self, ty: &str) -> Result<String, TypedDataError> {
        let mut structs = BTreeSet::new();
        self.structs(ty, &mut structs)?;
        structs.remove(ty);
        let mut text = String::new();
        for name in std::iter::once(ty).chain(structs.iter().map(String::as_str)) {
            let fields: Vec<_> = self
                .fields(name)?
                .into_iter()
                .map(|field| format!("{} {}", field.ty, field.name))
                .collect();
            text.push_str(&format!("{name}({})", fields.join(",")));
        }
        Ok(text)
    }

    /// `hashStruct`; `hashes` are those of types as far as they are known.
    fn hash_struct(
        &self,
        ty: &str,
        values: &Map<String, Value>,
        depth: usize,
        hashes: &mut BTreeMap<String, B256>,
    ) -> Result<B256, TypedDataError> {
        let type_hash = match hashes.get(ty) {
            Some(hash) => *hash,
            None => {
                let hash = keccak256(self.encode_type(ty)?);
                hashes.insert(ty.to_owned(), hash);
                hash
            }
        };
        let mut bytes = type_hash.to_vec();
        for field in self.fields(ty)? {
            let value = values.get(&field.name).unwrap_or(&Value::Null);
            bytes.extend(self.encode(&field.ty, value, depth + 1, hashes)?);
        }
        Ok(keccak256(bytes))
    }

    /// `encodeData` of one value: a word.
    fn encode(
        &self,
        ty: &str,
        value: &Value,
        depth: usize,
        hashes: &mut BTreeMap<String, B256>,
    ) -> Result<B256, TypedDataError> {
        if depth > DEPTH {
            return Err(TypedDataError::Depth);
        }
        if let Some((element, len)) = ty.strip_suffix(']').and_then(|ty| ty.rsplit_once('[')) {
            let values = value.as_array().filter(|values| {
                len.is_empty() || len.parse::<usize>().is_ok_and(|len| len == values.len())
            });
            let mut bytes = Vec::new();
            for value in values.ok_or_else(|| mismatch(ty, value))? {
                bytes.extend(self.encode(element, value, depth + 1, hashes)?);
            }
            return Ok(keccak256(bytes));
        }
        if self.types.contains_key(ty) {
            // As wallets have it, a struct that is not there is a word of zeros.
            return match value {
                Value::Null => Ok(B256::ZERO),
                Value::Object(values) => self.hash_struct(ty, values, depth, hashes),
                other => Err(mismatch(ty, other)),
            };
        }
        atom(ty, value)
    }
}

fn mismatch(ty: &str, got: &Value) -> TypedDataError {
    TypedDataError::Value {
        got: got.clone(),
        ty: ty.to_owned(),
    }
}

/// A number as JSON has it: decimal or hexadecimal text, or a JSON number.
fn number(value: &Value) -> Option<U256> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64().map(U256::from),
        _ => None,
    }
}

/// A number that may be negative.
fn signed(value: &Value) -> Option<I256> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number
            .as_i64()
            .and_then(|number| I256::try_from(number).ok()),
        _ => None,
    }
}

fn bytes(value: &Value) -> Option<Bytes> {
    value
        .as_str()
        .filter(|text| text.starts_with("0x"))?
        .parse()
        .ok()
}

/// The width of a number type in bits.
fn bits(ty: &str, prefix: &str) -> Option<usize> {
    let digits = ty.strip_prefix(prefix)?;
    if digits.is_empty() {
        return Some(256);
    }
    let bits = digits.parse::<usize>().ok()?;
    (bits % 8 == 0 && (8..=256).contains(&bits)).then_some(bits)
}

/// A value of one of Solidity's own types.
fn atom(ty: &str, value: &Value) -> Result<B256, TypedDataError> {
    let word = match ty {
        "string" => value.as_str().map(keccak256),
        "bytes" => bytes(value).map(keccak256),
        "bool" => value.as_bool().map(|is| B256::with_last_byte(is.into())),
        "address" => value
            .as_str()
            .and_then(|text| text.parse::<Address>().ok())
            .map(|address| address.into_word()),
        ty => {
            if let Some(bits) = bits(ty, "uint") {
                number(value)
                    .filter(|number| number.bit_len() <= bits)
                    .map(B256::from)
            } else if let Some(bits) = bits(ty, "int") {
                // The lowest number of a type has as many bits as its highest, and the sign.
                signed(value)
                    .filter(|number| number.bits() as usize <= bits)
                    .map(|number| B256::from(number.into_raw()))
            } else if let Some(len) = ty
                .strip_prefix("bytes")
                .and_then(|len| len.parse::<usize>().ok())
                .filter(|len| (1..=32).contains(len))
            {
                bytes(value)
                    .filter(|bytes| bytes.len() == len)
                    .map(|bytes| B256::right_padding_from(&bytes))
            } else {
                return Err(TypedDataError::Type(ty.to_owned()));
            }
        }
    };
    word.ok_or_else(|| mismatch(ty, value))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;
    use serde_json::json;

    use super::*;

    fn mail() -> Value {
        json!({
            "types": {
                "EIP712Domain": [
                    { "name": "name", "type": "string" }, { "name": "version", "type": "string" },
                    { "name": "chainId", "type": "uint256" }, { "name": "verifyingContract", "type": "address" },
                ],
                "Person": [{ "name": "name", "type": "string" }, { "name": "wallet", "type": "address" }],
                "Mail": [
                    { "name": "from", "type": "Person" }, { "name": "to", "type": "Person" },
                    { "name": "contents", "type": "string" },
                ],
            },
            "primaryType": "Mail",
            "domain": {
                "name": "Ether Mail", "version": "1", "chainId": 1,
                "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
            },
            "message": {
                "from": { "name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
                "to": { "name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
                "contents": "Hello, Bob!",
            },
        })
    }

    fn hash(data: Value) -> Result<B256, TypedDataError> {
        serde_json::from_value::<TypedData>(data)
            .expect("typed data")
            .signing_hash()
    }

    #[test]
    fn the_example_of_the_eip_has_the_hashes_that_the_eip_gives() {
        let data: TypedData = serde_json::from_value(mail()).expect("typed data");
        assert_eq!(
            data.encode_type("Mail").expect("a type"),
            "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
        );
        assert_eq!(
            data.signing_hash().expect("a hash"),
            b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2")
        );
        // without the domain's type it is the same: all four fields have values
        let mut bare = mail();
        bare["types"]
            .as_object_mut()
            .expect("types")
            .remove(DOMAIN)
            .expect("the domain's type");
        assert_eq!(
            hash(bare).expect("a hash"),
            data.signing_hash().expect("a hash")
        );
    }

    #[test]
    fn what_does_not_fit_its_type_is_refused() {
        for (ty, good, bad) in [
            ("uint8", json!(255), json!(256)),
            ("uint8", json!("0xff"), json!(-1)),
            ("int8", json!(-128), json!(-129)),
            ("int8", json!("127"), json!(128)),
            ("bytes2", json!("0x0102"), json!("0x010203")),
            ("bytes", json!("0x"), json!("00")),
            ("bool", json!(true), json!(1)),
            (
                "address",
                json!("0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826"),
                json!("0x00"),
            ),
            ("string", json!(""), json!(null)),
            ("uint256[2]", json!([1, 2]), json!([1])),
            ("uint256[]", json!([]), json!({})),
        ] {
            let with = |value: Value| {
                json!({ "types": { "A": [{ "name": "a", "type": ty }] }, "primaryType": "A",
                    "domain": {}, "message": { "a": value } })
            };
            hash(with(good)).expect(ty);
            hash(with(bad)).expect_err(ty);
        }
        for ty in ["uint7", "int264", "bytes0", "bytes33", "B", "float"] {
            let data = json!({ "types": { "A": [{ "name": "a", "type": ty }] }, "primaryType": "A",
                "domain": {}, "message": { "a": 1 } });
            assert!(matches!(hash(data), Err(TypedDataError::Type(_))), "{ty}");
        }
    }

    #[test]
    fn types_are_limited_since_each_is_written_out_with_all_it_consists_of() {
        let data = |fields: usize| {
            let fields: Vec<_> = (0..fields)
                .map(|index| json!({ "name": format!("f{index}"), "type": "B[]" }))
                .collect();
            json!({ "types": { "A": fields, "B": [] }, "primaryType": "B", "domain": {}, "message": {} })
        };
        hash(data(FIELDS - 1)).expect("a hash");
        assert!(matches!(
            hash(data(FIELDS)),
            Err(TypedDataError::Fields { got }) if got == FIELDS + 1
        ));
    }

    #[test]
    fn a_struct_of_itself_ends_where_its_values_end() {
        let nested = |depth: usize| {
            let mut value = json!({});
            for _ in 0..depth {
                value = json!({ "a": value });
            }
            json!({ "types": { "A": [{ "name": "a", "type": "A" }] }, "primaryType": "A",
                "domain": {}, "message": value })
        };
        hash(nested(DEPTH - 1)).expect("a hash");
        assert!(matches!(
            hash(nested(DEPTH + 1)),
            Err(TypedDataError::Depth)
        ));
    }
}

use std::{collections::BTreeMap, fmt, sync::OnceLock};

use alloy::{
    dyn_abi::{DynSolValue, JsonAbiExt},
    json_abi::{Error as ErrorAbi, JsonAbi},
};
use alloy_primitives::{Bytes, FixedBytes, hex};
use serde::Serialize;
use smartsync_abi::{
    ICombined, INotary, IParentChain, IProgramErrors, IProofErrors, IProver, IProxy, IReader,
    IRegistry, IRollup, IRootSource, IVerifier,
};

/// Revert data, decoded by the errors that the SmartSync contracts and Solidity throw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revert {
    /// Name of the error, as in the ABI; empty when the data is none of the known errors.
    pub name: String,
    /// Its arguments by name, in order.
    pub arguments: Vec<(String, String)>,
    /// The revert data.
    pub data: Bytes,
}

impl Revert {
    /// Decodes revert data. Unknown data is kept as it is.
    pub fn decode(data: Bytes) -> Self {
        let unknown = |data| Self {
            name: String::new(),
            arguments: Vec::new(),
            data,
        };
        let Some((selector, body)) = data.split_first_chunk::<4>() else {
            return unknown(data);
        };
        let Some(error) = known_errors().get(&FixedBytes(*selector)) else {
            return unknown(data);
        };
        let Ok(values) = error.abi_decode_input(body) else {
            return unknown(data);
        };
        let arguments = error
            .inputs
            .iter()
            .zip(&values)
            .map(|(input, value)| (input.name.clone(), show(value)))
            .collect();
        Self {
            name: error.name.clone(),
            arguments,
            data,
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return match self.data.is_empty() {
                true => formatter.write_str("no reason given"),
                false => write!(formatter, "{}", self.data),
            };
        }
        write!(formatter, "{}(", self.name)?;
        for (index, (name, value)) in self.arguments.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match name.is_empty() {
                true => write!(formatter, "{comma}{value}")?,
                false => write!(formatter, "{comma}{name}: {value}")?,
            }
        }
        formatter.write_str(")")
    }
}

fn show(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::FixedBytes(word, size) => {
            hex::encode_prefixed(word.get(..*size).unwrap_or(word.as_slice()))
        }
        DynSolValue::Bytes(bytes) => hex::encode_prefixed(bytes),
        DynSolValue::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        DynSolValue::Bool(bool) => bool.to_string(),
        other => format!("{other:?}"),
    }
}

fn known_errors() -> &'static BTreeMap<FixedBytes<4>, ErrorAbi> {
    static ERRORS: OnceLock<BTreeMap<FixedBytes<4>, ErrorAbi>> = OnceLock::new();
    ERRORS.get_or_init(|| {
        let interfaces: [JsonAbi; 12] = [
            IRegistry::abi::contract(),
            INotary::abi::contract(),
            IParentChain::abi::contract(),
            ICombined::abi::contract(),
            IRollup::abi::contract(),
            IRootSource::abi::contract(),
            IProofErrors::abi::contract(),
            IProgramErrors::abi::contract(),
            IProxy::abi::contract(),
            IVerifier::abi::contract(),
            IReader::abi::contract(),
            IProver::abi::contract(),
        ];
        // What Solidity itself throws, and ArbWasm's refusals (Nitro's precompile ABI).
        let others = [
            "error Error(string reason)",
            "error Panic(uint256 code)",
            "error ProgramNotWasm()",
            "error ProgramNotActivated()",
            "error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion)",
            "error ProgramExpired(uint64 ageInSeconds)",
            "error ProgramUpToDate()",
            "error ProgramInsufficientValue(uint256 have, uint256 want)",
            // A push of block hashes: Offchain Labs' pusher and buffer, and Nitro's inbox.
            "error IncorrectMsgValue(uint256 expected, uint256 provided)",
            "error InvalidBatchSize(uint256 batchSize)",
            "error NotPusher()",
            "error InsufficientValue(uint256 expected, uint256 actual)",
            "error InsufficientSubmissionCost(uint256 expected, uint256 actual)",
            "error NotAllowedOrigin(address origin)",
        ];
        interfaces
            .iter()
            .flat_map(|abi| abi.errors().cloned())
            .chain(
                others
                    .iter()
                    .filter_map(|signature| ErrorAbi::parse(signature).ok()),
            )
            .map(|error| (error.selector(), error))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;
    use alloy_sol_types::{Revert as SolidityRevert, SolError};

    #[test]
    fn a_typed_error_is_shown_by_name_with_its_arguments() {
        let error = IRegistry::NotNewer {
            recorded: 7,
            sourceBlock: 5,
        };
        let revert = Revert::decode(error.abi_encode().into());
        assert_eq!(revert.name, "NotNewer");
        assert_eq!(revert.to_string(), "NotNewer(recorded: 7, sourceBlock: 5)");
    }

    #[test]
    fn bytes_are_shown_in_hexadecimal() {
        let error = IProofErrors::PreRootMismatch {
            expected: B256::ZERO,
            computed: B256::repeat_byte(0xab),
        };
        let text = Revert::decode(error.abi_encode().into()).to_string();
        assert_eq!(
            text,
            format!(
                "PreRootMismatch(expected: {}, computed: {})",
                B256::ZERO,
                B256::repeat_byte(0xab)
            )
        );
    }

    #[test]
    fn a_solidity_reason_is_shown_as_text() {
        let error = SolidityRevert::from("out of\nluck");
        assert_eq!(
            Revert::decode(error.abi_encode().into()).to_string(),
            "Error(reason: out of luck)"
        );
    }

    #[test]
    fn unknown_data_is_shown_as_it_is() {
        assert_eq!(
            Revert::decode(Bytes::from_static(&[1, 2, 3])).to_string(),
            "0x010203"
        );
        assert_eq!(
            Revert::decode(Bytes::from_static(&[1, 2, 3, 4, 5])).to_string(),
            "0x0102030405"
        );
        assert_eq!(Revert::decode(Bytes::new()).to_string(), "no reason given");
    }
}

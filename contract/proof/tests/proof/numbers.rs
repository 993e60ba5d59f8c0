//! The numbers of the checks are part of the ABI: they are those of the tables in `docs/proof-format.md`.

use alloy_primitives::{Address, B256};
use smartsync_proof::{Check, HeaderError, MultiProofError, NodeCheck, ProofError, WitnessError};

const PAGE: &str = include_str!("../../../../docs/proof-format.md");

/// Numbers and names of the table under a heading.
fn table(heading: &str) -> Vec<(u8, String)> {
    let section = PAGE
        .split("\n## ")
        .find(|section| section.starts_with(heading));
    let rows = section.unwrap().lines().filter_map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let number = cells.next()?.parse().ok()?;
        Some((number, cells.next()?.trim_matches('`').to_owned()))
    });
    rows.collect()
}

#[test]
fn the_checks_of_the_format_have_the_numbers_on_the_page() {
    let checks = [
        Check::Version,
        Check::Truncated,
        Check::ChangeHead,
        Check::SlotLength,
        Check::SlotLeadingZero,
        Check::ValueLeadingZero,
        Check::NotAscending,
        Check::NoChanges,
        Check::Skip,
        Check::Depth,
        Check::ChangesLeft,
        Check::ChangedUntouched,
        Check::TooFewChildren,
        Check::InlineNotUntouched,
        Check::InlineReference,
        Check::RevealMark,
        Check::RevealPadding,
        Check::RevealValueLength,
        Check::RevealValueLeadingZero,
        Check::TrailingBytes,
    ];
    let numbered = |reason| {
        let error = MultiProofError::Malformed { reason, offset: 7 };
        (error.reason(), format!("{reason:?}"))
    };
    assert_eq!(checks.map(numbered).to_vec(), table("Checks"));
}

#[test]
fn the_checks_of_witnesses_have_the_numbers_on_the_page() {
    let checks = [
        Check::AccountHead,
        Check::AccountLeadingZero,
        Check::AccountDefault,
        Check::SlotsWithoutStorage,
        Check::RevealedSlots,
        Check::CodeLength,
        Check::ReservedCode,
        Check::CodeNotAscending,
        Check::CodeNotReferenced,
    ];
    let numbered = |reason| {
        let error = WitnessError::Malformed { reason, offset: 7 };
        (error.reason(), format!("{reason:?}"))
    };
    assert_eq!(checks.map(numbered).to_vec(), table("Witnesses"));
    let (expected, computed) = (B256::ZERO, B256::repeat_byte(1));
    let errors = [
        WitnessError::StateRootMismatch { expected, computed },
        WitnessError::StorageRootMismatch {
            account: Address::ZERO,
            expected,
            computed,
        },
    ];
    assert_eq!(errors.map(|error| error.reason()), [111, 112]);
    for text in ["`StateRootMismatch` (111)", "`StorageRootMismatch` (112)"] {
        assert!(PAGE.contains(text), "{text}");
    }
}

#[test]
fn the_checks_of_nodes_have_the_numbers_on_the_page() {
    let checks = [
        NodeCheck::Missing,
        NodeCheck::Hash,
        NodeCheck::Unused,
        NodeCheck::Rlp,
        NodeCheck::ItemCount,
        NodeCheck::Path,
        NodeCheck::PathLength,
        NodeCheck::Child,
        NodeCheck::BranchValue,
        NodeCheck::NotEmbedded,
        NodeCheck::ExtensionChild,
        NodeCheck::Value,
        NodeCheck::ZeroValue,
    ];
    let numbered = |check| {
        let error = ProofError { check, node: 7 };
        assert_eq!(error.node(), 7);
        (error.reason(), format!("{check:?}"))
    };
    assert_eq!(checks.map(numbered).to_vec(), table("EIP-1186 proofs"));
}

#[test]
fn the_errors_of_headers_have_the_numbers_on_the_page() {
    let field = 7;
    let errors = [
        HeaderError::NotAList,
        HeaderError::MissingField { field },
        HeaderError::MalformedField { field },
        HeaderError::FieldWidth {
            field,
            expected: 32,
            got: 31,
        },
        HeaderError::Integer { field },
    ];
    let numbered = |error: HeaderError| {
        let name = format!("{error:?}");
        let name = name.split(' ').next().unwrap_or_default();
        (error.reason(), name.to_owned())
    };
    assert_eq!(errors.map(numbered).to_vec(), table("Headers"));
}

#[test]
fn errors_that_are_not_about_the_format_have_numbers_over_100() {
    let (expected, computed) = (B256::ZERO, B256::repeat_byte(1));
    let errors = [
        MultiProofError::PreRootMismatch { expected, computed },
        MultiProofError::PostRootMismatch { expected, computed },
        MultiProofError::SlotUnchanged { slot: expected },
    ];
    assert_eq!(errors.map(|error| error.reason()), [101, 102, 103]);
    for text in [
        "`PreRootMismatch` (101)",
        "`PostRootMismatch` (102)",
        "`SlotUnchanged` (103)",
    ] {
        assert!(PAGE.contains(text), "{text}");
    }
}

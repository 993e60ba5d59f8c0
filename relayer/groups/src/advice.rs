use alloy_primitives::Address;

/// What to do about one of our typed errors.
pub(crate) fn advice(error: &str, source: Address) -> Option<String> {
    let again = format!(
        "run `smartsync migrate {source} --call ...` with this call: it finds what the read needs"
    );
    Some(match error {
        "CodeUnknown" | "NotMirrored" | "BalanceUnknown" => again,
        "BlocksDiffer" => format!("the mirrors that it needs are at different source blocks; {again}"),
        "NotVerified" | "SyncInProgress" => {
            "the mirror is being brought up to date in parts: wait, or run `smartsync sync`".to_owned()
        }
        "UnknownBlock" => {
            "the root source does not know that block: `smartsync sync` of any mirror brings one, or leave out `--block`".to_owned()
        }
        "UnsupportedInstruction" => {
            "the view runs an instruction that no mirror can answer: ask for something else".to_owned()
        }
        "NativeAccount" => {
            "the view asks for an account that the source chain itself implements".to_owned()
        }
        "PrecompileFailed" => {
            "the view asks a precompiled contract what it may refuse elsewhere".to_owned()
        }
        "GasLimited" => {
            "the view gives a call less gas than it has, which a mirror cannot follow: ask for something else".to_owned()
        }
        "LimitExceeded" => {
            "the view takes more frames or memory than the reader has, or hands a precompiled contract more than it takes everywhere"
                .to_owned()
        }
        "NotAnswered" => "the read ran out of gas, or its programs are not active".to_owned(),
        "ProgramNotActivated" | "ProgramExpired" | "ProgramNeedsUpgrade" => {
            "a program on the target has to be activated again: see `smartsync doctor`".to_owned()
        }
        _ => return None,
    })
}

/// Whether bringing up the group ends one of our typed errors.
pub(crate) fn is_mendable(error: &str) -> bool {
    matches!(
        error,
        "CodeUnknown" | "NotMirrored" | "BalanceUnknown" | "BlocksDiffer"
    )
}

/// Whether neither a mirror nor a proof answers a read that ends with it, whatever is brought or proven.
pub(crate) fn is_final(error: &str) -> bool {
    matches!(
        error,
        "UnsupportedInstruction"
            | "NativeAccount"
            | "PrecompileFailed"
            | "GasLimited"
            | "LimitExceeded"
    )
}

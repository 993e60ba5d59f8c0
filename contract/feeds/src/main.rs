//! Prints the program's interface: `cargo stylus export-abi`, `cargo stylus constructor`.
#![cfg_attr(not(feature = "export-abi"), no_main)]

#[cfg(feature = "export-abi")]
fn main() {
    let argument = std::env::args().nth(1);
    print!(
        "{}",
        smartsync_abi::solidity::Program::Feeds.export(argument.as_deref())
    );
}

//! Prints the test vectors for other implementations: `cargo run --example vectors > contract/proof/vectors.json`, which
//! `docs/proof-format.md` describes. Every refusal is made on purpose, and the check meant must be the one that the
//! verifier tells.

#[allow(dead_code)]
#[path = "../../tests/proof/forgery.rs"]
mod forgery;
#[allow(dead_code)]
#[path = "../../tests/proof/ground.rs"]
mod ground;
#[allow(dead_code)]
#[path = "../../tests/proof/oracle.rs"]
mod oracle;
#[path = "../../tests/proof/rlp.rs"]
mod rlp;
#[allow(dead_code)]
#[path = "../../tests/proof/shapes.rs"]
mod shapes;
#[allow(dead_code)]
#[path = "../../tests/proof/state_trie.rs"]
mod state_trie;
#[path = "../../tests/proof/vector.rs"]
mod vector;

mod headers;
mod inclusions;
mod nodes;
mod transitions;
mod witnesses;

use vector::{Outcome, Vectors};

/// The outcome must be a refusal of this name.
fn refused<T>(outcome: Outcome<T>, meant: &str) -> Outcome<T> {
    match &outcome {
        Outcome::Refused(refusal) => assert_eq!(refusal.name, meant),
        Outcome::Accepted(_) => panic!("accepted, where {meant} is meant"),
    }
    outcome
}

fn main() -> Result<(), serde_json::Error> {
    let vectors = Vectors {
        transitions: transitions::all(),
        inclusions: inclusions::all(),
        storage_proofs: nodes::of_storage(),
        account_proofs: nodes::of_accounts(),
        headers: headers::all(),
        witnesses: witnesses::all(),
    };
    println!("{}", serde_json::to_string_pretty(&vectors)?);
    Ok(())
}

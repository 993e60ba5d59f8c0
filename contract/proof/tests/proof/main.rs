//! The verifier and the builder against two other trie implementations, and against forgers.

mod forgery;
mod ground;
mod oracle;

mod checks;
mod eip1186;
mod examples;
mod exhaustive;
mod headers;
mod random;
mod tampering;

//! The verifier and the builder against two other trie implementations, and against forgers.

mod ground;
mod oracle;

mod eip1186;
mod exhaustive;
mod headers;
mod random;

//! The verifier and the builder against two other trie implementations, and against forgers.

mod forgery;
mod ground;
mod made_up;
mod naive;
mod oracle;

mod builder;
mod checks;
mod depth;
mod eip1186;
mod examples;
mod exhaustive;
mod headers;
mod memory;
mod nodes;
mod numbers;
mod paths;
mod random;
mod second;
mod tampering;
mod vectors;

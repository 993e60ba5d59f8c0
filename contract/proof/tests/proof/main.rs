//! The verifier and the builder against two other trie implementations, and against forgers.

mod forgery;
mod ground;
mod made_up;
mod naive;
mod oracle;
mod rlp;
mod shapes;
mod state_trie;
mod vector;

mod builder;
mod depth;
mod eip1186;
mod examples;
mod exhaustive;
mod headers;
mod listing;
mod memory;
mod neighbours;
mod nodes;
mod numbers;
mod outcomes;
mod paths;
mod places;
mod published;
mod random;
mod second;
mod tampering;
mod vectors;
mod witness;

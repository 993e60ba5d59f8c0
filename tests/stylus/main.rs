//! The Stylus layer rule by rule: small programs whose cost is worked out by hand from the price list.

mod activation;
mod bomb;
mod flow;
mod frame;
mod hostio;
mod ink;
mod world;

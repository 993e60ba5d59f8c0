//! JSON-RPC over HTTP and WebSocket.

mod access_list;
mod api;
mod arity;
mod asked;
mod block_settings;
mod block_simulation;
mod block_view;
mod call;
mod capabilities;
mod control;
mod debug;
mod dispatch;
mod dump;
mod error;
mod fees;
mod filtering;
mod filters;
mod logs;
mod message;
mod node_interface;
mod overrides;
mod params;
mod pool_view;
mod proof;
mod send;
mod server;
mod sign;
mod simulation;
mod subscription;
mod trace_limit;
mod trace_options;
mod transfers;
mod typed_data;

pub use api::Api;
pub use server::serve;

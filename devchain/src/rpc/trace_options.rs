//! What a trace is asked to show.

use alloy_rpc_types_trace::geth::GethDebugTracingOptions;
use serde::Deserialize;
use serde_json::Value;

/// Options of a trace, with none that is not known.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct TraceOptions(pub GethDebugTracingOptions);

impl TryFrom<Value> for TraceOptions {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, serde_json::Error> {
        known(&value, &[])?;
        serde_json::from_value(value).map(Self)
    }
}

/// Refuses an option that is neither geth's nor one of these, and what the tracer is told that it does not know.
pub fn known(options: &Value, others: &[&str]) -> Result<(), serde_json::Error> {
    for name in names(options) {
        match name {
            "tracer" | "tracerConfig" | "timeout" | "reexec" | "limit" | "debug"
            | "enableMemory" | "disableMemory" | "disableStack" | "disableStorage"
            | "enableReturnData" | "disableReturnData" => {}
            other if others.contains(&other) => {}
            other => return Err(unknown("a trace", other)),
        }
    }
    match (options["tracer"].as_str(), &options["tracerConfig"]) {
        (Some(tracer), config) => told(tracer, config),
        (None, Value::Null) => Ok(()),
        (None, _) => Err(serde::de::Error::custom("tracerConfig without a tracer")),
    }
}

fn told(tracer: &str, config: &Value) -> Result<(), serde_json::Error> {
    let may: &[&str] = match tracer {
        "callTracer" => &["onlyTopCall", "withLog"],
        "prestateTracer" => &["diffMode", "disableCode", "disableStorage"],
        "flatCallTracer" => &["convertParityErrors", "includePrecompiles"],
        "muxTracer" => {
            return names(config).try_for_each(|tracer| told(tracer, &config[tracer]));
        }
        _ => &[],
    };
    match names(config).find(|name| !may.contains(name)) {
        None => Ok(()),
        Some(name) => Err(unknown(tracer, name)),
    }
}

fn names(object: &Value) -> impl Iterator<Item = &str> {
    let members = object.as_object().into_iter().flatten();
    members.map(|(name, _)| name.as_str())
}

fn unknown(whose: &str, name: &str) -> serde_json::Error {
    serde::de::Error::custom(format!("{whose} has no option {name:?}"))
}

//! Positional parameters.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::RpcError;

/// The parameters of a request, taken one after the other.
#[derive(Debug)]
pub struct Params {
    values: std::vec::IntoIter<Value>,
    position: usize,
}

impl Params {
    /// The parameters of a request; none at all are an empty list.
    ///
    /// # Errors
    /// Invalid params if they are neither a list nor missing.
    pub fn new(params: Option<Value>) -> Result<Self, RpcError> {
        let values = match params {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(RpcError::invalid_params("params must be a list")),
        };
        Ok(Self {
            values: values.into_iter(),
            position: 0,
        })
    }

    /// Checks that there are no more parameters than a method takes; nulls at the end are none.
    ///
    /// # Errors
    /// Invalid params if there are.
    pub fn at_most(&self, most: usize) -> Result<(), RpcError> {
        let values = self.values.as_slice();
        let given = values.iter().rposition(|value| !value.is_null());
        if given.is_some_and(|last| last >= most) {
            return Err(RpcError::invalid_params(format!(
                "too many arguments, want at most {most}"
            )));
        }
        Ok(())
    }

    /// The next parameter.
    ///
    /// # Errors
    /// Invalid params if it is missing or of another type.
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<T, RpcError> {
        match self.next_or_none()? {
            Some(value) => Ok(value),
            None => Err(RpcError::invalid_params(format!(
                "missing value for required argument {}",
                self.position - 1
            ))),
        }
    }

    /// The next parameter, if it is there and not null.
    ///
    /// # Errors
    /// Invalid params if it is of another type.
    pub fn next_or_none<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RpcError> {
        let position = self.position;
        self.position += 1;
        match self.values.next() {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|error| {
                RpcError::invalid_params(format!("invalid argument {position}: {error}"))
            }),
        }
    }
}

use alloy_primitives::{Address, Bytes};

use crate::{Error, Mirror, MirrorReader, Stage};

/// Reads of a mirror by a contract of the target.
impl Stage {
    /// Deploys the contract that reads.
    pub async fn reader(&self) -> Result<Address, Error> {
        let registry = self.registry.into_word();
        self.on_target(&MirrorReader::BYTECODE, registry).await
    }

    /// Whether a STATICCALL by the reader succeeds, and what it answers.
    pub async fn read_statically(
        &self,
        reader: Address,
        mirror: Mirror,
        data: impl Into<Bytes>,
    ) -> (bool, Bytes) {
        let call = MirrorReader::readStaticCall {
            mirror: mirror.proxy,
            data: data.into(),
        };
        match self.target.view(reader, call).await {
            Ok(answer) => (answer.success, answer.result),
            Err(error) => panic!("the reader itself fails: {error:?}"),
        }
    }

    /// The same by a plain CALL.
    pub async fn read_plainly(
        &self,
        reader: Address,
        mirror: Mirror,
        data: impl Into<Bytes>,
    ) -> (bool, Bytes) {
        let call = MirrorReader::readPlainCall {
            mirror: mirror.proxy,
            data: data.into(),
        };
        match self.target.view(reader, call).await {
            Ok(answer) => (answer.success, answer.result),
            Err(error) => panic!("the reader itself fails: {error:?}"),
        }
    }
}

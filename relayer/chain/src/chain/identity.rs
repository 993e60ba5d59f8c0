use std::task::{Context, Poll};

use alloy::{
    rpc::json_rpc::{Id, RequestPacket, ResponsePacket},
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use tower::{Layer, Service};

/// Refuses answers to other requests than the one sent: alloy's HTTP transport takes any.
#[derive(Clone, Copy, Debug)]
pub(super) struct SameId;

impl<S> Layer<S> for SameId {
    type Service = SameIdService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SameIdService { inner }
    }
}

#[derive(Clone, Debug)]
pub(super) struct SameIdService<S> {
    inner: S,
}

impl<S> Service<RequestPacket> for SameIdService<S>
where
    S: Service<
            RequestPacket,
            Response = ResponsePacket,
            Error = TransportError,
            Future = TransportFut<'static>,
        > + Send
        + 'static,
{
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        let expected = match &request {
            RequestPacket::Single(request) => Some(request.id().clone()),
            // alloy matches the answers of a batch by id itself.
            RequestPacket::Batch(_) => None,
        };
        let answer = self.inner.call(request);
        Box::pin(async move { check(expected, answer.await?) })
    }
}

fn check(expected: Option<Id>, answer: ResponsePacket) -> Result<ResponsePacket, TransportError> {
    match (expected, answer) {
        (Some(expected), ResponsePacket::Single(response))
            // A node that could not read the request answers with an error and no id.
            if response.id == expected || (response.id == Id::None && response.is_error()) =>
        {
            Ok(ResponsePacket::Single(response))
        }
        (None, answer) => Ok(answer),
        (Some(expected), ResponsePacket::Single(response)) => {
            Err(TransportErrorKind::custom_str(&format!(
                "the answer is to request {}, not to {expected}",
                response.id
            )))
        }
        (Some(expected), ResponsePacket::Batch(_)) => Err(TransportErrorKind::custom_str(
            &format!("the answer to request {expected} is a batch"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> ResponsePacket {
        serde_json::from_str(text).expect("an answer")
    }

    #[test]
    fn only_the_answer_to_the_request_itself_is_taken() {
        let own = Some(Id::Number(7));
        assert!(
            check(
                own.clone(),
                answer(r#"{"jsonrpc":"2.0","id":7,"result":"0x1"}"#)
            )
            .is_ok()
        );
        let refused = check(
            own.clone(),
            answer(r#"{"jsonrpc":"2.0","id":8,"result":"0x1"}"#),
        )
        .expect_err("another request's");
        assert_eq!(refused.to_string(), "the answer is to request 8, not to 7");
        assert!(check(own.clone(), answer("[]")).is_err());
        assert!(
            check(
                own.clone(),
                answer(r#"{"jsonrpc":"2.0","id":null,"result":"0x1"}"#)
            )
            .is_err()
        );
        let unread =
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}"#;
        assert!(check(own, answer(unread)).is_ok());
    }
}

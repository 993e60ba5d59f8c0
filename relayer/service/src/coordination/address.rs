//! The address of a database, and the TLS that its `sslmode` asks for, in libpq's words.

use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where the database is, and how far its certificate is looked at.
#[derive(Clone)]
pub(crate) struct Address {
    /// All but TLS.
    pub config: Config,
    /// Whether the server must be who it says (`verify-full`), or TLS only hides what is said (`prefer`, `require`).
    verified: bool,
}

/// What is wrong with an address; it never shows any of it.
pub(crate) struct NoAddress(pub &'static str);

impl Address {
    /// Reads an address as libpq takes it. `sslmode` is `disable`, `prefer` (the default), `require` or `verify-full`.
    pub fn parse(text: &str) -> Result<Self, NoAddress> {
        const MODE: &str = "sslmode=";
        const VERIFIED: &str = "verify-full";
        // The library knows the first three. In a URL the parameters come behind a question mark, else all are, between blanks.
        let (place, parameters) = text.split_once('?').unwrap_or(("", text));
        let at = parameters.match_indices(MODE).find(|(at, _)| {
            let before = parameters.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with(['&', ' '])
        });
        let mode = at.and_then(|(at, _)| parameters.get(at + MODE.len()..));
        let mode = mode.map(|mode| mode.split(['&', ' ']).next().unwrap_or_default());
        let config = match mode {
            Some("verify-ca") => {
                return Err(NoAddress(
                    "sslmode=verify-ca checks no name: use verify-full",
                ));
            }
            Some(VERIFIED) => {
                let required = parameters.replacen("sslmode=verify-full", "sslmode=require", 1);
                match place.is_empty() {
                    true => required.parse(),
                    false => format!("{place}?{required}").parse(),
                }
            }
            _ => text.parse(),
        };
        Ok(Self {
            // The library's own error shows parts of it.
            config: config.map_err(|_shown: tokio_postgres::Error| {
                NoAddress("not the address of a database")
            })?,
            verified: mode == Some(VERIFIED),
        })
    }

    /// What encrypts the connection. Certificates are checked against the system's authorities, or those of `SSL_CERT_FILE`.
    pub fn tls(&self) -> Result<MakeRustlsConnect, NoAddress> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|_none| NoAddress("no version of TLS is built in"))?;
        let config = if self.verified {
            let mut authorities = RootCertStore::empty();
            let found = rustls_native_certs::load_native_certs();
            for problem in found.errors {
                tracing::warn!("an authority's certificate is left out: {problem}");
            }
            authorities.add_parsable_certificates(found.certs);
            if authorities.is_empty() {
                return Err(NoAddress(
                    "sslmode=verify-full needs certificates of authorities, and there are none (SSL_CERT_FILE)",
                ));
            }
            versions.with_root_certificates(authorities)
        } else {
            versions
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }
}

/// Takes any certificate, as libpq does below `verify-ca`: whoever sits between can still read, whoever only listens cannot.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    #[test]
    fn the_mode_of_tls_is_read_in_both_forms_of_an_address_and_nowhere_else() {
        for (text, mode, verified) in [
            ("postgres://u@h/d", SslMode::Prefer, false),
            ("postgres://u@h/d?sslmode=disable", SslMode::Disable, false),
            ("postgres://u@h/d?sslmode=require", SslMode::Require, false),
            (
                "postgres://u@h/d?sslmode=verify-full",
                SslMode::Require,
                true,
            ),
            (
                "postgres://u@h/d?connect_timeout=3&sslmode=verify-full&application_name=x",
                SslMode::Require,
                true,
            ),
            ("host=h user=u sslmode=verify-full", SslMode::Require, true),
            ("sslmode=verify-full host=h", SslMode::Require, true),
            // In a password it says nothing.
            (
                "host=h password=sslmode=verify-full",
                SslMode::Prefer,
                false,
            ),
        ] {
            let address =
                Address::parse(text).unwrap_or_else(|error| panic!("{text}: {}", error.0));
            assert_eq!(
                (address.config.get_ssl_mode(), address.verified),
                (mode, verified),
                "{text}"
            );
        }
        for text in [
            "postgres://u@h/d?sslmode=verify-ca",
            "postgres://u@h/d?sslmode=often",
            "http://h/d",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}

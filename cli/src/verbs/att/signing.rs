use assay_attest::Bundle;
use assay_base::Secret;
use assay_signer::{KeyFile, PrivateKey, SignedPayload, SignerError};
use assay_wire::{CertificateRequest, Exit, OpenedRun, TimestampRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::client::Client;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};

/// Where the password of a key stands.
const PASSWORD: &str = "ASSAY_SIGNING_PASSWORD";

/// Signs with an ephemeral key that the server certifies for this run, and has the signature stamped.
///
/// # Errors
/// [`CliError`] of the server or of the cryptographic library.
pub(super) fn keyless(client: &Client, run: &OpenedRun, payload: Vec<u8>) -> Result<Bundle, CliError> {
    let key = PrivateKey::generate().map_err(failed)?;
    let request = CertificateRequest {
        public_key: STANDARD.encode(key.public_key().der()),
        proof: STANDARD.encode(key.prove_possession(&run.identity).map_err(failed)?),
    };
    let certificate = decode(&client.certificate(run.run_id, &request)?.certificate)?;
    let signed = SignedPayload::sign(&key, payload).map_err(failed)?;
    let stamp = stamp(client, &signed)?;
    signed.with_certificate(certificate, stamp).map_err(failed)
}

/// Signs with a key of the user. The timestamp is the server's; without a server that answers there is none.
///
/// # Errors
/// [`CliError`] for a key that cannot be used.
pub(super) fn with_key(
    ctx: &Ctx,
    client: Option<&Client>,
    reference: &str,
    payload: Vec<u8>,
) -> Result<Bundle, CliError> {
    let key = read_key(ctx, reference)?;
    let signed = SignedPayload::sign(&key, payload).map_err(failed)?;
    let stamped = match client.map(|client| stamp(client, &signed)) {
        Some(Err(error)) if error.exit() == Exit::Network => {
            ctx.ui.warn("the server cannot be reached: the attestation has no timestamp");
            None
        }
        other => other.transpose()?,
    };
    signed.with_key(stamped).map_err(failed)
}

fn stamp(client: &Client, signed: &SignedPayload) -> Result<Vec<u8>, CliError> {
    decode(&client.timestamp(&TimestampRequest { digest: signed.imprint() })?.timestamp)
}

/// The key of a file or, written `env://NAME`, of the environment.
///
/// # Errors
/// [`CliError`] for a key that cannot be read or opened.
pub(in crate::verbs) fn read_key(ctx: &Ctx, reference: &str) -> Result<PrivateKey, CliError> {
    let text = Secret::new(match reference.strip_prefix("env://") {
        Some(name) => {
            let absent =
                || CliError::usage(format!("`{name}` of the environment, which is to hold the key, is not set"));
            ctx.env.get(name).ok_or_else(absent)?.to_owned()
        }
        None => files::given_text(&ctx.cwd.join(reference), Limit::LINES)?,
    });
    match KeyFile::parse(text.expose()).map_err(failed)? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Encrypted(sealed) => {
            let message = "the key is encrypted and there is no password";
            let absent = || CliError::new(Exit::Invalid, "key-password", message).hint(format!("set {PASSWORD}"));
            let password = Secret::new(ctx.env.get(PASSWORD).ok_or_else(absent)?.to_owned());
            sealed.open(&password).map_err(failed)
        }
    }
}

fn decode(text: &str) -> Result<Vec<u8>, CliError> {
    STANDARD.decode(text).map_err(|error| {
        CliError::new(Exit::Unexpected, "answer", "the server answers what this version does not understand")
            .because(error)
    })
}

fn failed(error: SignerError) -> CliError {
    CliError::new(Exit::Invalid, "signing", "cannot sign").because(error)
}

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Error, Evidence, base64};

/// The most that is read: a bundle has at most 16 MiB.
const LIMIT: usize = 16 << 20;

/// An attestation, read from its bundle. Its parts are borrowed from two texts: the bundle and the statement.
///
/// The format is `sigstore_bundle.proto` of sigstore/protobuf-specs with a DSSE envelope around an in-toto statement (v1).
#[derive(Debug, Clone)]
pub struct Attestation {
    bundle: String,
    statement: String,
    digest: String,
}

/// The names of a statement's parts, without what is in them.
#[derive(Deserialize)]
struct Statement<'a> {
    #[serde(borrow, default)]
    subject: Vec<&'a RawValue>,
    #[serde(borrow, rename = "predicateType")]
    predicate_type: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    predicate: &'a RawValue,
}

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow, rename = "dsseEnvelope")]
    envelope: &'a RawValue,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    payload: std::borrow::Cow<'a, str>,
}

/// The four parts that receivers of attestations usually want, as one document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parts<'a> {
    /// The DSSE envelope.
    pub envelope: &'a RawValue,
    /// The digest of the bundle: `sha256:…`.
    pub hash: &'a str,
    /// The statement.
    pub statement: &'a RawValue,
    /// Its predicate.
    pub predicate: &'a RawValue,
}

impl Attestation {
    /// Reads the bundle.
    ///
    /// # Errors
    /// [`Error::Permanent`] when the bytes are no bundle, [`Error::Retryable`] when the host cannot read them now.
    pub fn read(evidence: &Evidence) -> Result<Self, Error> {
        evidence.blob.rewind();
        let bundle = evidence.blob.read_text(LIMIT)?;
        let envelope: Bundle<'_> = parse(&bundle, "the bundle")?;
        let envelope: Envelope<'_> = parse(envelope.envelope.get(), "the envelope")?;
        let statement = String::from_utf8(base64::decode(&*envelope.payload)?)
            .map_err(|_| Error::permanent("attestation-invalid", "the statement is not UTF-8 text"))?;
        let _: Statement<'_> = parse(&statement, "the statement")?;
        Ok(Self { bundle, statement, digest: evidence.metadata.digest.clone() })
    }

    /// The bundle's JSON.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// The digest of the bundle's bytes: `sha256:…`.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The JSON of the DSSE envelope, as it was signed.
    ///
    /// # Errors
    /// None for what was read.
    pub fn envelope(&self) -> Result<&RawValue, Error> {
        Ok(parse::<Bundle<'_>>(&self.bundle, "the bundle")?.envelope)
    }

    /// The JSON of the statement, byte for byte what was signed.
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// The JSON of the predicate.
    ///
    /// # Errors
    /// None for what was read.
    pub fn predicate(&self) -> Result<&RawValue, Error> {
        Ok(self.parsed()?.predicate)
    }

    /// The type of the predicate, a URI.
    ///
    /// # Errors
    /// None for what was read.
    pub fn predicate_type(&self) -> Result<String, Error> {
        Ok(self.parsed()?.predicate_type.into_owned())
    }

    /// The JSON of each subject.
    ///
    /// # Errors
    /// None for what was read.
    pub fn subjects(&self) -> Result<Vec<&RawValue>, Error> {
        Ok(self.parsed()?.subject)
    }

    /// Envelope, digest, statement and predicate, as one document to be serialized without copies of them.
    ///
    /// # Errors
    /// None for what was read.
    pub fn parts(&self) -> Result<Parts<'_>, Error> {
        let statement = parse(&self.statement, "the statement")?;
        Ok(Parts { envelope: self.envelope()?, hash: &self.digest, statement, predicate: self.predicate()? })
    }

    fn parsed(&self) -> Result<Statement<'_>, Error> {
        parse(&self.statement, "the statement")
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::permanent("attestation-invalid", format!("{what}: {error}")))
}

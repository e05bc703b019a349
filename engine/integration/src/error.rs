use assay_base::json::JsonError;
use jsonschema::ValidationError;

/// Why a document is not the manifest of an integration.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no JSON document.
    #[error("the manifest cannot be read: {source}")]
    Json {
        /// Where.
        pointer: String,
        /// Why.
        #[source]
        source: JsonError,
    },
    /// It is too large.
    #[error("a manifest has at most {most} bytes, this one has {size}")]
    Size {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        most: usize,
    },
    /// A member that a manifest does not have at this place.
    #[error("`{key}` is not known here{}", did_you_mean(suggestion.as_deref()))]
    Unknown {
        /// JSON pointer of the member.
        pointer: String,
        /// Its name.
        key: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// A member that must be there.
    #[error("`{pointer}` is missing")]
    Missing {
        /// JSON pointer of the member.
        pointer: String,
    },
    /// A value of another type.
    #[error("`{pointer}` must be {expected}")]
    Type {
        /// JSON pointer of the value.
        pointer: String,
        /// For example `a text`.
        expected: &'static str,
    },
    /// A value that is not allowed there.
    #[error("`{found}` at `{pointer}` is not allowed: {rule}{}", did_you_mean(suggestion.as_deref()))]
    Value {
        /// JSON pointer of the value.
        pointer: String,
        /// The value.
        found: String,
        /// What would be right.
        rule: &'static str,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// More than an integration may ask for.
    #[error("`{pointer}` is at most {most}")]
    Limit {
        /// JSON pointer of the limit.
        pointer: String,
        /// The most that it may be.
        most: u64,
    },
    /// One of the two schemas is not a JSON Schema.
    #[error("`{pointer}` is not a JSON Schema: {source}")]
    Schema {
        /// JSON pointer inside the manifest.
        pointer: String,
        /// Why.
        #[source]
        source: Box<ValidationError<'static>>,
    },
    /// A default that its own schema does not accept.
    #[error("the default at `{pointer}` does not fit its schema: {source}")]
    Default {
        /// JSON pointer of the default.
        pointer: String,
        /// Why.
        #[source]
        source: Box<ValidationError<'static>>,
    },
    /// A text that names a slot, or a field, that the manifest does not have.
    #[error("`{pointer}` names {what} `{name}`, which is not there{}", did_you_mean(suggestion.as_deref()))]
    Dangling {
        /// JSON pointer of the text.
        pointer: String,
        /// For example `the endpoint`.
        what: &'static str,
        /// The name.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// Two declarations of one slot.
    #[error("the slot `{slot}` at `{pointer}` is taken")]
    Taken {
        /// JSON pointer of the second one.
        pointer: String,
        /// The slot.
        slot: String,
    },
    /// A declaration that breaks a rule of manifests.
    #[error("`{pointer}`: {rule}")]
    Rule {
        /// JSON pointer of the declaration.
        pointer: String,
        /// The rule.
        rule: &'static str,
    },
}

impl ManifestError {
    /// The JSON pointer (RFC 6901) of what is wrong; empty for the document itself.
    pub fn pointer(&self) -> &str {
        match self {
            Self::Size { .. } => "",
            Self::Json { pointer, .. }
            | Self::Unknown { pointer, .. }
            | Self::Missing { pointer }
            | Self::Type { pointer, .. }
            | Self::Value { pointer, .. }
            | Self::Limit { pointer, .. }
            | Self::Schema { pointer, .. }
            | Self::Default { pointer, .. }
            | Self::Dangling { pointer, .. }
            | Self::Taken { pointer, .. }
            | Self::Rule { pointer, .. } => pointer,
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default()
}

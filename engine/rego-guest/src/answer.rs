use serde::Serialize;

use crate::failure::Failure;

/// What the host gets back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// There is nothing to say.
    Done,
    /// What the policy's rule `result` is; sets come as sorted arrays.
    Result(regorus::Value),
    /// What went wrong.
    Failed(Failure),
}

impl Answer {
    /// The JSON text. A value that cannot be written (none is known) is an error like any other.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let text = serde_json::to_vec(self);
        text.unwrap_or_else(|_| br#"{"failed":{"code":"policy-result","message":"the result is no JSON"}}"#.to_vec())
    }
}

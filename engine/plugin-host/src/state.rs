use std::sync::Arc;

use assay_sandbox::Hosted;

use crate::bindings::assay::integration::state::Host;
use crate::call::{Call, wait};

/// Longest key and value, in bytes.
const KEY_BYTES: usize = 128;
const VALUE_BYTES: usize = 8 << 10;

impl Host for Hosted<Call> {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, String>> {
        if let Err(reason) = check(&key, None).and_then(|()| self.host_mut().may_use_state()) {
            return Ok(Err(reason));
        }
        let state = Arc::clone(&self.host().state);
        wait(self, async move { state.get(&key).await })
    }

    fn set(&mut self, key: String, value: Option<String>) -> wasmtime::Result<Result<(), String>> {
        if let Err(reason) = check(&key, value.as_deref()).and_then(|()| self.host_mut().may_use_state()) {
            return Ok(Err(reason));
        }
        let call = self.host();
        let state = Arc::clone(&call.state);
        let (key, value) = (call.redactor.text(key), value.map(|value| call.redactor.text(value)));
        wait(self, async move { state.set(&key, value.as_deref()).await })
    }
}

fn check(key: &str, value: Option<&str>) -> Result<(), String> {
    if key.is_empty() || key.len() > KEY_BYTES {
        return Err(format!("a key has 1 to {KEY_BYTES} bytes"));
    }
    match value {
        Some(value) if value.len() > VALUE_BYTES => Err(format!("a value has at most {VALUE_BYTES} bytes")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_small() {
        assert!(check("cursor", Some("7")).is_ok());
        assert!(check("", None).is_err());
        assert!(check(&"k".repeat(129), None).is_err());
        assert!(check("k", Some(&"v".repeat(8193))).is_err());
    }
}

use serde_json::{Map, Value, json};

use super::Manifest;

impl Manifest {
    /// What may be shown of an input, and its secrets: every secret field that was given becomes `{"$secret":"set"}` in the
    /// first and is a member of the second.
    pub fn split(&self, input: &Value) -> (Value, Map<String, Value>) {
        let mut shown = input.clone();
        let mut secrets = Map::new();
        let Value::Object(members) = &mut shown else { return (shown, secrets) };
        for name in self.secret_fields() {
            if let Some(value) = members.get_mut(name) {
                secrets.insert(name.to_owned(), std::mem::replace(value, json!({"$secret": "set"})));
            }
        }
        (shown, secrets)
    }

    /// The inverse of [`Manifest::split`]: the whole input. What stands as set and is not among the secrets is left out.
    pub fn join(&self, shown: &Value, secrets: &Map<String, Value>) -> Value {
        let mut input = shown.clone();
        let Value::Object(members) = &mut input else { return input };
        for name in self.secret_fields() {
            match (members.contains_key(name), secrets.get(name)) {
                (true, Some(secret)) => {
                    members.insert(name.to_owned(), secret.clone());
                }
                (true, None) => {
                    members.remove(name);
                }
                (false, _) => {}
            }
        }
        input
    }
}

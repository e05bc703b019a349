use regorus::{Engine, Value};

use crate::failure::Failure;

/// Builtins that a policy may not use: name, arity, and why.
const REFUSED: [(&str, u8, &str); 8] = [
    ("http.send", 1, "policies have no network"),
    ("net.lookup_ip_addr", 1, "policies have no network"),
    ("rand.intn", 2, "a verdict must not depend on chance"),
    ("uuid.rfc4122", 1, "a verdict must not depend on chance"),
    ("opa.runtime", 0, "policies see no environment"),
    ("rego.parse_module", 2, "policies are not made at run time"),
    ("trace", 1, "nobody would read it; use `print`"),
    ("chainloop.discover", 2, "the graph of referrers cannot be asked here"),
];

/// Our builtins, which win over those of the same name in regorus: `time.now_ns` is `instant_ns`, the refused ones are
/// errors, and `strings.count` answers for an empty string as OPA does instead of panicking.
pub(crate) fn add_to(engine: &mut Engine, instant_ns: i64) -> Result<(), Failure> {
    let mut add = |name: &str, arity: u8, body: Box<dyn regorus::Extension>| {
        engine.add_extension(name.to_owned(), arity, body).map_err(|error| Failure::running(&error))
    };
    add("time.now_ns", 0, Box::new(move |_| Ok(Value::from(instant_ns))))?;
    add("strings.count", 2, Box::new(|arguments| Ok(count(&arguments))))?;
    for (name, arity, reason) in REFUSED {
        let answer = move |_| -> Result<Value, _> { Err(NotAvailable { name, reason }.into()) };
        add(name, arity, Box::new(answer))?;
    }
    Ok(())
}

#[derive(Debug)]
struct NotAvailable {
    name: &'static str,
    reason: &'static str,
}

impl std::fmt::Display for NotAvailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is not available to policies: {}", self.name, self.reason)
    }
}

impl std::error::Error for NotAvailable {}

/// How often the second string stands in the first, without overlapping; the empty one stands around every character.
fn count(arguments: &[Value]) -> Value {
    match arguments {
        [Value::String(text), Value::String(part)] => Value::from(text.matches(part.as_ref()).count()),
        _ => Value::Undefined,
    }
}

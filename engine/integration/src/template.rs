use serde_json::Value;
use url::Url;

use crate::bound::InputIssue;
use crate::error::ManifestError;
use crate::form::Form;
use crate::locator;
use crate::node::Node;
use crate::secret::plain;

/// The URL of an endpoint with places for fields: `https://s3.{region}.amazonaws.com`.
///
/// A value fills one label of the host or one segment of the path and can be nothing else, so that it cannot make the URL
/// name another host; the last two labels of the host are the manifest's own.
#[derive(Debug, Clone)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Host(String),
    Path(String),
}

impl Template {
    pub(crate) fn read(node: &Node<'_>, schemes: &[String], form: &Form) -> Result<Self, ManifestError> {
        let text = node.text()?;
        let Some(parts) = split(text) else {
            return Err(node.invalid("a place for a field is written `{field}`, in the host or in the path"));
        };
        for part in &parts {
            if let Part::Host(name) | Part::Path(name) = part
                && !plain(node, name, form)?.text
            {
                return Err(node.rule("only the value of a string is put into a URL"));
            }
        }
        let sample: String = parts.iter().map(|part| part.with("x")).collect();
        match locator::read(&sample) {
            Ok(url) if schemes.iter().any(|scheme| scheme == url.scheme()) => {}
            Ok(_) => return Err(node.invalid("its scheme is none of `schemes`")),
            Err(fault) => return Err(node.invalid(fault.message())),
        }
        if own_labels(text) { Ok(Self(parts)) } else { Err(node.invalid("the last two labels of the host are fixed")) }
    }

    pub(crate) fn fill(&self, slot: &str, input: &Value) -> Result<Url, InputIssue> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(_) => text.push_str(&part.with("")),
                Part::Host(name) => text.push_str(value(slot, name, input, is_label)?),
                Part::Path(name) => text.push_str(value(slot, name, input, is_segment)?),
            }
        }
        locator::read(&text).map_err(|fault| InputIssue { pointer: String::new(), message: fault.message().to_owned() })
    }
}

impl Part {
    fn with<'p>(&'p self, value: &'p str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Host(_) | Self::Path(_) => value.to_owned(),
        }
    }
}

/// The parts of a template; none when a brace is alone, or a place stands in the scheme, the port or the query.
fn split(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut before = String::new();
    while let Some(open) = rest.find('{') {
        let (head, tail) = rest.split_at(open);
        let (name, after) = tail[1..].split_once('}')?;
        before.push_str(head);
        parts.push(Part::Text(head.to_owned()));
        let (_, inside) = before.split_once("://")?;
        let part = match inside.find(['/', '?', '#', ':']) {
            None => Part::Host(name.to_owned()),
            Some(at) if inside[at..].starts_with('/') && !inside.contains(['?', '#']) => Part::Path(name.to_owned()),
            Some(_) => {
                let path = inside.find('/')?;
                if inside.contains(['?', '#']) || inside[..path].contains('{') {
                    return None;
                }
                Part::Path(name.to_owned())
            }
        };
        parts.push(part);
        before.push('x');
        rest = after;
    }
    if rest.contains('}') || parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('}'))) {
        return None;
    }
    parts.push(Part::Text(rest.to_owned()));
    Some(parts)
}

/// Whether the host's last two labels hold no place.
fn own_labels(text: &str) -> bool {
    let host =
        text.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#', ':']).next().unwrap_or_default();
    match host.rfind('}') {
        None => true,
        Some(at) => {
            let fixed = &host[at + 1..];
            fixed.starts_with('.')
                && fixed.trim_start_matches('.').split('.').filter(|label| !label.is_empty()).count() >= 2
        }
    }
}

fn value<'v>(slot: &str, name: &str, input: &'v Value, fits: fn(&str) -> bool) -> Result<&'v str, InputIssue> {
    let issue = |message: String| InputIssue { pointer: format!("/{name}"), message };
    let Some(text) = input.get(name).and_then(Value::as_str) else {
        return Err(issue(format!("it is missing: the URL of `{slot}` depends on it")));
    };
    if fits(text) {
        Ok(text)
    } else {
        Err(issue("letters, digits and inner hyphens only: it becomes part of a URL".to_owned()))
    }
}

fn is_label(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (1..=63).contains(&text.len()) && plain && !text.starts_with('-') && !text.ends_with('-')
}

fn is_segment(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    !text.is_empty() && text.len() <= 255 && text.bytes().all(plain) && !matches!(text, "." | "..")
}

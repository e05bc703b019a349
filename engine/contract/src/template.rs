//! Templates in the arguments of policy groups: `{{ inputs.x }}` and `{{ .inputs.x }}`.

use std::collections::BTreeMap;

/// The text with every `{{ inputs.x }}` and `{{ .inputs.x }}` replaced by the value of `x`; a name that has none is
/// replaced by nothing. What is put in is not read again.
pub fn interpolate(text: &str, bindings: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Input(name) => out.push_str(bindings.get(name).map_or("", String::as_str)),
        }
    }
    out
}

/// The first expression of a text that is not a reference to an input.
pub(crate) fn foreign_expression(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Text(text) if text.starts_with("{{") => Some(text),
        _ => None,
    })
}

enum Piece<'t> {
    /// Stays; an expression that is not understood is a piece of its own.
    Text(&'t str),
    /// The value of an input.
    Input(&'t str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, behind) = next(rest);
        rest = behind;
        Some(piece)
    })
}

fn next(text: &str) -> (Piece<'_>, &str) {
    let Some(open) = text.find("{{") else { return (Piece::Text(text), "") };
    if open > 0 {
        return (Piece::Text(&text[..open]), &text[open..]);
    }
    let Some(close) = text.find("}}") else { return (Piece::Text(text), "") };
    let (whole, behind) = text.split_at(close + 2);
    match input(&whole[2..close]) {
        Some(name) => (Piece::Input(name), behind),
        None => (Piece::Text(whole), behind),
    }
}

fn input(expression: &str) -> Option<&str> {
    let expression = expression.trim();
    let name = expression.strip_prefix('.').unwrap_or(expression).strip_prefix("inputs.")?;
    let word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    word.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_put_in_once() {
        let bindings =
            BTreeMap::from([("a".to_owned(), "1".to_owned()), ("t".to_owned(), "{{ inputs.a }}".to_owned())]);
        for (text, expected, foreign) in [
            ("", "", None),
            ("x{{ inputs.a }}y{{.inputs.a}}", "x1y1", None),
            ("{{ inputs.none }}", "", None),
            ("{{ inputs.t }}", "{{ inputs.a }}", None),
            ("ä{{ printf }}b", "ä{{ printf }}b", Some("{{ printf }}")),
            ("{{ inputs. }}{{ inputs.a }}", "{{ inputs. }}1", Some("{{ inputs. }}")),
            ("}} {{ inputs.a", "}} {{ inputs.a", Some("{{ inputs.a")),
            ("{ inputs.a }", "{ inputs.a }", None),
        ] {
            assert_eq!(interpolate(text, &bindings), expected, "{text}");
            assert_eq!(foreign_expression(text), foreign, "{text}");
        }
    }
}

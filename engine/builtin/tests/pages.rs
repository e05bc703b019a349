//! What manifests say is written down for people, too: in the README of each integration and in docs/reference/integrations.md.
//! With `UPDATE=1` in the environment this writes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use assay_builtin::BUILTINS;
use assay_integration::{Field, Manifest, fields};
use serde_json::Value;

const BEGIN: &str = "<!-- begin: from the manifest, by UPDATE=1 cargo test --release -p assay-builtin --test pages -->";
const END: &str = "<!-- end -->";

const REFERENCE: &str = "# Integrations\n\n\
    The integrations that are part of Assay. `assay integration available describe ID` shows the same.\n\
    [Why they are built as they are](../explanation/integrations.md), and [how to write one](../../sdk-plugin/README.md).\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifests() -> Vec<Manifest> {
    BUILTINS.iter().map(|builtin| Manifest::parse(builtin.manifest).unwrap()).collect()
}

#[test]
fn readmes_say_what_the_schemas_say() {
    for manifest in manifests() {
        let file = root().join("plugins").join(manifest.id().to_string()).join("README.md");
        let opening = || format!("# {}\n\n{}\n", manifest.title(), manifest.description().unwrap_or_default());
        let found = fs::read_to_string(&file).unwrap_or_else(|_| opening());
        check(&file, &with_section(&found, &section(&manifest, "##")));
    }
}

#[test]
fn the_reference_says_what_the_manifests_say() {
    let mut page = REFERENCE.to_owned();
    for manifest in manifests() {
        let (title, id) = (manifest.title(), manifest.id());
        let description = manifest.description().unwrap_or_default();
        let _ = write!(page, "\n## {title}\n\n`{id}`, version {}. {description}\n", manifest.version());
        let _ = writeln!(page, "[More](../../plugins/{id}/README.md).\n\n{}", section(&manifest, "###").trim_end());
    }
    check(&root().join("docs/reference/integrations.md"), &page);
}

fn check(file: &Path, expected: &str) {
    let found = fs::read_to_string(file).unwrap_or_default();
    if found == expected {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, expected).unwrap();
        return;
    }
    panic!("{} is not what the manifest says; UPDATE=1 writes it", file.display());
}

/// A page with the generated section in its place, or at its end.
fn with_section(page: &str, section: &str) -> String {
    let generated = format!("{BEGIN}\n{section}{END}");
    match (page.find("<!-- begin:"), page.find(END)) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}{generated}{}", &page[..begin], &page[end + END.len()..])
        }
        _ => format!("{}\n\n{generated}\n", page.trim_end()),
    }
}

fn section(manifest: &Manifest, level: &str) -> String {
    let mut out = format!("{level} Registration\n\n");
    out.push_str(&table(&fields(manifest.registration_schema())));
    let _ = write!(out, "\n{level} Attachment\n\n");
    out.push_str(&table(&fields(manifest.attachment_schema())));
    let _ = write!(out, "\n{level} What it gets and may do\n\n");
    let _ = writeln!(out, "* {}", subscriptions(manifest));
    for line in network(manifest.network()) {
        let _ = writeln!(out, "* {line}");
    }
    let limits = manifest.limits();
    let _ = writeln!(
        out,
        "* A call has at most {} MiB of memory, {} ms on the processor, {} s in all, and {} requests.",
        limits.memory >> 20,
        limits.cpu.as_millis(),
        limits.wall.as_secs(),
        limits.requests,
    );
    out
}

fn table(fields: &[Field]) -> String {
    if fields.is_empty() {
        return "No options.\n".to_owned();
    }
    let mut out = "| option | type | | |\n|---|---|---|---|\n".to_owned();
    for field in fields {
        let marks = [(field.required, "required"), (field.secret, "secret")];
        let marks: Vec<_> = marks.iter().filter(|(given, _)| *given).map(|(_, word)| *word).collect();
        let kind = field.kind.replace('|', "`, `");
        let description = field.description.replace('|', "\\|");
        let _ = writeln!(out, "| `{}` | `{kind}` | {} | {description} |", field.name, marks.join(", "));
    }
    out
}

fn subscriptions(manifest: &Manifest) -> String {
    let kinds = words(&manifest.subscribes()["materials"]);
    let kinds = if manifest.materials().len() == 1 { format!("kind {kinds}") } else { format!("kinds {kinds}") };
    match (manifest.subscribes_to_attestations(), manifest.materials().is_empty()) {
        (true, true) => "It gets attestations.".to_owned(),
        (true, false) => format!("It gets attestations, and materials of the {kinds}."),
        (false, _) => format!("It gets materials of the {kinds}."),
    }
}

fn network(network: &Value) -> Vec<String> {
    let members = |key: &str| network[key].as_object().cloned().unwrap_or_default();
    let mut lines = vec![];
    for (slot, rule) in members("endpoints") {
        let below = match words(&rule["path_prefixes"]) {
            none if none.is_empty() => "the URL itself".to_owned(),
            all if all == "`/`" => "the URL and whatever is below it".to_owned(),
            paths => format!("{paths} below the URL"),
        };
        lines.push(format!("Requests to its endpoint `{slot}`: {} to {below}.", words(&rule["methods"])));
    }
    for rule in network["hosts"].as_array().into_iter().flatten() {
        let paths = words(&rule["path_prefixes"]);
        lines.push(format!("Requests to `{}`: {} to {paths}.", text(&rule["origin"]), words(&rule["methods"])));
    }
    if !members("mail").is_empty() {
        lines.push("Mail, by the server of the registration.".to_owned());
    }
    lines
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().map(|word| format!("`{}`", text(word)));
    words.collect::<Vec<_>>().join(", ")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

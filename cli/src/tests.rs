//! Tests over the whole command line: help, examples, and the reference page, which is written from it.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory};

use crate::cli::Cli;

/// Every command that a user sees, with its whole name, from top to bottom.
fn visible(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
    found.push((name.to_owned(), command.clone()));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        visible(sub, &format!("{name} {}", sub.get_name()), found);
    }
}

fn commands() -> Vec<(String, Command)> {
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut found = Vec::new();
    visible(&root, "assay", &mut found);
    found
}

fn page() -> String {
    let mut page = "# Commands\n\nWritten from the command line itself by a test; `UPDATE=1 cargo test -p assay` writes it anew.\n".to_owned();
    for (name, mut command) in commands() {
        let help = command.render_long_help().to_string();
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        let text = lines.join("\n");
        // The global options are the same everywhere: they stand under the first command.
        let own = if name == "assay" { text.as_str() } else { without_globals(&text) };
        let examples = if name == "assay" { "" } else { text.find("\nExamples:").map_or("", |at| &text[at..]) };
        let _ = write!(page, "\n## {name}\n\n```text\n{}\n{examples}\n```\n", own.trim_end());
    }
    page.replace("\n\n```\n", "\n```\n").replace("\n\n\n", "\n\n")
}

fn without_globals(help: &str) -> &str {
    let end = help.find("\nGlobal options:").or_else(|| help.find("\nExamples:"));
    end.map_or(help, |at| &help[..at])
}

#[test]
fn every_verb_has_a_runnable_example() {
    for (name, command) in commands().iter().filter(|(_, command)| command.get_subcommands().next().is_none()) {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = after.split_once("Examples:").map_or("", |(_, examples)| examples);
        let verb = name.trim_start_matches("assay ");
        let noun = verb.split(' ').next().unwrap_or(verb);
        assert!(examples.contains(&format!("assay {noun}")), "`{name} --help` has no example");
        assert!(command.get_about().is_some_and(|about| !about.to_string().ends_with('.')), "the help of `{name}`");
    }
}

/// The names of an example that is one plain command parse: an example must not be older than the options.
#[test]
fn examples_can_be_typed() {
    for (name, command) in commands() {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let plain = |line: &&str| line.starts_with("assay ") && !line.contains(['|', '<', '>', '$', '…', '"', '\'']);
        let after = after.replace("\\\n", " ");
        for line in after.lines().map(str::trim).filter(plain) {
            let outcome = <Cli as clap::Parser>::try_parse_from(line.split_whitespace());
            assert!(
                outcome.is_ok(),
                "an example of `{name}`: {line}: {}",
                outcome.err().map_or_else(String::new, |e| e.to_string())
            );
        }
    }
}

#[test]
fn chainloops_names_are_understood() {
    let lines = [
        "assay wf run ls",
        "assay workflow run describe 0190a5d0-0000-7000-8000-00000000000a",
        "assay policy develop lint --policy p.yaml",
        "assay organization list",
        "assay gate show production -o json",
        "assay -o json contract ls",
        "assay integration available list",
        "assay integration registered list",
        "assay integration registered rm hook",
        "assay integration attached list --workflow build --project shop",
        "assay delivery list",
    ];
    for line in lines {
        let outcome = <Cli as clap::Parser>::try_parse_from(line.split(' '));
        assert!(outcome.is_ok(), "{line}: {}", outcome.err().map_or_else(String::new, |e| e.to_string()));
    }
}

#[test]
fn the_reference_page_is_what_the_command_line_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cli.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == page, "docs/reference/cli.md is not what the command line says: run the tests with UPDATE=1");
}

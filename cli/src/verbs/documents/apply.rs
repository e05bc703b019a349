use std::path::PathBuf;

use assay_base::DocumentName;
use assay_contract::Document;
use assay_wire::{ApplyAnswer, ApplyRequest, ApplySource, Exit};

use super::source::Source;
use super::{Kinds, names, references, source};
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, View};

/// Options of every `apply`.
#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    /// A file, a directory with .yaml, .yml and .json files in it and below, or - for standard input
    #[arg(short, long = "file", required = true, value_name = "FILE|DIR|-")]
    files: Vec<PathBuf>,
    /// The name of a contract of schema v1, which has none of its own
    #[arg(long)]
    name: Option<DocumentName>,
    /// Say what would happen and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Applies documents of these kinds, all or none.
pub(crate) fn apply(ctx: &Ctx, kinds: Kinds, args: &ApplyArgs) -> Result<Exit, CliError> {
    let request = request(ctx, kinds, args)?;
    let answer = ctx.client()?.apply(&request)?;
    ctx.ui.answer(&answer, view)?;
    if args.dry_run {
        ctx.ui.note("this was a dry run: nothing was changed");
    }
    Ok(Exit::Ok)
}

/// Reads and checks everything before anything is sent.
fn request(ctx: &Ctx, kinds: Kinds, args: &ApplyArgs) -> Result<ApplyRequest, CliError> {
    let mut read = Vec::new();
    for path in &args.files {
        read.extend(source::read(path, &ctx.cwd)?);
    }
    for source in &read {
        of_kinds(source, kinds)?;
    }
    let read = read.into_iter().map(references::made_whole).collect::<Result<Vec<_>, _>>()?;
    let files = references::files(&read)?;
    let sources = named(read, args.name.as_ref())?;
    Ok(ApplyRequest { sources, files, dry_run: args.dry_run })
}

fn of_kinds(source: &Source, kinds: Kinds) -> Result<(), CliError> {
    let other = source.documents.iter().map(Document::kind).find(|kind| !kinds.contains(kind));
    other.map_or(Ok(()), |kind| {
        let message = format!("{}: a `{}` is not applied here, but {}", source.label, kind.as_str(), names(kinds));
        Err(CliError::new(Exit::Invalid, "document-kind", message).hint("`assay apply` takes documents of every kind"))
    })
}

/// Gives the name to the one contract that has none.
fn named(sources: Vec<Source>, name: Option<&DocumentName>) -> Result<Vec<ApplySource>, CliError> {
    let nameless = |source: &Source| source.documents.iter().filter(|document| document.name().is_none()).count();
    let count: usize = sources.iter().map(nameless).sum();
    match (count, name) {
        (0, None) | (1, Some(_)) => {}
        (0, Some(_)) => {
            return Err(CliError::usage("`--name` is for contracts that have no name, here each has its own"));
        }
        (_, None) => {
            let message = "a contract of schema v1 has no name of its own";
            return Err(CliError::new(Exit::Invalid, "contract-name", message).hint("give it one: --name NAME"));
        }
        (_, Some(_)) => return Err(CliError::usage("`--name` names one contract, here are several without a name")),
    }
    let wire = |source: Source| ApplySource {
        name: name.filter(|_| nameless(&source) > 0).cloned(),
        label: Some(source.label),
        text: source.text,
    };
    Ok(sources.into_iter().map(wire).collect())
}

fn view(answer: &ApplyAnswer) -> View {
    let mut table = Table::new(&["KIND", "NAME", "REVISION", "STATUS"]);
    for item in &answer.items {
        table.row([item.kind.clone(), item.name.to_string(), item.revision.to_string(), item.status.clone()]);
    }
    View::new().table(table)
}

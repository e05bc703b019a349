use assay_base::MaterialKind;
use assay_wire::Exit;
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, View};

/// List the kinds of evidence that are recognised and checked
#[derive(Debug, clap::Args)]
#[command(visible_alias = "kind", after_help = "Examples:\n  assay material kinds\n  assay material kinds -o json")]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
struct Answer {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Item {
    kind: MaterialKind,
    title: &'static str,
    recognised_by: &'static str,
    media_types: &'static [&'static str],
}

pub(crate) fn run(ctx: &Ctx, _: &Args) -> Result<Exit, CliError> {
    let items = assay_material::registry().iter().map(|info| Item {
        kind: info.kind,
        title: info.kind.title(),
        recognised_by: info.recognised_by,
        media_types: info.media_types,
    });
    ctx.ui.answer(&Answer { items: items.collect(), next: None }, view)?;
    Ok(Exit::Ok)
}

fn view(answer: &Answer) -> View {
    let mut table = Table::new(&["KIND", "WHAT", "RECOGNISED BY"]);
    for item in &answer.items {
        table.row([item.kind.to_string(), item.title.to_owned(), item.recognised_by.to_owned()]);
    }
    View::new().table(table)
}

use assay_base::IntegrationId;
use assay_integration::fields;
use assay_wire::{Exit, IntegrationDescription};
use serde_json::Value;

use super::ls::one;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, View, or_dash};

/// Show an integration with its forms: what `--opt` takes when it is registered and attached
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay integration available describe webhook\n  assay integration available describe dependency-track -o json"
)]
pub(crate) struct Args {
    /// The id of the integration
    id: IntegrationId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let description = ctx.client()?.integration(&args.id)?;
    ctx.ui.answer(&description, view)?;
    Ok(Exit::Ok)
}

fn view(integration: &IntegrationDescription) -> View {
    let view = one(&integration.item).field("Made for", &integration.api).field("Sent", sent(&integration.subscribes));
    let view = match &integration.signer {
        Some(signer) => view.field("Signed by", signer),
        None => view,
    };
    let view = match &integration.description {
        Some(text) => view.line("").text(text),
        None => view,
    };
    form(form(view, "Registration", &integration.registration_schema), "Attachment", &integration.attachment_schema)
}

/// What it subscribes to, in words.
fn sent(subscribes: &Value) -> String {
    let attestations = (subscribes["attestations"] == true).then(|| "attestations".to_owned());
    let kinds = subscribes["materials"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let all: Vec<_> = attestations.into_iter().chain(kinds).collect();
    or_dash((!all.is_empty()).then(|| all.join(", ")))
}

fn form(view: View, title: &str, schema: &Value) -> View {
    let view = view.heading(title);
    let fields = fields(schema);
    if fields.is_empty() {
        return view.line("no options");
    }
    let mut table = Table::new(&["FIELD", "TYPE", "REQUIRED", "DESCRIPTION"]);
    for field in fields {
        let required = if field.required { "yes" } else { "no" };
        let description = if field.secret { format!("{} (secret)", field.description) } else { field.description };
        table.row([field.name, field.kind, required.to_owned(), description]);
    }
    view.table(table)
}

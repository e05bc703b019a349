use assay_base::DeliveryId;
use assay_wire::{DeliveryAttempt, DeliveryDescription, Exit};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, Tone, View, or_dash};

/// Show a delivery with every attempt: what was sent, and what came back
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay delivery describe 0190a5d0-0000-8000-8000-00000000000a\n  assay delivery describe 0190a5d0-0000-8000-8000-00000000000a -o json"
)]
pub(crate) struct Args {
    /// The id of the delivery, as `assay delivery ls` shows it
    id: DeliveryId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let delivery = ctx.client()?.delivery(args.id)?;
    ctx.ui.answer(&delivery, view)?;
    Ok(Exit::Ok)
}

fn view(delivery: &DeliveryDescription) -> View {
    let item = &delivery.item;
    let view = View::new()
        .field("Id", item.id)
        .field("Registration", &item.registration)
        .field("Run", item.run_id)
        .field("Attachment", item.attachment_id)
        .toned_field("State", Tone::of_status(&item.state), &item.state)
        .field("Attempts", item.attempts)
        .field("Next attempt", or_dash(item.next_attempt_at))
        .field("Created", item.created_at)
        .field("Finished", or_dash(item.finished_at));
    let Some(last) = delivery.history.last() else { return view };
    let mut table = Table::new(&["AT", "OUTCOME", "STATUS", "TOOK", "MESSAGE"]);
    delivery.history.iter().for_each(|attempt| table.row(row(attempt)));
    let view = view.heading("Attempts").table(table);
    let view = head(view, "Last request", last.request_head.as_deref());
    head(view, "Last answer", last.response_head.as_deref())
}

fn row(attempt: &DeliveryAttempt) -> Vec<String> {
    vec![
        attempt.at.to_string(),
        attempt.outcome.clone(),
        or_dash(attempt.status_code),
        format!("{} ms", attempt.duration_us / 1000),
        attempt.message.clone(),
    ]
}

/// What was sent or came back. It is a stranger's text: it is set in, so that no line of it is taken for one of ours.
fn head(view: View, title: &str, text: Option<&str>) -> View {
    let Some(text) = text else { return view };
    text.lines().fold(view.heading(title), |view, line| view.line(format!("  {line}")))
}

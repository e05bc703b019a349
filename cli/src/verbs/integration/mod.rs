//! `assay integration`.

mod attached;
mod available;
mod options;
mod registered;

use assay_wire::Exit;
use clap::Subcommand;
use serde_json::Value;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Send what is pushed to other systems
///
/// An integration is a component that knows how to speak to a kind of system. It is registered once for a system, with
/// what it takes to get there, and attached to the workflows whose evidence goes there.
#[derive(Debug, Subcommand)]
pub(crate) enum Integration {
    #[command(subcommand)]
    Available(available::Available),
    #[command(subcommand)]
    Registered(registered::Registered),
    #[command(subcommand)]
    Attached(attached::Attached),
}

/// Runs a verb of `integration`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Integration) -> Result<Exit, CliError> {
    match command {
        Integration::Available(command) => available::run(ctx, command),
        Integration::Registered(command) => registered::run(ctx, command),
        Integration::Attached(command) => attached::run(ctx, command),
    }
}

/// And the values of a registration or attachment. Of a secret there is only that it is set.
fn configuration(view: View, configuration: &Value) -> View {
    let values = configuration.as_object().into_iter().flatten();
    let mut view = view;
    for (index, (name, value)) in values.enumerate() {
        if index == 0 {
            view = view.heading("Options");
        }
        view = view.field(name, shown(value));
    }
    view
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) if object.contains_key("$secret") => "(secret)".to_owned(),
        other => other.to_string(),
    }
}

//! Values of forms on the command line.

use assay_base::Place;
use assay_integration::{InputIssue, typed_options};
use assay_wire::Exit;
use serde_json::{Value, json};

use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::verbs::att::key_value;

/// Values of a registration and of an attachment.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct GivenArgs {
    /// A value of the registration; repeatable
    #[arg(long = "opt", value_name = "KEY=VALUE")]
    opt: Vec<String>,
    /// A value of the registration from a file; repeatable
    #[arg(long = "opt-file", value_name = "KEY=FILE")]
    opt_file: Vec<String>,
    /// A value of the attachment; repeatable
    #[arg(long = "attach-opt", value_name = "KEY=VALUE")]
    attach_opt: Vec<String>,
}

impl GivenArgs {
    /// The values, typed by the schemas of a manifest (as JSON): registration and attachment.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when an option is not `key=value` or a file cannot be read.
    pub(super) fn read(&self, ctx: &Ctx, manifest: &Value) -> Result<(Value, Value), CliError> {
        let mut registration = self.opt.iter().map(|text| key_value("--opt", text)).collect::<Result<Vec<_>, _>>()?;
        for text in &self.opt_file {
            let (key, path) = key_value("--opt-file", text)?;
            let content = files::given_text(&ctx.cwd.join(path), Limit::DOCUMENT)?;
            registration.push((key, content.trim_end_matches(['\r', '\n']).to_owned()));
        }
        let attachment = self.attach_opt.iter().map(|text| key_value("--attach-opt", text));
        let attachment = attachment.collect::<Result<Vec<_>, _>>()?;
        let typed = |schema: &str, given: &[(String, String)]| match given {
            [] => json!({}),
            given => typed_options(&manifest[schema], given),
        };
        Ok((typed("registration", &registration), typed("attachment", &attachment)))
    }
}

/// The first of the issues of an input, with the place of all of them in the sentence.
pub(super) fn invalid(issues: &[InputIssue]) -> CliError {
    let first =
        issues.first().cloned().unwrap_or_else(|| InputIssue { pointer: String::new(), message: "not valid".into() });
    CliError::new(Exit::Invalid, "invalid-input", first.message).at(Place::pointer(first.pointer))
}

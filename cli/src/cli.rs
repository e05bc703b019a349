//! The command line: global options and the list of nouns.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser};

use crate::config::PlainHttp;
use crate::error::CliError;
use crate::ui::{Colour, Format, Ui, Verbosity};
use crate::verbs::Command;

/// The evidence plane of a software supply chain
///
/// Pipelines hand in signed evidence, contracts say what is expected, policies judge it, gates answer whether a digest
/// may ship.
#[derive(Debug, Parser)]
#[command(
    name = "assay",
    version,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    max_term_width = 100,
    after_help = "Examples:\n  assay serve\n  assay contract apply -f contract.yaml\n  assay att init --workflow release-build --project payments-api\n  assay gate check --gate production --digest sha256:…\n\nEnvironment:\n  ASSAY_SERVER, ASSAY_TOKEN, ASSAY_TOKEN_FILE, ASSAY_ORG, ASSAY_CONFIG, ASSAY_DATA_DIR, ASSAY_SIGNING_PASSWORD\n  A flag wins over the environment, which wins over .assay.yaml, which wins over the user config.\n  Proxies of the environment (http_proxy and others) are not used: a token goes to its server alone.\n\nExit codes:\n  0 ok, 1 unexpected, 2 wrong usage or invalid input, 3 contract incomplete, 4 policy or gate says no,\n  5 verification failed, 6 inconclusive, 7 not allowed or not found, 8 network, 9 conflict, 130 interrupted"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes, before or behind its name.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The server.
    #[arg(help = "The server [env: ASSAY_SERVER]", long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A file with the API token.
    #[arg(
        help = "A file with the API token, or - for standard input [env: ASSAY_TOKEN_FILE, or the token itself in ASSAY_TOKEN]",
        long,
        global = true,
        value_name = "FILE"
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// The organization.
    #[arg(
        help = "The organization; the token's own when absent [env: ASSAY_ORG]",
        long,
        global = true,
        value_name = "NAME"
    )]
    pub(crate) org: Option<String>,
    /// The form of the data on standard output: table or json; some commands have more
    #[arg(short = 'o', long = "format", global = true, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: requests and their ids
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// No colours and no progress bars.
    #[arg(help = "No colours and no progress bars [env: NO_COLOR]", long, global = true)]
    pub(crate) no_color: bool,
    /// Send tokens over plain HTTP to other machines too
    #[arg(long, global = true)]
    pub(crate) insecure_http: bool,
}

impl GlobalArgs {
    /// The printer that they ask for. `plain` is what the environment says of colours.
    pub(crate) fn ui(&self, plain: Colour) -> Ui {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        let colour = if self.no_color { Colour::Never } else { plain };
        Ui::new(self.format.unwrap_or(Format::Table), verbosity, colour)
    }

    /// Whether a token may travel unencrypted beyond this machine.
    pub(crate) const fn plain_http(&self) -> PlainHttp {
        if self.insecure_http { PlainHttp::Anywhere } else { PlainHttp::LoopbackOnly }
    }
}

/// What the arguments could not say, with whether a JSON document was asked for all the same.
pub(crate) fn usage_error(error: &clap::Error, args: &[OsString]) -> Option<CliError> {
    let rendered = error.render().to_string();
    let text = rendered.trim_start_matches("error: ");
    let message = text.split("\n\n").next().unwrap_or(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let usage = CliError::usage(message);
    wants_json(args).then(|| match tip {
        Some(tip) => usage.hint(tip),
        None => usage,
    })
}

/// Whether `-o json` stands in arguments that cannot be parsed.
fn wants_json(args: &[OsString]) -> bool {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--").collect();
    texts.iter().enumerate().any(|(at, arg)| {
        let value = arg.strip_prefix("--format").or_else(|| short_format(arg));
        match value {
            Some("") => texts.get(at + 1) == Some(&"json"),
            Some(value) => value.strip_prefix('=').unwrap_or(value) == "json",
            None => false,
        }
    })
}

/// What follows `-o`, which may stand behind other short flags, as in `-qo`.
fn short_format(arg: &str) -> Option<&str> {
    let cluster = arg.strip_prefix('-').filter(|cluster| !cluster.starts_with('-'))?;
    cluster.trim_start_matches(['q', 'v']).strip_prefix('o')
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn fails(line: &str) -> (clap::Error, Vec<OsString>) {
        let args: Vec<OsString> = line.split(' ').map(Into::into).collect();
        (Cli::try_parse_from(&args).map(|_| ()).unwrap_err(), args)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn usage_errors_have_a_json_form_when_json_was_asked_for() {
        for line in [
            "assay run lst -o json",
            "assay --format=json run lst",
            "assay --format json run lst",
            "assay -ojson run lst",
            "assay -o=json run lst",
            "assay run lst -qo json",
            "assay run lst -qojson",
            "assay run lst -vo=json",
        ] {
            let (error, args) = fails(line);
            let usage = usage_error(&error, &args).unwrap();
            assert_eq!((usage.exit(), usage.code()), (assay_wire::Exit::Invalid, "usage"));
            assert!(usage.message().contains("lst") && usage.way_out().unwrap().contains("ls"), "{}", usage.message());
        }
        for line in ["assay run lst", "assay run lst -qo table", "assay run lst -fo json", "assay run lst -- -ojson"] {
            let (error, args) = fails(line);
            assert!(usage_error(&error, &args).is_none(), "{line}");
        }
    }
}

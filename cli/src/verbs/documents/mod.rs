//! What contracts, policies and gates have in common: they are applied, listed and described alike.

mod apply;
mod lint;
mod references;
mod source;

use assay_base::DocumentName;
use assay_contract::DocumentKind;
use assay_wire::Exit;

pub(crate) use apply::{ApplyArgs, apply};
pub(crate) use lint::lint;

use super::page::{self, PageArgs};
use crate::client::Collection;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// The kinds that a verb takes.
pub(crate) type Kinds = &'static [DocumentKind];

/// Options of `describe`.
#[derive(Debug, clap::Args)]
pub(crate) struct DescribeArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: DocumentName,
    /// A revision; the newest when absent
    #[arg(long, value_name = "N")]
    revision: Option<u32>,
}

/// Lists documents.
pub(crate) fn list(ctx: &Ctx, of: Collection, page: &PageArgs) -> Result<Exit, CliError> {
    let list = ctx.client()?.documents(of, &page.paging())?;
    page::show(ctx, &list, &["NAME", "REVISION", "DIGEST", "APPLIED"], |item| {
        vec![item.name.to_string(), item.revision.to_string(), item.digest.to_string(), item.created_at.to_string()]
    })?;
    Ok(Exit::Ok)
}

/// Describes a document; for people that is its text.
pub(crate) fn describe(ctx: &Ctx, of: Collection, args: &DescribeArgs) -> Result<Exit, CliError> {
    let found = ctx.client()?.document(of, &args.name, args.revision)?;
    ctx.ui.answer(&found, |found| View::new().text(&found.document))?;
    let item = &found.item;
    ctx.ui.detail(&format!("revision {}, {}, applied {}", item.revision, item.digest, item.created_at));
    Ok(Exit::Ok)
}

/// `Contract`, or `Policy or PolicyGroup`.
fn names(kinds: Kinds) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.as_str())).collect();
    names.join(" or ")
}

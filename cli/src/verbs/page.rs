use assay_wire::{List, Paging};
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, View};

/// Which page of a list.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PageArgs {
    /// The most items to show
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
    /// The page behind this cursor, which the page before gave
    #[arg(long, value_name = "CURSOR")]
    pub(crate) next: Option<String>,
}

impl PageArgs {
    /// As it travels.
    pub(crate) fn paging(&self) -> Paging {
        Paging { limit: Some(self.limit), next: self.next.clone() }
    }
}

/// Prints one page, for people as a table with one row for each item.
///
/// # Errors
/// [`CliError`] when standard output cannot be written.
pub(crate) fn show<T: Serialize>(
    ctx: &Ctx,
    list: &List<T>,
    headings: &[&'static str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<(), CliError> {
    ctx.ui.answer(list, |list| {
        let mut table = Table::new(headings);
        list.items.iter().for_each(|item| table.row(row(item)));
        View::new().table(table)
    })?;
    if let Some(next) = &list.next {
        ctx.ui.hint(&format!("there are more: --next {next}"));
    }
    Ok(())
}

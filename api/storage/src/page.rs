use std::str::FromStr;

use assay_ports::{Page, PageRequest, RepositoryError};
use sqlx::sqlite::SqliteRow;

use crate::error::Outcome;

/// Keyset paging: the place behind which the page begins, and one row more than it holds, to know whether it is the last.
pub(crate) struct Keyset<K> {
    pub(crate) after: Option<K>,
    limit: usize,
}

impl<K: FromStr> Keyset<K> {
    /// Reads the cursor.
    pub(crate) fn of(request: &PageRequest) -> Outcome<Self> {
        let after = request.after.as_deref().map(K::from_str).transpose().map_err(|_| RepositoryError::Cursor)?;
        // A page of nothing would have no place for the next one to begin.
        Ok(Self { after, limit: usize::try_from(request.limit).unwrap_or(usize::MAX).max(1) })
    }

    /// How many rows to ask for.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// The page that `rows` are; `key` is the cursor behind an item.
    pub(crate) fn page<T>(
        &self,
        mut rows: Vec<SqliteRow>,
        read: impl Fn(&SqliteRow) -> Outcome<T>,
        key: impl Fn(&T) -> String,
    ) -> Outcome<Page<T>> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let items = rows.iter().map(read).collect::<Outcome<Vec<_>>>()?;
        let next = items.last().filter(|_| more).map(key);
        Ok(Page { items, next })
    }
}

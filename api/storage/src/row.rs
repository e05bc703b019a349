use std::str::FromStr;

use assay_base::{Digest, Timestamp};
use assay_ports::RepositoryError;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, Type};
use uuid::Uuid;

use crate::error::Outcome;

/// A row that is read column by column into types that cannot be wrong; what does not read says where it stands.
pub(crate) struct Columns<'r> {
    pub(crate) table: &'static str,
    pub(crate) row: &'r SqliteRow,
}

/// A word that a column of words does not have.
#[derive(Debug, thiserror::Error)]
#[error("`{found}` is none of the words of this column")]
pub(crate) struct UnknownWord {
    found: String,
}

impl<'r> Columns<'r> {
    /// The value as the driver has it.
    pub(crate) fn get<T>(&self, column: &'static str) -> Outcome<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.check(column, self.row.try_get::<T, _>(column))
    }

    /// Names the place of an error.
    pub(crate) fn check<T, E>(&self, column: &'static str, result: Result<T, E>) -> Outcome<T>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let table = self.table;
        result.map_err(|error| RepositoryError::Corrupt { table, column, source: Box::new(error) }.into())
    }

    pub(crate) fn id<T>(&self, column: &'static str, make: impl Fn(Uuid) -> T) -> Outcome<T> {
        self.check(column, Uuid::from_slice(self.get(column)?)).map(make)
    }

    pub(crate) fn opt_id<T>(&self, column: &'static str, make: impl Fn(Uuid) -> T) -> Outcome<Option<T>> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(|bytes| self.check(column, Uuid::from_slice(bytes)).map(make)).transpose()
    }

    pub(crate) fn digest(&self, column: &'static str) -> Outcome<Digest> {
        self.bytes32(column).map(Digest::from_bytes)
    }

    pub(crate) fn opt_digest(&self, column: &'static str) -> Outcome<Option<Digest>> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(|bytes| self.check(column, <[u8; 32]>::try_from(bytes)).map(Digest::from_bytes)).transpose()
    }

    pub(crate) fn bytes32(&self, column: &'static str) -> Outcome<[u8; 32]> {
        self.check(column, <[u8; 32]>::try_from(self.get::<&[u8]>(column)?))
    }

    pub(crate) fn time(&self, column: &'static str) -> Outcome<Timestamp> {
        self.get(column).map(Timestamp::from_micros)
    }

    pub(crate) fn opt_time(&self, column: &'static str) -> Outcome<Option<Timestamp>> {
        self.get::<Option<i64>>(column).map(|micros| micros.map(Timestamp::from_micros))
    }

    /// An integer that is narrower or has no sign.
    pub(crate) fn number<T>(&self, column: &'static str) -> Outcome<T>
    where
        T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
    {
        self.check(column, T::try_from(self.get::<i64>(column)?))
    }

    pub(crate) fn opt_number<T>(&self, column: &'static str) -> Outcome<Option<T>>
    where
        T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
    {
        let number: Option<i64> = self.get(column)?;
        number.map(|number| self.check(column, T::try_from(number))).transpose()
    }

    /// A text that one of our types parses.
    pub(crate) fn text<T>(&self, column: &'static str) -> Outcome<T>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        self.check(column, self.get::<&str>(column)?.parse())
    }

    pub(crate) fn opt_text<T>(&self, column: &'static str) -> Outcome<Option<T>>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let text: Option<&str> = self.get(column)?;
        text.map(|text| self.check(column, text.parse())).transpose()
    }

    /// A text that is the word of one of `all`.
    pub(crate) fn word<T: Copy>(&self, column: &'static str, all: &[T], word: fn(T) -> &'static str) -> Outcome<T> {
        self.check(column, word_of(self.get(column)?, all, word))
    }

    pub(crate) fn opt_word<T: Copy>(
        &self,
        column: &'static str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Outcome<Option<T>> {
        let text: Option<&str> = self.get(column)?;
        text.map(|text| self.check(column, word_of(text, all, word))).transpose()
    }

    /// JSON that this crate wrote, as text or as bytes.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T> {
        self.check(column, serde_json::from_slice(self.get(column)?))
    }
}

/// The one of `all` with that word.
pub(crate) fn word_of<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> Result<T, UnknownWord> {
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| UnknownWord { found: text.to_owned() })
}

pub(super) mod add;
pub(super) mod backfill;
pub(super) mod delete;
pub(super) mod describe;
pub(super) mod list;

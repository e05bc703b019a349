pub(super) mod add;
pub(super) mod delete;
pub(super) mod describe;
pub(super) mod list;
pub(super) mod test;
pub(super) mod update;

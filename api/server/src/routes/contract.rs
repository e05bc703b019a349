pub(super) mod describe;
pub(super) mod list;

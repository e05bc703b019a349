pub(super) mod check;
pub(super) mod describe;
pub(super) mod list;

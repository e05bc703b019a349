pub(super) mod describe;
pub(super) mod install;
pub(super) mod list;
pub(super) mod remove;

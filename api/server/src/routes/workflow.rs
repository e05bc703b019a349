pub(super) mod bind;
pub(super) mod list;

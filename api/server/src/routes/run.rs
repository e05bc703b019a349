pub(super) mod describe;
pub(super) mod finish;
pub(super) mod list;
pub(super) mod open;

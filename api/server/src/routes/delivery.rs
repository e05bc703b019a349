pub(super) mod describe;
pub(super) mod list;
pub(super) mod redeliver;
pub(super) mod replay;

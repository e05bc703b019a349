pub(super) mod push;
pub(super) mod read;

pub(super) mod certify;
pub(super) mod timestamp;
pub(super) mod trust_root;

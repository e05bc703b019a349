pub(super) mod live;
pub(crate) mod metrics;
pub(super) mod openapi;
pub(super) mod ready;

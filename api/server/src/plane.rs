use assay_app::App;
use axum::extract::FromRef;

use crate::Metrics;

/// Where `/metrics` is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MetricsPlace {
    /// Beside everything else.
    #[default]
    Here,
    /// On a listener of its own, with [`metrics_router`](crate::metrics_router).
    Elsewhere,
}

/// What an operator may choose about the router.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What is counted.
    pub metrics: Metrics,
    /// Where it is shown.
    pub metrics_place: MetricsPlace,
}

/// What every handler may ask for.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub(crate) app: App,
    pub(crate) metrics: Metrics,
}

impl FromRef<Plane> for App {
    fn from_ref(plane: &Plane) -> Self {
        plane.app.clone()
    }
}

impl FromRef<Plane> for Metrics {
    fn from_ref(plane: &Plane) -> Self {
        plane.metrics.clone()
    }
}

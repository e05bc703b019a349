use assay_app::{App, Operation};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::describe;
use crate::guard::{Guard, absent, guard, wrong_method};
use crate::plane::{MetricsPlace, Options, Plane};
use crate::trace::trace;
use crate::{Metrics, routes};

/// Everything that the server answers.
pub fn router(app: App, options: Options) -> Router {
    let plane = Plane { app, metrics: options.metrics };
    let guarded = |operation, methods: MethodRouter<Plane>| {
        let guard_of = Guard { app: plane.app.clone(), operation };
        methods.layer(from_fn_with_state(guard_of, guard))
    };
    let endpoints = routes::all(Endpoints::new(&guarded));
    let endpoints = match options.metrics_place {
        MetricsPlace::Here => routes::metrics(endpoints),
        MetricsPlace::Elsewhere => endpoints,
    };
    Router::from(endpoints.router)
        .method_not_allowed_fallback(wrong_method)
        .fallback(absent)
        .layer(from_fn_with_state(plane.clone(), trace))
        .with_state(plane)
}

/// `/metrics` alone, for a listener of its own.
pub fn metrics_router(metrics: &Metrics) -> Router {
    Router::new().route("/metrics", get(routes::health::metrics::handle)).with_state(metrics.clone())
}

/// The description of everything that the server answers (`OpenAPI` 3.1).
pub fn openapi() -> OpenApi {
    let endpoints = routes::metrics(routes::all(Endpoints::new(&|_, methods| methods)));
    describe::finish(endpoints.router.into_openapi())
}

/// Puts the guard of an operation before its handlers.
type Guarding<'g> = dyn Fn(Operation, MethodRouter<Plane>) -> MethodRouter<Plane> + 'g;

/// Endpoints that are being put together.
pub(crate) struct Endpoints<'g> {
    router: OpenApiRouter<Plane>,
    guarding: &'g Guarding<'g>,
}

impl<'g> Endpoints<'g> {
    fn new(guarding: &'g Guarding<'g>) -> Self {
        Self { router: OpenApiRouter::default(), guarding }
    }

    /// An endpoint for everybody.
    pub(crate) fn public(mut self, id: &str, (schemas, mut paths, methods): UtoipaMethodRouter<Plane>) -> Self {
        describe::public(&mut paths, id);
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// An endpoint for those who may do `operation`.
    pub(crate) fn guarded(
        mut self,
        operation: Operation,
        (schemas, mut paths, methods): UtoipaMethodRouter<Plane>,
    ) -> Self {
        describe::guarded(&mut paths, operation);
        self.router = self.router.routes((schemas, paths, (self.guarding)(operation, methods)));
        self
    }
}

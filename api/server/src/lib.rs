//! The HTTP rim of the plane: routes, rights, problems, metrics, the loop that accepts connections, and the work that a
//! server does by itself.
//!
//! An endpoint is a file `src/routes/<noun>/<verb>.rs` and one line in `src/routes.rs` that names its
//! [`Operation`](assay_app::Operation). Before an endpoint sees a request, the guard has let its caller pass; what an
//! endpoint answers when something is wrong stands in `src/problem.rs`.
//!
//! **Must not know:** SQL, disks, wasmtime, any adapter; it is handed an [`App`](assay_app::App) with all of them chosen.

mod describe;
mod dispatcher;
mod extract;
mod guard;
mod metrics;
mod patience;
mod plane;
mod problem;
mod router;
mod routes;
mod serve;
mod tls;
mod trace;
mod upkeep;

pub mod convert;

pub use metrics::Metrics;
pub use plane::{MetricsPlace, Options};
pub use router::{metrics_router, openapi, router};
pub use serve::serve;
pub use tls::{Tls, TlsError};
pub use upkeep::upkeep;

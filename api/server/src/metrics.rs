use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use assay_model::{AttemptOutcome, RunVerdict};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What a server counts about itself, in the `OpenMetrics` text format. Labels are words of this code, never of a request: the
/// number of series does not depend on what strangers send.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, Buckets>,
    in_flight: Gauge,
    pushes: Family<VerdictLabels, Counter>,
    evaluations: Family<StatusLabels, Counter>,
    jobs: Counter,
    swept: Counter,
    deliveries: Family<OutcomeLabels, Counter>,
    delivering: Gauge,
}

/// The bounds of the buckets, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The route of a request that no route matched.
pub(crate) const NO_ROUTE: &str = "none";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabels {
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(SECONDS)
    }
}

/// The labels of an answered request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    /// The pattern of the route, or [`NO_ROUTE`].
    pub(crate) route: &'a str,
    /// The method, one of those that are known.
    pub(crate) method: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// How long it took to begin the answer.
    pub(crate) took: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A set of metrics that are all zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("assay");
        let requests = Family::default();
        let durations = Family::new_with_constructor(Buckets);
        let in_flight = Gauge::default();
        let pushes = Family::default();
        let evaluations = Family::default();
        let (jobs, swept) = (Counter::<u64, AtomicU64>::default(), Counter::<u64, AtomicU64>::default());
        registry.register("http_requests", "Requests that were answered", requests.clone());
        registry.register("http_request_duration_seconds", "Time until the answer begins", durations.clone());
        registry.register("http_requests_in_flight", "Requests that are not answered yet", in_flight.clone());
        registry.register("attestations_pushed", "Attestations that were stored, by verdict", pushes.clone());
        registry.register("policy_evaluations", "Evaluations of stored attestations", evaluations.clone());
        registry.register("jobs_judged", "Attestations that were judged behind the scenes", jobs.clone());
        registry.register("blobs_removed", "Blobs that nobody referred to", swept.clone());
        let (deliveries, delivering) = (Family::default(), Gauge::default());
        registry.register("delivery_attempts", "Attempts to deliver, by outcome", deliveries.clone());
        registry.register("deliveries_in_flight", "Attempts to deliver that are not over yet", delivering.clone());
        Self {
            registry: Arc::new(registry),
            requests,
            durations,
            in_flight,
            pushes,
            evaluations,
            jobs,
            swept,
            deliveries,
            delivering,
        }
    }

    /// The text that a scraper reads.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Notes that a request has come; the answer's counterpart is [`Self::answered`].
    pub(crate) fn begun(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Notes an answer.
    pub(crate) fn answered(&self, answered: Answered<'_>) {
        let Answered { route, method, status, took } = answered;
        let labels = RequestLabels { route: route.to_owned(), method, status: class(status) };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: route.to_owned(), method };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Notes a push that was stored, with its verdict if there is one yet.
    pub(crate) fn pushed(&self, verdict: Option<&RunVerdict>) {
        let word = verdict.map_or("pending", |judged| judged.verdict.as_str());
        self.pushes.get_or_create(&VerdictLabels { verdict: word }).inc();
        for evaluation in verdict.iter().flat_map(|judged| &judged.evaluations) {
            self.evaluations.get_or_create(&StatusLabels { status: evaluation.status.as_str() }).inc();
        }
    }

    /// Notes jobs that were done.
    pub(crate) fn judged(&self, count: usize) {
        self.jobs.inc_by(wide(count));
    }

    /// Notes an attempt to deliver.
    pub(crate) fn delivered(&self, outcome: AttemptOutcome) {
        self.deliveries.get_or_create(&OutcomeLabels { outcome: outcome.as_str() }).inc();
    }

    /// Notes how many attempts to deliver there are now.
    pub(crate) fn delivering(&self, count: usize) {
        self.delivering.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Notes blobs that were removed.
    pub(crate) fn removed(&self, count: usize) {
        self.swept.inc_by(wide(count));
    }
}

/// Counts a request as in flight until it is dropped, also when its client goes away.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

const fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_in_the_text() {
        let metrics = Metrics::new();
        let guard = metrics.begun();
        let took = Duration::from_millis(3);
        for status in [200, 204, 404] {
            metrics.answered(Answered { route: "/v1/whoami", method: "GET", status, took });
        }
        metrics.pushed(None);
        metrics.delivering(3);
        metrics.delivered(AttemptOutcome::Retryable);
        drop(guard);
        let text = metrics.text().unwrap();
        for line in [
            r#"assay_http_requests_total{route="/v1/whoami",method="GET",status="2xx"} 2"#,
            r#"assay_http_requests_total{route="/v1/whoami",method="GET",status="4xx"} 1"#,
            r#"assay_http_request_duration_seconds_bucket{le="0.005",route="/v1/whoami",method="GET"} 3"#,
            "assay_http_requests_in_flight 0",
            r#"assay_attestations_pushed_total{verdict="pending"} 1"#,
            r#"assay_delivery_attempts_total{outcome="retryable"} 1"#,
            "assay_deliveries_in_flight 3",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}

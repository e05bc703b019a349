use std::collections::HashMap;
use std::time::Duration;

use assay_app::deliveries::{self, IN_FLIGHT};
use assay_app::{App, AppError};
use assay_model::AttemptOutcome;
use assay_ports::LeasedDelivery;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::Metrics;

/// How often the dispatcher looks for deliveries when nobody wakes it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause between two looks: what becomes due meanwhile is taken together.
const BREATH: Duration = Duration::from_millis(5);
/// How long attempts may take that run when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Sends deliveries until `shutdown`. It is woken by each verdict, by its own timer for what is to be tried again, and looks
/// every second for what another process left. When the server stops, attempts that run are given five seconds; what is
/// not over then is given back and tried again by whoever comes next.
pub(crate) async fn dispatch(app: App, metrics: Metrics, shutdown: CancellationToken) {
    let mut dispatcher = Dispatcher { app, metrics, running: JoinSet::new(), leased: HashMap::new() };
    while !shutdown.is_cancelled() {
        let wait = dispatcher.take().await;
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = dispatcher.something(wait) => {}
        }
        sleep(BREATH).await;
    }
    dispatcher.farewell().await;
}

type Ended = Result<(Id, Result<AttemptOutcome, AppError>), JoinError>;

struct Dispatcher {
    app: App,
    metrics: Metrics,
    running: JoinSet<Result<AttemptOutcome, AppError>>,
    leased: HashMap<Id, LeasedDelivery>,
}

impl Dispatcher {
    /// Begins what is due, as far as there is room; answers after what time to look again.
    async fn take(&mut self) -> Duration {
        match self.try_take().await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "deliveries cannot be taken");
                LOOK_EVERY
            }
        }
    }

    async fn try_take(&mut self) -> Result<Duration, AppError> {
        let running = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        let room = IN_FLIGHT.saturating_sub(running);
        if room == 0 {
            return Ok(LOOK_EVERY);
        }
        // Looking costs a read; claiming is a write, which pushes would wait for.
        let now = self.app.now().micros();
        match deliveries::next_due(&self.app).await?.map(|due| u64::try_from(due.micros() - now)) {
            None => return Ok(LOOK_EVERY),
            Some(Ok(micros @ 1..)) => return Ok(Duration::from_micros(micros).min(LOOK_EVERY)),
            Some(Ok(0) | Err(_)) => {}
        }
        let claimed = deliveries::claim(&self.app, room).await?;
        // What is due and was not taken has to wait for its registration's turn.
        let wait = if claimed.is_empty() { LOOK_EVERY } else { Duration::ZERO };
        for leased in claimed {
            self.begin(leased);
        }
        Ok(wait)
    }

    fn begin(&mut self, leased: LeasedDelivery) {
        let (app, own) = (self.app.clone(), leased.clone());
        let task = self.running.spawn(async move { deliveries::attempt(&app, &own).await });
        self.leased.insert(task.id(), leased);
        self.metrics.delivering(self.running.len());
    }

    /// Waits until there is something to do: a delivery became due, an attempt ended, or the time is over.
    async fn something(&mut self, wait: Duration) {
        let ended = tokio::select! {
            () = self.app.deliveries_due.notified() => None,
            ended = self.running.join_next_with_id(), if !self.running.is_empty() => ended,
            () = sleep(wait) => None,
        };
        if let Some(ended) = ended {
            self.end(ended);
        }
        while let Some(ended) = self.running.try_join_next_with_id() {
            self.end(ended);
        }
    }

    fn end(&mut self, ended: Ended) {
        let (id, outcome) = match ended {
            Ok((id, Ok(outcome))) => (id, Some(outcome)),
            Ok((id, Err(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an attempt was not recorded");
                (id, None)
            }
            Err(error) => {
                let id = error.id();
                tracing::error!(error = &error as &dyn std::error::Error, "an attempt broke off");
                (id, None)
            }
        };
        // What was not recorded keeps its lease: it is tried again when that is over, and not at once for ever.
        self.leased.remove(&id);
        self.metrics.delivering(self.running.len());
        if let Some(outcome) = outcome {
            self.metrics.delivered(outcome);
        }
    }

    async fn farewell(mut self) {
        let all = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                self.end(ended);
            }
        };
        if timeout(FAREWELL, all).await.is_ok() {
            return;
        }
        self.running.abort_all();
        // One that ended just now has been recorded.
        while let Some(ended) = self.running.join_next_with_id().await {
            if let Ok(ended) = ended {
                self.end(Ok(ended));
            }
        }
        tracing::info!(deliveries = self.leased.len(), "deliveries were interrupted and are given back");
        for leased in self.leased.values() {
            if let Err(error) = deliveries::give_back(&self.app, leased).await {
                tracing::error!(error = &error as &dyn std::error::Error, "a delivery was not given back");
            }
        }
    }
}

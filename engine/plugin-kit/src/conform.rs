mod actor;
mod behaviour;
mod contract;
mod limits;

use std::sync::Arc;

use assay_base::Timestamp;
use serde_json::Value;

use crate::KitError;
use crate::check;
use crate::points::Points;
use crate::session::Player;
use crate::stage::Stage;
use crate::workbench::{Local, Workbench};
use actor::Actor;

/// What is tried, and with what.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The packed component.
    pub component: &'a [u8],
    /// Fields of the registration that the author says himself; the others are made from the schema.
    pub registration: &'a Value,
    /// The same for the attachment.
    pub attachment: &'a Value,
    /// Answers of the true destination, for an integration that looks at them.
    pub recorded: Option<Player>,
    /// The instant that the component sees.
    pub now: Timestamp,
}

/// Tries whether a component behaves: ten points, each of which a host relies on. Nothing leaves the process.
///
/// | point | what must hold |
/// |---|---|
/// | `loads` | it compiles and loads under the limits of production, and imports nothing but the world |
/// | `describe` | it says the same three times without a host, and the same as its section; every field has a description |
/// | `register` | valid input is accepted; invalid input is refused with a pointer; no JSON at all makes it trap |
/// | `secrets` | a secret that a destination repeats is in no answer, no log and no record |
/// | `errors` | what a destination answers becomes the right kind of error, and `Retry-After` is handed on |
/// | `idempotency` | two attempts of one delivery can be told from two deliveries |
/// | `grants` | it asks only for what it was granted, and survives a refusal |
/// | `resources` | it stays within its limits, and 100 MiB of evidence do not pass through its memory |
/// | `time` | a destination that says nothing ends the call in time |
/// | `state` | what it answered when it was registered is what it gets back, and it lives with it |
///
/// # Errors
/// [`KitError`] when the sandbox does not start.
pub async fn conform(local: &Local, subject: Subject<'_>) -> Result<Points, KitError> {
    let Subject { component, registration, attachment, recorded, now } = subject;
    let stage = Arc::new(Stage::new(recorded));
    let bench = Workbench::new(stage.clone(), local)?;
    let mut points = Points::new();
    if !points.add("loads", check::loads(&bench, component).await) {
        return Ok(points);
    }
    let installed = bench.install(component).await?;
    points.add("describe", contract::describe(component, &installed.manifest));
    let actor = match Actor::new(&bench, &stage, &installed, registration, attachment, now).await? {
        Ok(actor) => actor,
        Err(reasons) => {
            points.add("register", Err(reasons));
            return Ok(points);
        }
    };
    points.add("register", contract::register(&actor).await?);
    points.add("secrets", behaviour::secrets(&actor).await?);
    points.add("errors", behaviour::errors(&actor).await?);
    points.add("idempotency", behaviour::idempotency(&actor).await?);
    points.add("grants", behaviour::grants(&actor).await?);
    points.add("resources", limits::resources(&actor).await?);
    points.add("time", limits::time(&actor).await?);
    points.add("state", limits::state(&actor).await?);
    Ok(points)
}

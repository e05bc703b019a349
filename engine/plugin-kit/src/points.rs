use serde::Serialize;

/// What was looked at, one after the other.
#[derive(Debug, Clone, Serialize)]
pub struct Points {
    /// Whether all of it is right.
    pub ok: bool,
    /// Each one.
    pub points: Vec<Point>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Point {
    /// Its name, a stable word.
    pub name: &'static str,
    /// Whether it is right.
    pub ok: bool,
    /// What was seen, or what is wrong.
    pub message: String,
}

impl Points {
    pub(crate) const fn new() -> Self {
        Self { ok: true, points: vec![] }
    }

    /// Adds a point: what was seen, or everything that is wrong.
    pub(crate) fn add(&mut self, name: &'static str, outcome: Result<String, Vec<String>>) -> bool {
        let ok = outcome.is_ok();
        let message = outcome.unwrap_or_else(|wrong| wrong.join("; "));
        self.ok &= ok;
        self.points.push(Point { name, ok, message });
        ok
    }
}

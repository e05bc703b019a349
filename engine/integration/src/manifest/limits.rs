use std::time::Duration;

use crate::bound::Limits;
use crate::error::ManifestError;
use crate::node::Node;

/// The member `limits`: what is not said has a default, and nothing is above the host's own bound.
pub(super) fn read(node: Option<Node<'_>>) -> Result<Limits, ManifestError> {
    let mut limits =
        Limits { memory: 32 << 20, cpu: Duration::from_millis(500), wall: Duration::from_mins(1), requests: 50 };
    let Some(node) = node else { return Ok(limits) };
    node.only(&["memory_mb", "cpu_ms", "wall_ms", "requests"])?;
    if let Some(most) = number(&node, "memory_mb", 256)? {
        limits.memory = usize::try_from(most << 20).unwrap_or(usize::MAX);
    }
    if let Some(most) = number(&node, "cpu_ms", 10_000)? {
        limits.cpu = Duration::from_millis(most);
    }
    if let Some(most) = number(&node, "wall_ms", 300_000)? {
        limits.wall = Duration::from_millis(most);
    }
    if let Some(most) = number(&node, "requests", 2_000)? {
        limits.requests = u32::try_from(most).unwrap_or(u32::MAX);
    }
    Ok(limits)
}

fn number(node: &Node<'_>, key: &str, most: u64) -> Result<Option<u64>, ManifestError> {
    node.get(key).map(|number| number.number(most)).transpose()
}

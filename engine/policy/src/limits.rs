use std::time::Duration;

use assay_sandbox::Budget;

/// What the scripts of one evaluation may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// CPU time of one script, its parsing included.
    pub cpu: Duration,
    /// Time on the wall of one script.
    pub wall: Duration,
    /// Least memory cap of an instance, in bytes.
    pub memory_floor: usize,
    /// Greatest memory cap of an instance, in bytes.
    pub memory_ceiling: usize,
    /// Longest answer of one script, in bytes of JSON.
    pub answer: usize,
}

/// Memory cap in multiples of the document: parsed JSON takes up to eight times its text.
const MEMORY_FACTOR: usize = 12;
/// Bytes of a document that are parsed in one second of CPU, at the very least.
const BYTES_PER_SECOND: u64 = 8 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(2),
            wall: Duration::from_secs(10),
            memory_floor: 256 << 20,
            memory_ceiling: 1 << 30,
            answer: 8 << 20,
        }
    }
}

impl Limits {
    /// For one script.
    pub(crate) fn script(&self) -> Budget {
        Budget { cpu: self.cpu, wall: self.wall }
    }

    /// For the parsing of the document: more for a larger one, as it is no script's fault.
    pub(crate) fn document(&self, bytes: usize) -> Budget {
        let extra = Duration::from_secs(bytes as u64 / BYTES_PER_SECOND);
        Budget { cpu: self.cpu + extra, wall: self.wall + extra * 4 }
    }

    /// The memory cap of an instance that holds a document of this size.
    pub(crate) fn memory(&self, document: usize) -> usize {
        document.saturating_mul(MEMORY_FACTOR).clamp(self.memory_floor, self.memory_ceiling.max(self.memory_floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_with_the_document_between_its_bounds() {
        let limits = Limits::default();
        assert_eq!(limits.memory(1000), 256 << 20);
        assert_eq!(limits.memory(40 << 20), 480 << 20);
        assert_eq!(limits.memory(usize::MAX), 1 << 30);
    }
}

use uuid::Uuid;

use crate::Timestamp;

/// Where the time comes from. Nothing below the rim reads a clock.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Where randomness comes from. Nothing below the rim draws it by itself.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` with bytes that nobody can foresee.
    fn fill(&self, buffer: &mut [u8]);
}

/// A clock that stands still: tests and evaluations.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Mints a UUID of version 7 (RFC 9562, section 5.7): ids sort by the time of their making.
///
/// The twelve bits behind the milliseconds hold the fraction of the millisecond (method 3 of section 6.2).
pub fn new_id(clock: &dyn Clock, entropy: &dyn Entropy) -> Uuid {
    let micros = u64::try_from(clock.now().micros()).unwrap_or(0);
    let (millis, fraction) = (micros / 1000, (micros % 1000) * 4096 / 1000);
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes[8..]);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6] = 0x70 | u8::try_from(fraction >> 8).unwrap_or(0);
    bytes[7] = u8::try_from(fraction & 0xff).unwrap_or(0);
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    Uuid::from_bytes(bytes)
}

/// Entropy for tests: counts.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct CountingEntropy(std::sync::atomic::AtomicU8);

#[cfg(test)]
impl Entropy for CountingEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_sort_by_time() {
        let entropy = CountingEntropy::default();
        let at = |micros| new_id(&FixedClock(Timestamp::from_micros(micros)), &entropy);
        let ids = [at(1_767_323_045_000_000), at(1_767_323_045_000_400), at(1_767_323_045_001_000)];
        assert!(ids[0] < ids[1] && ids[1] < ids[2]);
        assert_eq!(ids[0].get_version_num(), 7);
        assert_eq!(ids[0].get_variant(), uuid::Variant::RFC4122);
    }
}

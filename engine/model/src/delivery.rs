use std::time::Duration;

use assay_base::{AttachmentId, DeliveryId, Digest, OrgId, RegistrationId, RegistrationName, RunId, Timestamp};
use uuid::Builder;

/// Where a delivery is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// It is to be sent: after the verdict, at its next attempt, or when its registration is healthy again.
    Pending,
    /// The destination took it.
    Delivered,
    /// It was given up: refused for good, or tried for too long.
    Dead,
    /// Its attachment is gone.
    Cancelled,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Dead, Self::Cancelled];

    /// The word of the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptOutcome {
    /// The destination took it.
    Delivered,
    /// The integration calls its configuration wrong.
    Invalid,
    /// The destination refused the credential.
    Unauthorized,
    /// Later perhaps.
    Retryable,
    /// Never.
    Permanent,
    /// The integration broke, or used more than it may.
    Trap,
}

impl AttemptOutcome {
    /// Every outcome.
    pub const ALL: [Self; 6] =
        [Self::Delivered, Self::Invalid, Self::Unauthorized, Self::Retryable, Self::Permanent, Self::Trap];

    /// The word of the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::Retryable => "retryable",
            Self::Permanent => "permanent",
            Self::Trap => "trap",
        }
    }
}

/// One attempt to deliver, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The status of the last answer over HTTP.
    pub status_code: Option<u16>,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What the integration or the host said; secrets are struck out.
    pub message: String,
    /// The beginning of the last request, redacted.
    pub request_head: Option<String>,
    /// The beginning of the last answer, redacted.
    pub response_head: Option<String>,
}

/// One attestation on its way to one attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same at every attempt: the idempotency key that the receiver sees.
    pub id: DeliveryId,
    /// Whose it is.
    pub org: OrgId,
    /// The run whose evidence it carries.
    pub run: RunId,
    /// The attachment.
    pub attachment: AttachmentId,
    /// The attachment's registration.
    pub registration_id: RegistrationId,
    /// The registration's name.
    pub registration: RegistrationName,
    /// Where it is in its life.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it is being tried: the verdict, or the last time that somebody sent it again.
    pub due_since: Option<Timestamp>,
    /// When it is tried next; absent before the verdict, while its registration is unhealthy, and when it is over.
    pub next_attempt_at: Option<Timestamp>,
    /// When its attestation was pushed, or when it was backfilled.
    pub created_at: Timestamp,
    /// When it was delivered, given up or cancelled.
    pub finished_at: Option<Timestamp>,
}

/// The id of the delivery of a run to an attachment: there is one, whoever asks and however often (a UUID of version 8,
/// RFC 9562 section 5.8, from the SHA-256 of both ids).
pub fn delivery_id(run: RunId, attachment: AttachmentId) -> DeliveryId {
    let digest = Digest::of(&[&run.as_bytes()[..], &attachment.as_bytes()[..]].concat());
    let bytes: [u8; 16] = std::array::from_fn(|i| digest.as_bytes()[i]);
    DeliveryId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// It is over.
    Finish(DeliveryState),
    /// It is tried again at that instant.
    Retry(Timestamp),
    /// It waits until somebody mends the registration, which is unhealthy for this reason.
    Hold(String),
}

/// For how long a delivery is tried.
pub const TRIED_FOR: Duration = Duration::from_hours(24);
/// The first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait that we choose; a destination may ask for more.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// When a delivery that failed for now is tried again: after 1 s, then ever later (doubling, with up to a quarter more by
/// chance, at most an hour), but not before the destination asked for, and for the last time [`TRIED_FOR`] after `due_since`;
/// nothing when that is over.
///
/// `attempts` counts the one that just failed; `chance` is any number, the share of the jitter in 2^16ths is its last 16 bits.
pub fn next_attempt(
    now: Timestamp,
    due_since: Timestamp,
    attempts: u32,
    asked: Option<Duration>,
    chance: u64,
) -> Option<Timestamp> {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    let wait = doubled.min(LONGEST_WAIT);
    let jitter = wait.mul_f64(f64::from(u16::try_from(chance & 0xffff).unwrap_or(0)) / 65_536.0 / 4.0);
    let end = due_since.after(TRIED_FOR);
    let next = now.after((wait + jitter).min(LONGEST_WAIT));
    // Who asks for more than is left, is asked once more at the end of it.
    (next <= end).then(|| next.max(now.after(asked.unwrap_or_default())).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(s: i64) -> Timestamp {
        Timestamp::from_micros(s * 1_000_000)
    }

    #[test]
    fn waits_double_up_to_an_hour_and_end_after_a_day() {
        let start = seconds(1_000_000);
        let wait = |attempts, asked, chance| {
            let next = next_attempt(start, start, attempts, asked, chance)?;
            Some((next.micros() - start.micros()) / 1000)
        };
        assert_eq!(wait(1, None, 0), Some(1000));
        assert_eq!(wait(2, None, 0), Some(2000));
        assert_eq!(wait(5, None, 0), Some(16_000));
        assert_eq!(wait(60, None, 0xffff), Some(3_600_000));
        let jittered = wait(1, None, u64::MAX).unwrap();
        assert!((1200..=1250).contains(&jittered), "{jittered}");
        assert_eq!(wait(1, Some(Duration::from_hours(2)), 0), Some(7_200_000));
        assert_eq!(wait(1, Some(Duration::from_hours(25)), 0), Some(86_400_000));
        assert_eq!(next_attempt(start, seconds(1_000_000 - 86_400), 3, None, 0), None);
    }
}

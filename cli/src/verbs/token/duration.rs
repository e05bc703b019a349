use std::time::Duration;

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a duration is a whole number from 1 and s, m, h, d or w, for example `90d`")]
pub(super) struct DurationError;

/// Reads `30s`, `10m`, `24h`, `30d` or `2w`.
pub(super) fn seconds(text: &str) -> Result<Duration, DurationError> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| DurationError)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err(DurationError),
    };
    match number.checked_mul(unit) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(DurationError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        for (text, expected) in [("1s", 1), ("10m", 600), ("24h", 86_400), ("30d", 2_592_000), ("2w", 1_209_600)] {
            assert_eq!(seconds(text), Ok(Duration::from_secs(expected)), "{text}");
        }
        for text in ["", "1", "d", "0s", "-1d", "1.5h", "1y", "1 d", "99999999999999999w", "99999999999999999999s"] {
            assert_eq!(seconds(text), Err(DurationError), "{text}");
        }
    }
}

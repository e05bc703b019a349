//! Just enough of the calendar: instants as seconds since 1970-01-01T00:00:00Z.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The seconds since 1970 of an RFC 3339 instant in UTC (`Z`); its fraction is dropped.
pub fn seconds_of(instant: &str) -> Option<i64> {
    let (date, time) = instant.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    Some(day_number(year, month, day)? * 86_400 + seconds_of_day(time.split('.').next()?)?)
}

/// The seconds since 1970 of an HTTP date in the preferred format (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn seconds_of_http_date(date: &str) -> Option<i64> {
    let rest = date.strip_suffix(" GMT")?.split_once(", ")?.1;
    let mut words = rest.split(' ');
    let (day, name, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    Some(day_number(number(year)?, month, number(day)?)? * 86_400 + seconds_of_day(time)?)
}

fn seconds_of_day(time: &str) -> Option<i64> {
    let mut parts = time.splitn(3, ':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    (hours < 24 && minutes < 60 && seconds <= 60).then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin with March so that the leap day is the last.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1994-11-06T08:49:37Z", Some(784_111_777)),
            ("2024-02-29T12:00:00.123456Z", Some(1_709_208_000)),
            ("2026-11-20T18:31:00Z", Some(1_795_199_460)),
            ("2026-11-20T18:31:00+01:00", None),
            ("2026-13-20T18:31:00Z", None),
            ("yesterday", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(seconds_of(text), seconds, "{text}");
        }
    }

    #[test]
    fn http_dates() {
        assert_eq!(seconds_of_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds_of_http_date("Thu, 01 Jan 1970 00:00:10 GMT"), Some(10));
        for wrong in ["", "120", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(seconds_of_http_date(wrong), None, "{wrong}");
        }
    }
}

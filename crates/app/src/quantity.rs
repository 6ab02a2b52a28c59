//! How are sizes and durations written?

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes, written with its unit: `"64MiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// Why a text is not a size or a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// No digits at the start.
    #[error("expected a number and a unit, such as {example:?}")]
    Number {
        /// A well-formed quantity of the same kind.
        example: &'static str,
    },
    /// The unit is missing.
    #[error("the unit is missing; use {0}")]
    NoUnit(&'static str),
    /// The unit is unknown.
    #[error("{unit:?} is not a unit here; use {units}")]
    Unit {
        /// What was written where the unit belongs.
        unit: String,
        /// The units there are.
        units: &'static str,
    },
    /// The value does not fit in 64 bits.
    #[error("the value is too large")]
    TooLarge,
}

const SIZE_UNITS: &str = "B, KiB, MiB, GiB, KB, MB or GB";
const TIME_UNITS: &str = "ms, s, m, h or d";

impl FromStr for ByteSize {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = split(text, "64MiB")?;
        let scale = match unit {
            "B" => 1,
            "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(unknown(unit, SIZE_UNITS)),
        };
        number.checked_mul(scale).map(ByteSize).ok_or(QuantityError::TooLarge)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 != 0 && self.0.trailing_zeros() >= shift {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}B", self.0)
    }
}

/// Reads a duration such as `"250ms"`, `"30s"` or `"1h"`.
///
/// # Errors
/// When the number or the unit is missing, or the value does not fit.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let (number, unit) = split(text, "30s")?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(unknown(unit, TIME_UNITS)),
    };
    // Bounded far below what the clocks can add, so that "now + duration" never overflows.
    let millis = number.checked_mul(millis).filter(|ms| *ms <= 3_650 * 86_400_000);
    millis.map(Duration::from_millis).ok_or(QuantityError::TooLarge)
}

fn unknown(unit: &str, units: &'static str) -> QuantityError {
    if unit.is_empty() {
        QuantityError::NoUnit(units)
    } else {
        QuantityError::Unit { unit: unit.into(), units }
    }
}

fn split<'a>(text: &'a str, example: &'static str) -> Result<(u64, &'a str), QuantityError> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    if digits.is_empty() {
        return Err(QuantityError::Number { example });
    }
    let number = digits.parse().map_err(|_| QuantityError::TooLarge)?;
    Ok((number, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_carry_units() {
        for (text, bytes) in [("0B", 0), ("10KB", 10_000), ("64MiB", 64 << 20), ("2 GiB", 2 << 30)] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)));
        }
        for text in
            ["", "64", "MiB", "1.5MiB", "-1B", "64mib", "99999999999999999999B", "18446744073709551615KiB"]
        {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
        assert_eq!(ByteSize(128 << 20).to_string(), "128MiB");
        assert_eq!(ByteSize(1500).to_string(), "1500B");
    }

    #[test]
    fn durations_carry_units() {
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["5", "s", "1 year", "5S", "18446744073709551615h", "99999d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}

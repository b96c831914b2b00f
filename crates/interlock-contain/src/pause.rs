//! How long to wait before a provider is asked again: longer each time, and not all at once.

use std::time::Duration;

/// The pauses, in seconds; the last one for all that follow.
const PAUSES: [u64; 5] = [0, 1, 2, 5, 15];
const LONGEST: u64 = 60;

/// The pause before a step is looked at or tried again.
pub(crate) fn pause(step: &str, count: u32) -> jiff::SignedDuration {
    let known = usize::try_from(count).ok().and_then(|it| PAUSES.get(it));
    let pause = jittered(known.copied().unwrap_or(LONGEST), step, count);
    jiff::SignedDuration::try_from(pause).unwrap_or(jiff::SignedDuration::MAX)
}

/// This many seconds, and up to a quarter more, so that what failed together does not come back
/// together. Drawn from name and count: the same journal gives the same pauses.
#[must_use]
pub fn jittered(seconds: u64, name: &str, count: u32) -> Duration {
    let begin = 0x811c_9dc5_u32 ^ count;
    let drawn =
        name.bytes().fold(begin, |it, byte| (it ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    Duration::from_millis(seconds.saturating_mul(1000 + u64::from(drawn % 251)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_spread() {
        let at = |step: &str, count| pause(step, count).as_millis();
        for (count, least) in [(0, 0), (1, 1_000), (2, 2_000), (3, 5_000), (4, 15_000), (9, 60_000)]
        {
            let pause = at("step", count);
            assert!(pause >= least && pause <= least + least / 4, "{count}: {pause}");
        }
        let spread: std::collections::BTreeSet<_> =
            (0..1000).map(|it| at(&format!("step-{it}"), 5)).collect();
        assert!(spread.len() > 200, "{} different ones", spread.len());
        assert_eq!(at("step", 5), at("step", 5));
    }
}

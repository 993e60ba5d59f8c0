use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(20);

/// The pause before the next try after so many failed ones: doubled each time, and drawn from its upper half, so that
/// relayers that failed together do not come back together.
pub fn back_off(failed: u32) -> Duration {
    let full = FIRST
        .saturating_mul(1 << failed.saturating_sub(1).min(16))
        .min(LONGEST);
    // Each hasher has fresh random keys, which is random enough for a pause.
    let random = RandomState::new().hash_one(failed) % 1_000;
    full / 2 + full.mul_f64(random as f64 / 2_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        for (failed, full) in [
            (1, 100),
            (2, 200),
            (5, 1_600),
            (9, 20_000),
            (u32::MAX, 20_000),
        ] {
            let full = Duration::from_millis(full);
            let drawn: Vec<Duration> = (0..50).map(|_| back_off(failed)).collect();
            assert!(
                drawn
                    .iter()
                    .all(|pause| *pause >= full / 2 && *pause <= full)
            );
            assert!(drawn.iter().any(|pause| *pause != drawn[0]));
        }
    }
}

use alloy_primitives::{B256, U256, keccak256};

/// Number of leading nibbles that two hashes share.
pub fn shared_nibbles(a: &B256, b: &B256) -> usize {
    let differing = a.iter().zip(b).position(|(a, b)| a != b);
    match differing {
        Some(byte) => 2 * byte + usize::from((a[byte] ^ b[byte]) < 0x10),
        None => 64,
    }
}

/// Slots below `range` whose hashes lie as close together as any: `count` or one more of them, in clusters of
/// neighbours. Among 2^18 slots some share 8 nibbles, enough for a leaf with a small value to be inlined in its branch.
pub fn close_slots(range: u64, count: usize) -> Vec<U256> {
    let mut hashed: Vec<(B256, u64)> = (0..range)
        .map(|slot| (keccak256(U256::from(slot).to_be_bytes::<32>()), slot))
        .collect();
    hashed.sort_unstable();
    let mut pairs: Vec<(usize, usize)> = hashed
        .windows(2)
        .enumerate()
        .map(|(at, pair)| (shared_nibbles(&pair[0].0, &pair[1].0), at))
        .collect();
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let mut slots: Vec<u64> = Vec::new();
    for (_, at) in pairs {
        for (_, slot) in &hashed[at..at + 2] {
            if !slots.contains(slot) {
                slots.push(*slot);
            }
        }
        if slots.len() >= count {
            break;
        }
    }
    slots.into_iter().map(U256::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_of_many_slots_share_eight_nibbles() {
        let slots = close_slots(1 << 18, 8);
        let hashes: Vec<B256> = slots
            .iter()
            .map(|slot| keccak256(slot.to_be_bytes::<32>()))
            .collect();
        assert!(
            shared_nibbles(&hashes[0], &hashes[1]) >= 8,
            "{} {}",
            hashes[0],
            hashes[1]
        );
    }

    #[test]
    fn hashes_that_differ_in_the_low_nibble_of_a_byte_share_the_high_one() {
        let mut other = B256::ZERO;
        other[3] = 0x01;
        assert_eq!(shared_nibbles(&B256::ZERO, &other), 7);
        other[3] = 0x10;
        assert_eq!(shared_nibbles(&B256::ZERO, &other), 6);
        assert_eq!(shared_nibbles(&other, &other), 64);
    }
}

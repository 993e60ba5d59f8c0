//! The lines of a journal: what they say, and how they show that they are whole.
//!
//! ```text
//! smartsync-notary-journal 1 <signer> <source chain id> <lowest block it may sign> <checksum>
//! <block number> <block hash> <parent hash> <checksum>
//! ```
//!
//! A checksum is the first 4 bytes of the Keccak-256 of the line before it.

use alloy_primitives::{Address, B256, hex, keccak256};
use smartsync_proof::Header;

const TITLE: &str = "smartsync-notary-journal";
const VERSION: &str = "1";

/// Whose journal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The signer.
    pub signer: Address,
    /// Chain id of the source chain.
    pub source_chain_id: u64,
}

/// The first line: whose journal it is, and the lowest block that it may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub owner: Owner,
    pub first_block: u64,
}

/// A block that was signed, or was about to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its hash.
    pub hash: B256,
    /// Its parent's hash.
    pub parent_hash: B256,
}

impl Entry {
    /// That of a header.
    pub(super) fn of(header: &Header) -> Self {
        Self {
            hash: header.hash,
            parent_hash: header.parent_hash,
        }
    }

    /// Its line, with the line end.
    pub(super) fn line(&self, block: u64) -> String {
        line(&format!("{block} {} {}", self.hash, self.parent_hash))
    }

    /// The block and entry of a line, if it is whole.
    pub(super) fn parse(line: &str) -> Option<(u64, Self)> {
        let mut words = checked(line)?.split(' ');
        let block = words.next()?.parse().ok()?;
        let entry = Self {
            hash: words.next()?.parse().ok()?,
            parent_hash: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some((block, entry))
    }
}

impl Title {
    /// Its line, with the line end.
    pub(super) fn line(&self) -> String {
        line(&format!(
            "{TITLE} {VERSION} {} {} {}",
            self.owner.signer, self.owner.source_chain_id, self.first_block
        ))
    }

    /// The title in a line, if it is whole.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = checked(line)?.split(' ');
        if (words.next()?, words.next()?) != (TITLE, VERSION) {
            return None;
        }
        let owner = Owner {
            signer: words.next()?.parse().ok()?,
            source_chain_id: words.next()?.parse().ok()?,
        };
        let first_block = words.next()?.parse().ok()?;
        words
            .next()
            .is_none()
            .then_some(Self { owner, first_block })
    }
}

fn checksum(text: &str) -> String {
    let hash = keccak256(text);
    hex::encode(hash.first_chunk::<4>().unwrap_or(&[0; 4]))
}

fn line(text: &str) -> String {
    format!("{text} {}\n", checksum(text))
}

/// A line without its checksum, which must be right.
fn checked(line: &str) -> Option<&str> {
    let (text, sum) = line.rsplit_once(' ')?;
    (sum == checksum(text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back_and_those_with_other_words_are_not() {
        let title = Title {
            owner: Owner {
                signer: Address::repeat_byte(5),
                source_chain_id: 1,
            },
            first_block: 7,
        };
        let entry = Entry {
            hash: B256::repeat_byte(1),
            parent_hash: B256::repeat_byte(2),
        };
        let (first, second) = (title.line(), entry.line(9));
        let (first, second) = (first.trim_end(), second.trim_end());
        assert_eq!(Title::parse(first), Some(title));
        assert_eq!(Entry::parse(second), Some((9, entry)));
        assert_eq!(Title::parse(second), None);
        assert_eq!(Entry::parse(first), None);
        // One word more, with a checksum that is right.
        let longer = |text: &str| line(&format!("{} more", checked(text).expect("whole")));
        assert_eq!(Title::parse(longer(first).trim_end()), None);
        assert_eq!(Entry::parse(longer(second).trim_end()), None);
        // Another version, with a checksum that is right.
        let newer = line(&checked(first).expect("whole").replacen(" 1 ", " 2 ", 1));
        assert_eq!(Title::parse(newer.trim_end()), None);
    }
}

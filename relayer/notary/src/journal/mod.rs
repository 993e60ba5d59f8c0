//! What a notary's signer has signed: the one thing in SmartSync that no chain remembers.
//!
//! A text file that only grows. The first line says whose it is; each further one is a source block that was about to be
//! signed, written through to the disk before the signature exists. [`record`] has their format.
//!
//! A last line without line end is a write that a crash cut short; its signature never left, and it is cut off. Anything
//! else that does not read is refused: somebody changed the file. A lock keeps a second instance out and ends with the
//! process.

mod error;
mod record;

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use smartsync_proof::Header;

pub use error::{Conflict, JournalError};
use record::Title;
pub use record::{Entry, Owner};

/// The journal, open and locked.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Length up to which all lines are whole and on the disk.
    length: u64,
    first_block: u64,
    entries: BTreeMap<u64, Entry>,
    /// After a write that may or may not be on the disk nothing more is signed before the next start reads the file.
    failed: bool,
}

impl Journal {
    /// Makes a new journal of a signer that will sign no block below `first_block`.
    pub fn create(path: &Path, owner: Owner, first_block: u64) -> Result<(), JournalError> {
        let io = |source| JournalError::File {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .map_err(io)?;
        let title = Title { owner, first_block };
        file.write_all(title.line().as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        // The folder's entry must last as well.
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io)
    }

    /// Opens and locks a journal, and reads it.
    pub fn open(path: &Path, owner: Owner) -> Result<Self, JournalError> {
        let io = |source| JournalError::File {
            path: path.to_owned(),
            source,
        };
        let mut file = match OpenOptions::new().read(true).append(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(JournalError::Missing(path.to_owned()));
            }
            Err(error) => return Err(io(error)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let damaged = |line| JournalError::Damaged {
            path: path.to_owned(),
            line,
        };
        let text = bytes
            .get(..whole)
            .and_then(|whole| std::str::from_utf8(whole).ok())
            .ok_or_else(|| damaged(1))?;
        let mut lines = text.lines().zip(1..);
        let Title {
            owner: found,
            first_block,
        } = lines
            .next()
            .and_then(|(text, _)| Title::parse(text))
            .ok_or_else(|| damaged(1))?;
        if found != owner {
            return Err(JournalError::OtherOwner {
                path: path.to_owned(),
                found,
                expected: owner,
            });
        }
        let mut entries = BTreeMap::new();
        for (text, number) in lines {
            let (block, entry) = Entry::parse(text).ok_or_else(|| damaged(number))?;
            // Twice the same would do no harm, but this program does not write it.
            if entries.insert(block, entry).is_some() {
                return Err(damaged(number));
            }
        }
        if whole < bytes.len() {
            tracing::warn!(
                journal = %path.display(),
                bytes = bytes.len() - whole,
                "the last line was cut short by a crash; its signature never left, and it is cut off"
            );
            file.set_len(whole as u64).map_err(io)?;
            file.sync_all().map_err(io)?;
        }
        file.seek(std::io::SeekFrom::End(0)).map_err(io)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length: whole as u64,
            first_block,
            entries,
            failed: false,
        })
    }

    /// The highest block that was signed.
    pub fn highest(&self) -> Option<u64> {
        self.entries.last_key_value().map(|(block, _)| *block)
    }

    /// Number of blocks signed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was signed yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Fails when a write failed, so that nothing is signed any more.
    pub fn require_intact(&self) -> Result<(), JournalError> {
        match self.failed {
            true => Err(JournalError::Failed(self.path.clone())),
            false => Ok(()),
        }
    }

    /// Fails when signing this header would contradict an earlier signature.
    pub fn check(&self, header: &Header) -> Result<(), Conflict> {
        let (block, got) = (header.number, header.hash);
        if block < self.first_block {
            return Err(Conflict::BelowJournal {
                block,
                first_block: self.first_block,
            });
        }
        if let Some(entry) = self.entries.get(&block)
            && entry.hash != got
        {
            return Err(Conflict::OtherHeaderSigned {
                block,
                signed: entry.hash,
                got,
            });
        }
        let other_branch = |neighbour, signed| Conflict::OtherBranchSigned {
            block,
            got,
            neighbour,
            signed,
        };
        let parent = block
            .checked_sub(1)
            .and_then(|parent| Some((parent, self.entries.get(&parent)?)));
        if let Some((parent, entry)) = parent
            && entry.hash != header.parent_hash
        {
            return Err(other_branch(parent, entry.hash));
        }
        let child = block
            .checked_add(1)
            .and_then(|child| Some((child, self.entries.get(&child)?)));
        if let Some((child, entry)) = child
            && entry.parent_hash != got
        {
            return Err(other_branch(child, entry.hash));
        }
        Ok(())
    }

    /// Writes a header that `check` allows, and returns when it is on the disk. Nothing is written twice.
    pub fn record(&mut self, header: &Header) -> Result<(), JournalError> {
        self.require_intact()?;
        if self.entries.contains_key(&header.number) {
            return Ok(());
        }
        let entry = Entry::of(header);
        let line = entry.line(header.number);
        if let Err(source) = self.file.write_all(line.as_bytes()) {
            // A disk that is full took a part of the line at most; without it the journal goes on as it was.
            let undone = self
                .file
                .set_len(self.length)
                .and_then(|()| self.file.sync_all());
            self.failed = undone.is_err();
            return Err(self.io(source));
        }
        if let Err(source) = self.file.sync_all() {
            // Whether it is on the disk, only a new start can tell.
            self.failed = true;
            return Err(self.io(source));
        }
        self.length += line.len() as u64;
        self.entries.insert(header.number, entry);
        Ok(())
    }

    fn io(&self, source: std::io::Error) -> JournalError {
        JournalError::File {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, B256};

    const OWNER: Owner = Owner {
        signer: Address::repeat_byte(5),
        source_chain_id: 1,
    };

    fn header(number: u64, hash: u8, parent: u8) -> Header {
        Header {
            hash: B256::repeat_byte(hash),
            parent_hash: B256::repeat_byte(parent),
            state_root: B256::ZERO,
            number,
            timestamp: 0,
        }
    }

    fn new() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        Journal::create(&path, OWNER, 5).expect("created");
        (folder, path)
    }

    #[test]
    fn what_was_recorded_is_remembered_and_every_contradiction_refused() {
        let (_folder, path) = new();
        let mut journal = Journal::open(&path, OWNER).expect("opened");
        journal.record(&header(10, 0xaa, 0x99)).expect("recorded");
        drop(journal);

        let journal = Journal::open(&path, OWNER).expect("opened again");
        assert_eq!((journal.highest(), journal.len()), (Some(10), 1));
        assert_eq!(journal.check(&header(10, 0xaa, 0x99)), Ok(()));
        assert_eq!(
            journal.check(&header(10, 0xab, 0x99)),
            Err(Conflict::OtherHeaderSigned {
                block: 10,
                signed: B256::repeat_byte(0xaa),
                got: B256::repeat_byte(0xab),
            })
        );
        let other_branch = |block, hash| {
            Err(Conflict::OtherBranchSigned {
                block,
                got: B256::repeat_byte(hash),
                neighbour: 10,
                signed: B256::repeat_byte(0xaa),
            })
        };
        assert_eq!(journal.check(&header(11, 0xbb, 0xaa)), Ok(()));
        assert_eq!(
            journal.check(&header(11, 0xbb, 0xab)),
            other_branch(11, 0xbb)
        );
        assert_eq!(journal.check(&header(9, 0x99, 0x88)), Ok(()));
        assert_eq!(journal.check(&header(9, 0x98, 0x88)), other_branch(9, 0x98));
        assert_eq!(journal.check(&header(12, 1, 2)), Ok(()), "it cannot tell");
        assert_eq!(
            journal.check(&header(4, 1, 2)),
            Err(Conflict::BelowJournal {
                block: 4,
                first_block: 5,
            })
        );
    }

    #[test]
    fn a_last_line_cut_short_at_any_byte_is_cut_off_and_the_rest_kept() {
        let (_folder, path) = new();
        let mut journal = Journal::open(&path, OWNER).expect("opened");
        journal.record(&header(10, 0xaa, 0x99)).expect("recorded");
        let kept = std::fs::read(&path).expect("read");
        journal.record(&header(11, 0xbb, 0xaa)).expect("recorded");
        drop(journal);
        let whole = std::fs::read(&path).expect("read");
        for length in kept.len()..whole.len() {
            std::fs::write(&path, &whole[..length]).expect("written");
            let mut journal = Journal::open(&path, OWNER).expect("opened");
            assert_eq!(
                (journal.highest(), journal.len()),
                (Some(10), 1),
                "{length}"
            );
            journal.record(&header(12, 0xcc, 0xbb)).expect("recorded");
            drop(journal);
            let journal = Journal::open(&path, OWNER).expect("opened again");
            assert_eq!(
                (journal.highest(), journal.len()),
                (Some(12), 2),
                "{length}"
            );
        }
    }

    #[test]
    fn every_byte_changed_in_a_whole_line_is_noticed() {
        let (_folder, path) = new();
        let mut journal = Journal::open(&path, OWNER).expect("opened");
        journal.record(&header(10, 0xaa, 0x99)).expect("recorded");
        drop(journal);
        let whole = std::fs::read(&path).expect("read");
        for index in 0..whole.len() - 1 {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            std::fs::write(&path, &changed).expect("written");
            assert!(
                matches!(
                    Journal::open(&path, OWNER),
                    Err(JournalError::Damaged { .. })
                ),
                "byte {index}"
            );
        }
    }

    #[test]
    fn a_journal_is_its_owner_s_alone_and_one_process_s_at_a_time() {
        let (_folder, path) = new();
        let held = Journal::open(&path, OWNER).expect("opened");
        assert!(matches!(
            Journal::open(&path, OWNER),
            Err(JournalError::InUse(_))
        ));
        drop(held);
        let other = Owner {
            source_chain_id: 2,
            ..OWNER
        };
        assert!(matches!(
            Journal::open(&path, other),
            Err(JournalError::OtherOwner { found, expected, .. }) if found == OWNER && expected == other
        ));
        assert!(Journal::create(&path, OWNER, 0).is_err(), "it stands");
        assert!(matches!(
            Journal::open(&path.with_extension("none"), OWNER),
            Err(JournalError::Missing(_))
        ));
    }
}

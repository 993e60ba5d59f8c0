use alloy_primitives::Address;

/// Why words are no mnemonic. It shows none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicProblem {
    /// Too many or too few.
    #[error("{0} words, not 12, 15, 18, 21 or 24")]
    Count(usize),
    /// Not in the list.
    #[error("word {0} is not in the list of words")]
    Unknown(usize),
    /// All are words, but not together.
    #[error("the checksum does not fit: a word is wrong or out of its place")]
    Checksum,
    /// No key for this index.
    #[error("there is no key {0}")]
    Index(u32),
}

/// Why a keystore gives no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreProblem {
    /// Not JSON.
    #[error("not a keystore: no JSON (line {line})")]
    NotJson {
        /// Where it is none, from 1.
        line: usize,
    },
    /// A member is missing or is something else.
    #[error("not a keystore of version 3: {member} is not {expected}")]
    Member {
        /// Its name, such as `crypto.kdf`.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// Bytes of another number.
    #[error("{member} has {got} bytes, not {expected}")]
    Length {
        /// Its name.
        member: &'static str,
        /// Bytes there.
        got: usize,
        /// Bytes needed.
        expected: usize,
    },
    /// Encrypted or derived in a way that is not known.
    #[error("its {what} is {got}, not {known}")]
    Unknown {
        /// Cipher, key derivation or the hash of it.
        what: &'static str,
        /// The name there.
        got: String,
        /// Names that are known.
        known: &'static str,
    },
    /// The parameters cannot be.
    #[error("its {kdf} parameters cannot be")]
    Parameters {
        /// The key derivation.
        kdf: &'static str,
    },
    /// The parameters take more than can be spent.
    #[error(
        "its scrypt parameters take {memory} bytes of memory and {work} of work, at most {most_memory} and {most_work} are \
         spent"
    )]
    TooDear {
        /// Bytes.
        memory: u128,
        /// Bytes that may be taken.
        most_memory: u64,
        /// Bytes that are gone through.
        work: u128,
        /// Bytes that may be gone through.
        most_work: u64,
    },
    /// More rounds than can be spent.
    #[error("its pbkdf2 parameters take {rounds} rounds, at most {most} are spent")]
    TooManyRounds {
        /// Rounds.
        rounds: u64,
        /// Rounds that may be taken.
        most: u64,
    },
    /// There is not so much memory.
    #[error("its scrypt parameters take {0} bytes of memory, which this machine does not give")]
    NoMemory(u64),
    /// The password does not fit.
    #[error("the password is wrong, or the keystore damaged")]
    WrongPassword,
    /// What comes out is no private key.
    #[error("what it holds is no private key")]
    NoKey,
    /// It says that it is another account's.
    #[error("it says that it is the key of {said}, but it holds that of {held}")]
    OtherAddress {
        /// What it says.
        said: Address,
        /// Whose key it holds.
        held: Address,
    },
}

//! Keystores: Web3 Secret Storage, version 3, as geth, Foundry, ethers, web3.py and others write it.

use aes::Aes128;
use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, hex, keccak256};
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use hmac::Hmac;
use serde_json::{Map, Value};
use sha2::Sha256;

/// Bytes that are derived: half of them decrypt, the others authenticate.
const DERIVED: usize = 32;
/// Most memory that a derivation may take, in bytes: four times what wallets ask for.
const MEMORY: u64 = 1 << 30;
/// Most work of a derivation by scrypt, in bytes that it goes through: thirty times what wallets ask for.
const WORK: u64 = 1 << 33;
/// Most rounds of a derivation by PBKDF2: a hundred times what wallets ask for.
const ROUNDS: u64 = 1 << 25;

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
        "its scrypt parameters take {memory} bytes of memory and {work} of work, at most {MEMORY} and {WORK} are spent"
    )]
    TooDear {
        /// Bytes.
        memory: u128,
        /// Bytes.
        work: u128,
    },
    /// More rounds than can be spent.
    #[error("its pbkdf2 parameters take {0} rounds, at most {ROUNDS} are spent")]
    TooManyRounds(u64),
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

/// A keystore as it is in a file, not opened.
#[derive(Clone, Debug)]
pub struct Keystore {
    iv: [u8; 16],
    ciphertext: Vec<u8>,
    mac: [u8; 32],
    derivation: Derivation,
    address: Option<Address>,
}

#[derive(Clone, Debug)]
enum Derivation {
    Scrypt {
        salt: Vec<u8>,
        log_n: u8,
        r: u32,
        p: u32,
        memory: u64,
    },
    Pbkdf2 {
        salt: Vec<u8>,
        rounds: u32,
    },
}

impl Keystore {
    /// Reads one. What others write differently is taken: `Crypto`, hexadecimal with `0x`, no `id`, no `address`.
    pub fn parse(text: &str) -> Result<Self, KeystoreProblem> {
        let value: Value =
            serde_json::from_str(text).map_err(|problem| KeystoreProblem::NotJson {
                line: problem.line(),
            })?;
        let Value::Object(whole) = &value else {
            return Err(member("the file", "an object"));
        };
        if whole.get("version").and_then(Value::as_u64) != Some(3) {
            return Err(member("version", "3"));
        }
        let crypto = whole.get("crypto").or_else(|| whole.get("Crypto"));
        let crypto = object(crypto, "crypto")?;
        let cipher = name(crypto, "cipher", "crypto.cipher")?;
        if cipher != "aes-128-ctr" {
            return Err(unknown("cipher", cipher, "aes-128-ctr"));
        }
        let cipher_params = object(crypto.get("cipherparams"), "crypto.cipherparams")?;
        let address = match whole.get("address") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => {
                let address = text.parse();
                Some(address.map_err(|_no_address| member("address", "an address"))?)
            }
            Some(_) => return Err(member("address", "an address")),
        };
        Ok(Self {
            iv: exactly(cipher_params, "iv", "crypto.cipherparams.iv")?,
            ciphertext: bytes(crypto, "ciphertext", "crypto.ciphertext")?,
            mac: exactly(crypto, "mac", "crypto.mac")?,
            derivation: derivation(crypto)?,
            address,
        })
    }

    /// Decrypts the key.
    pub fn open(&self, password: &str) -> Result<PrivateKeySigner, KeystoreProblem> {
        let derived = self.derivation.derive(password.as_bytes())?;
        let (encryption, authentication) = derived.split_at(16);
        if keccak256([authentication, &self.ciphertext].concat()) != self.mac {
            return Err(KeystoreProblem::WrongPassword);
        }
        let mut key = self.ciphertext.clone();
        let mut cipher = Ctr128BE::<Aes128>::new_from_slices(encryption, &self.iv)
            .map_err(|_lengths_are_right| KeystoreProblem::NoKey)?;
        cipher.apply_keystream(&mut key);
        let key = PrivateKeySigner::from_slice(&key).map_err(|_no_key| KeystoreProblem::NoKey)?;
        match self.address {
            Some(said) if said != key.address() => Err(KeystoreProblem::OtherAddress {
                said,
                held: key.address(),
            }),
            _ => Ok(key),
        }
    }
}

fn derivation(crypto: &Map<String, Value>) -> Result<Derivation, KeystoreProblem> {
    let params = object(crypto.get("kdfparams"), "crypto.kdfparams")?;
    let number = |name: &str| params.get(name).and_then(Value::as_u64);
    let dklen = number("dklen").ok_or(member("crypto.kdfparams.dklen", "a number"))?;
    // The bytes after the 32nd are used by nothing, and change none before.
    if dklen < DERIVED as u64 {
        return Err(KeystoreProblem::Length {
            member: "the derived key (dklen)",
            got: usize::try_from(dklen).unwrap_or_default(),
            expected: DERIVED,
        });
    }
    let salt = bytes(params, "salt", "crypto.kdfparams.salt")?;
    match name(crypto, "kdf", "crypto.kdf")? {
        "scrypt" => scrypt(salt, [number("n"), number("r"), number("p")]),
        "pbkdf2" => {
            let hash = name(params, "prf", "crypto.kdfparams.prf")?;
            if hash != "hmac-sha256" {
                return Err(unknown("prf", hash, "hmac-sha256"));
            }
            let rounds = number("c").filter(|rounds| *rounds > 0);
            let rounds = rounds.ok_or(KeystoreProblem::Parameters { kdf: "pbkdf2" })?;
            match u32::try_from(rounds) {
                Ok(rounds) if u64::from(rounds) <= ROUNDS => {
                    Ok(Derivation::Pbkdf2 { salt, rounds })
                }
                _ => Err(KeystoreProblem::TooManyRounds(rounds)),
            }
        }
        other => Err(unknown("key derivation", other, "scrypt or pbkdf2")),
    }
}

fn scrypt(salt: Vec<u8>, parameters: [Option<u64>; 3]) -> Result<Derivation, KeystoreProblem> {
    let impossible = KeystoreProblem::Parameters { kdf: "scrypt" };
    let [Some(n), Some(r), Some(p)] = parameters else {
        return Err(impossible);
    };
    // RFC 7914, section 2: n is a power of two above 1.
    if !n.is_power_of_two() || n == 1 || r == 0 || p == 0 {
        return Err(impossible);
    }
    let block = 128 * u128::from(r);
    let memory = block * (u128::from(n) + u128::from(p));
    let work = block.saturating_mul(u128::from(n) * u128::from(p));
    let (Ok(r), Ok(p), true, true) = (
        u32::try_from(r),
        u32::try_from(p),
        memory <= u128::from(MEMORY),
        work <= u128::from(WORK),
    ) else {
        return Err(KeystoreProblem::TooDear { memory, work });
    };
    let log_n = n.trailing_zeros() as u8;
    scrypt::Params::new(log_n, r, p).map_err(|_impossible| impossible)?;
    Ok(Derivation::Scrypt {
        salt,
        log_n,
        r,
        p,
        memory: memory as u64,
    })
}

impl Derivation {
    fn derive(&self, password: &[u8]) -> Result<[u8; DERIVED], KeystoreProblem> {
        let mut derived = [0; DERIVED];
        match self {
            Self::Scrypt {
                salt,
                log_n,
                r,
                p,
                memory,
            } => {
                let impossible = || KeystoreProblem::Parameters { kdf: "scrypt" };
                let params =
                    scrypt::Params::new(*log_n, *r, *p).map_err(|_impossible| impossible())?;
                // The library allocates without asking, and the process would end.
                let mut tried: Vec<u8> = Vec::new();
                let bytes = usize::try_from(*memory).unwrap_or(usize::MAX);
                if tried.try_reserve_exact(bytes).is_err() {
                    return Err(KeystoreProblem::NoMemory(*memory));
                }
                drop(tried);
                scrypt::scrypt(password, salt, &params, &mut derived)
                    .map_err(|_impossible| impossible())?;
            }
            Self::Pbkdf2 { salt, rounds } => {
                pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, *rounds, &mut derived);
            }
        }
        Ok(derived)
    }
}

fn member(member: &'static str, expected: &'static str) -> KeystoreProblem {
    KeystoreProblem::Member { member, expected }
}

fn unknown(what: &'static str, got: &str, known: &'static str) -> KeystoreProblem {
    KeystoreProblem::Unknown {
        what,
        got: crate::error::plain(got),
        known,
    }
}

fn object<'a>(
    value: Option<&'a Value>,
    at: &'static str,
) -> Result<&'a Map<String, Value>, KeystoreProblem> {
    value
        .and_then(Value::as_object)
        .ok_or(member(at, "an object"))
}

fn name<'a>(
    of: &'a Map<String, Value>,
    key: &str,
    at: &'static str,
) -> Result<&'a str, KeystoreProblem> {
    of.get(key)
        .and_then(Value::as_str)
        .ok_or(member(at, "a name"))
}

fn bytes(of: &Map<String, Value>, key: &str, at: &'static str) -> Result<Vec<u8>, KeystoreProblem> {
    of.get(key)
        .and_then(Value::as_str)
        .and_then(|text| hex::decode(text).ok())
        .ok_or(member(at, "bytes in hexadecimal"))
}

fn exactly<const N: usize>(
    of: &Map<String, Value>,
    key: &str,
    at: &'static str,
) -> Result<[u8; N], KeystoreProblem> {
    let bytes = bytes(of, key, at)?;
    let got = bytes.len();
    bytes
        .try_into()
        .map_err(|_other_length| KeystoreProblem::Length {
            member: at,
            got,
            expected: N,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, b256};
    use serde_json::json;

    /// The key and password of the examples in the definition of Web3 Secret Storage.
    const KEY: B256 = b256!("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
    const PASSWORD: &str = "testpassword";
    const ADDRESS: &str = "008aeeda4d805471df9b2a5b0f38a0c3bcba786b";

    /// The definition's example with PBKDF2.
    fn published() -> Value {
        json!({
            "crypto": {
                "cipher": "aes-128-ctr",
                "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
                "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
                "kdf": "pbkdf2",
                "kdfparams": {
                    "c": 262_144,
                    "dklen": 32,
                    "prf": "hmac-sha256",
                    "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
                },
                "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
            },
            "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
            "version": 3,
        })
    }

    fn open(keystore: &Value, password: &str) -> Result<B256, KeystoreProblem> {
        let key = Keystore::parse(&keystore.to_string())?.open(password)?;
        Ok(key.to_bytes())
    }

    /// What is said of the example after a change of it, with the right password.
    fn said(change: impl FnOnce(&mut Value)) -> String {
        let mut keystore = published();
        change(&mut keystore);
        match open(&keystore, PASSWORD) {
            Ok(_) => "opened".to_owned(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn the_published_example_opens_however_it_is_spelt() {
        assert_eq!(open(&published(), PASSWORD), Ok(KEY));
        let spellings: [fn(&mut Value); 6] = [
            |keystore| {
                let crypto = keystore["crypto"].take();
                let keystore = keystore.as_object_mut().expect("an object");
                keystore.remove("crypto");
                keystore.insert("Crypto".to_owned(), crypto);
            },
            |keystore| {
                keystore.as_object_mut().expect("an object").remove("id");
            },
            |keystore| keystore["id"] = Value::Null,
            |keystore| {
                for member in ["ciphertext", "mac"] {
                    let text = keystore["crypto"][member].as_str().expect("text");
                    keystore["crypto"][member] = json!(format!("0x{text}"));
                }
            },
            // What comes after the 32nd byte is not used.
            |keystore| keystore["crypto"]["kdfparams"]["dklen"] = json!(64),
            |keystore| keystore["address"] = json!(ADDRESS),
        ];
        for spelt in spellings {
            assert_eq!(said(spelt), "opened");
        }
    }

    #[test]
    fn a_wrong_password_is_said_to_be_one() {
        let problem = open(&published(), "another").expect_err("another password");
        assert_eq!(problem, KeystoreProblem::WrongPassword);
        assert_eq!(
            problem.to_string(),
            "the password is wrong, or the keystore damaged"
        );
    }

    #[test]
    fn a_keystore_that_cannot_be_decrypted_rightly_is_refused_by_what_is_wrong() {
        let said_of = |path: &str, value: Value| {
            said(|keystore| *keystore.pointer_mut(path).expect("a member") = value)
        };
        for (path, value, expected) in [
            (
                "/crypto/cipher",
                json!("aes-128-cbc"),
                "its cipher is aes-128-cbc, not aes-128-ctr",
            ),
            (
                "/crypto/cipherparams/iv",
                json!("6087dab2"),
                "crypto.cipherparams.iv has 4 bytes, not 16",
            ),
            (
                "/crypto/cipherparams/iv",
                json!("iv"),
                "not a keystore of version 3: crypto.cipherparams.iv is not bytes in hexadecimal",
            ),
            (
                "/crypto/kdfparams/dklen",
                json!(16),
                "the derived key (dklen) has 16 bytes, not 32",
            ),
            (
                "/crypto/kdfparams/dklen",
                json!(0),
                "the derived key (dklen) has 0 bytes, not 32",
            ),
            (
                "/crypto/kdfparams/c",
                json!(4_000_000_000_u64),
                "its pbkdf2 parameters take 4000000000 rounds, at most 33554432 are spent",
            ),
            (
                "/crypto/kdfparams/c",
                json!(0),
                "its pbkdf2 parameters cannot be",
            ),
            (
                "/crypto/kdfparams/prf",
                json!("hmac-sha512"),
                "its prf is hmac-sha512, not hmac-sha256",
            ),
            (
                "/crypto/kdf",
                json!("argon2id"),
                "its key derivation is argon2id, not scrypt or pbkdf2",
            ),
            ("/crypto/mac", json!("00"), "crypto.mac has 1 bytes, not 32"),
            (
                "/crypto/kdfparams",
                json!([]),
                "not a keystore of version 3: crypto.kdfparams is not an object",
            ),
            (
                "/version",
                json!(4),
                "not a keystore of version 3: version is not 3",
            ),
        ] {
            assert_eq!(said_of(path, value), expected, "{path}");
        }
    }

    #[test]
    fn an_address_that_is_not_the_key_s_is_told() {
        let other = "0x0000000000000000000000000000000000000001";
        assert_eq!(
            said(|keystore| keystore["address"] = json!(other)),
            format!(
                "it says that it is the key of {other}, but it holds that of {}",
                ADDRESS.parse::<Address>().expect("an address")
            )
        );
    }

    #[test]
    fn scrypt_parameters_beyond_memory_are_refused_before_they_are_tried() {
        let said_of = |n: u64, r: u64, p: u64| {
            said(|keystore| {
                keystore["crypto"]["kdf"] = json!("scrypt");
                keystore["crypto"]["kdfparams"] =
                    json!({ "dklen": 32, "n": n, "p": p, "r": r, "salt": "ab" });
            })
        };
        // 128 r (n + p) bytes, 128 r n p of work.
        assert_eq!(
            said_of(1 << 40, 8, 1),
            "its scrypt parameters take 1125899906843648 bytes of memory and 1125899906842624 of work, at most 1073741824 and \
             8589934592 are spent"
        );
        assert!(said_of(1 << 18, 8, 1 << 20).contains(" of work, at most"));
        assert!(said_of(1 << 63, u64::MAX, u64::MAX).contains(" are spent"));
        for (n, r, p) in [(0, 8, 1), (1, 8, 1), (3, 8, 1), (2, 0, 1), (2, 8, 0)] {
            assert_eq!(said_of(n, r, p), "its scrypt parameters cannot be");
        }
        // Small ones are tried: no password fits.
        assert_eq!(
            said_of(2, 8, 1),
            "the password is wrong, or the keystore damaged"
        );
    }

    #[test]
    fn the_test_vector_of_scrypt_s_own_definition_is_derived() {
        // RFC 7914, section 12: scrypt(P="", S="", N=16, r=1, p=1), its first 32 bytes.
        let derivation = scrypt(Vec::new(), [Some(16), Some(1), Some(1)]).expect("parameters");
        let derived = derivation.derive(b"").expect("a key");
        assert_eq!(
            B256::from(derived),
            b256!("77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442")
        );
    }

    #[test]
    fn what_is_no_json_is_told_by_its_line() {
        let problem = Keystore::parse("{\n").expect_err("no JSON");
        assert_eq!(problem.to_string(), "not a keystore: no JSON (line 2)");
    }
}

use super::{derivation::scrypt, *};
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

/// The same key by eth-keyfile 0.10 (Python), in two rounds.
fn cheap() -> Value {
    json!({
        "address": "008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b",
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": "d9cf88bac364bd1fd0b6af8021712794" },
            "ciphertext": "ab2aae1a52b619569d4e15ab529be39cbd7b47a47c2ea4856adffa5df619f757",
            "kdf": "pbkdf2",
            "kdfparams": { "c": 2, "dklen": 32, "prf": "hmac-sha256", "salt": "b6d4f6f5e0ae7f59efe2a9dea3d70cef" },
            "mac": "0b6431a4323e3d0239c2d41b5f237246d6d93faeb8206ca1e9483f208a94895d",
        },
        "id": "401d7363-da5d-4bcb-98be-097529c9d404",
        "version": 3,
    })
}

/// The same with scrypt.
fn by_scrypt() -> Value {
    let mut keystore = cheap();
    keystore["crypto"] = json!({
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "b57a0a47c5a9db7a252adfbdfa73d8a0" },
        "ciphertext": "658204c1afadaee19e51279f5d2b496126a7490723c1beae1cfec0c8353a56b8",
        "kdf": "scrypt",
        "kdfparams": { "dklen": 32, "n": 2, "r": 8, "p": 1, "salt": "0421dbe6225a8e93d7e1b7402dc6e47c" },
        "mac": "d3c25f18329f1f5ada5fd33539c35fa9ceea39e150d7f19f4399587c687d6321",
    });
    keystore
}

fn open(keystore: &Value, password: &str) -> Result<B256, KeystoreProblem> {
    let key = Keystore::parse(&keystore.to_string())?.open(password)?;
    Ok(key.to_bytes())
}

/// What is said of a keystore after a change of it, with the right password.
fn said(change: impl FnOnce(&mut Value)) -> String {
    let mut keystore = cheap();
    change(&mut keystore);
    match open(&keystore, PASSWORD) {
        Ok(_) => "opened".to_owned(),
        Err(problem) => problem.to_string(),
    }
}

#[test]
fn the_published_example_and_those_of_another_program_open() {
    for keystore in [published(), cheap(), by_scrypt()] {
        assert_eq!(open(&keystore, PASSWORD), Ok(KEY));
    }
}

#[test]
fn a_keystore_opens_however_it_is_spelt() {
    let spellings: [fn(&mut Value); 9] = [
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
        |keystore| keystore["address"] = json!(format!("0x{ADDRESS}")),
        |keystore| keystore["address"] = json!(""),
        |keystore| {
            keystore
                .as_object_mut()
                .expect("an object")
                .remove("address");
        },
    ];
    for spelt in spellings {
        assert_eq!(said(spelt), "opened");
    }
}

#[test]
fn a_wrong_password_is_said_to_be_one() {
    let problem = open(&cheap(), "another").expect_err("another password");
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

use smartsync_proof::Header;

use crate::{
    refused,
    rlp::{list, string},
    vector::{HeaderCase, Outcome},
};

/// The fields that every header has.
fn fields() -> Vec<Vec<u8>> {
    let integer = |value: u64| alloy_rlp::encode(value);
    vec![
        string(&[0x11; 32]),
        string(&[0x22; 32]),
        string(&[0x33; 20]),
        string(&[0x44; 32]),
        string(&[0x55; 32]),
        string(&[0x66; 32]),
        string(&[0x77; 256]),
        integer(0),
        integer(19_000_000),
        integer(30_000_000),
        integer(12_345_678),
        integer(1_700_000_000),
        string(b"extra"),
        string(&[0xaa; 32]),
        string(&[0; 8]),
    ]
}

fn header(name: &str, header: Vec<u8>) -> HeaderCase {
    let outcome = Outcome::of(Header::decode(&header).map(Into::into));
    HeaderCase {
        name: name.to_owned(),
        header: header.into(),
        outcome,
    }
}

fn forged(name: &str, rlp: Vec<u8>, meant: &str) -> HeaderCase {
    let vector = header(name, rlp);
    HeaderCase {
        outcome: refused(vector.outcome, meant),
        ..vector
    }
}

/// A header with one other field.
fn with(field: usize, rlp: Vec<u8>) -> Vec<u8> {
    let mut fields = fields();
    fields[field] = rlp;
    list(&fields)
}

/// All of them.
pub fn all() -> Vec<HeaderCase> {
    let whole = list(&fields());
    let mut later = fields();
    later.extend([vec![0x07], string(&[9; 32]), vec![0xc1, 0x01]]);
    let mut bent = later.clone();
    bent.push(vec![0x81, 0x01]);
    vec![
        header("fifteen fields", whole.clone()),
        header("later fields", list(&later)),
        header("no extra data", with(12, vec![0x80])),
        header("block 0", with(8, vec![0x80])),
        forged("no bytes", vec![], "NotAList"),
        forged("a string", vec![0x80], "NotAList"),
        forged("a byte after it", [whole, vec![0]].concat(), "NotAList"),
        forged("fourteen fields", list(&fields()[..14]), "MissingField"),
        forged(
            "a later field that is not canonical",
            list(&bent),
            "MalformedField",
        ),
        forged(
            "a list as extra data",
            with(12, vec![0xc0]),
            "MalformedField",
        ),
        forged(
            "a state root of 31 bytes",
            with(3, string(&[0x44; 31])),
            "FieldWidth",
        ),
        forged(
            "a bloom filter of 255 bytes",
            with(6, string(&[0x77; 255])),
            "FieldWidth",
        ),
        forged(
            "a nonce of nine bytes",
            with(14, string(&[0; 9])),
            "FieldWidth",
        ),
        forged(
            "a number with a leading zero",
            with(8, string(&[0, 1])),
            "Integer",
        ),
        forged("a number that is a zero byte", with(8, vec![0]), "Integer"),
        forged(
            "a timestamp of nine bytes",
            with(11, string(&[1; 9])),
            "Integer",
        ),
        forged(
            "a difficulty of 33 bytes",
            with(7, string(&[1; 33])),
            "Integer",
        ),
    ]
}

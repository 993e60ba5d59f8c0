//! Block headers.

use alloy_primitives::{B256, Bytes, b256, keccak256};
use smartsync_proof::{Header, HeaderError};

use crate::rlp::list;

/// The fields of a header, each as RLP.
fn fields() -> Vec<Vec<u8>> {
    let bytes = |byte: u8, width: usize| alloy_rlp::encode(Bytes::from(vec![byte; width]));
    vec![
        bytes(0x11, 32),
        bytes(0x22, 32),
        bytes(0x33, 20),
        bytes(0x44, 32),
        bytes(0x55, 32),
        bytes(0x66, 32),
        bytes(0x77, 256),
        alloy_rlp::encode(0u64),
        alloy_rlp::encode(19_000_000u64),
        alloy_rlp::encode(30_000_000u64),
        alloy_rlp::encode(0u64),
        alloy_rlp::encode(1_700_000_000u64),
        bytes(0x99, 5),
        bytes(0xaa, 32),
        bytes(0, 8),
    ]
}

fn with(field: usize, bytes: &[u8]) -> Result<Header, HeaderError> {
    let mut fields = fields();
    fields[field] = bytes.to_vec();
    Header::decode(&list(&fields))
}

#[test]
fn the_fields_of_a_header_are_read_by_position() {
    let rlp = list(&fields());
    let header = Header::decode(&rlp).unwrap();
    assert_eq!(
        header,
        Header {
            hash: keccak256(&rlp),
            parent_hash: B256::repeat_byte(0x11),
            state_root: B256::repeat_byte(0x44),
            number: 19_000_000,
            timestamp: 1_700_000_000,
        }
    );
}

#[test]
fn later_fields_are_skipped_when_they_are_well_formed() {
    let mut fields = fields();
    fields.extend([
        vec![0x07],
        vec![0xc1, 0x01],
        alloy_rlp::encode(B256::repeat_byte(9)),
    ]);
    assert!(Header::decode(&list(&fields)).is_ok());
    fields.push(vec![0x81, 0x01]);
    assert_eq!(
        Header::decode(&list(&fields)).unwrap_err(),
        HeaderError::MalformedField { field: 255 }
    );
}

#[test]
fn a_missing_field_is_refused() {
    for length in 0..15 {
        let header = list(&fields()[..length]);
        assert_eq!(
            Header::decode(&header).unwrap_err(),
            HeaderError::MissingField {
                field: length as u8
            }
        );
    }
}

#[test]
fn every_field_of_fixed_width_with_another_width_is_refused() {
    for (field, width) in [
        (0, 32),
        (1, 32),
        (2, 20),
        (3, 32),
        (4, 32),
        (5, 32),
        (6, 256),
        (13, 32),
        (14, 8),
    ] {
        for got in [width - 1, width + 1, 0] {
            let bytes = alloy_rlp::encode(Bytes::from(vec![0x90; got]));
            let error = HeaderError::FieldWidth {
                field: field as u8,
                expected: width as u16,
                got: got as u32,
            };
            assert_eq!(with(field, &bytes).unwrap_err(), error);
        }
    }
}

#[test]
fn integers_with_leading_zeros_or_out_of_range_are_refused() {
    for field in [7, 8, 9, 10, 11] {
        let width = if field == 7 { 33 } else { 9 };
        for bytes in [
            vec![0x00],
            vec![0x82, 0x00, 0x01],
            alloy_rlp::encode(Bytes::from(vec![1; width])),
        ] {
            assert_eq!(
                with(field, &bytes).unwrap_err(),
                HeaderError::Integer { field: field as u8 }
            );
        }
    }
}

#[test]
fn a_list_in_the_place_of_a_known_field_is_refused() {
    for field in 0..15 {
        assert_eq!(
            with(field, &[0xc0]).unwrap_err(),
            HeaderError::MalformedField { field: field as u8 }
        );
    }
}

#[test]
fn bytes_after_a_header_or_cut_off_it_are_refused() {
    let mut rlp = list(&fields());
    for length in 0..rlp.len() {
        assert!(Header::decode(&rlp[..length]).is_err());
    }
    rlp.push(0);
    assert_eq!(Header::decode(&rlp).unwrap_err(), HeaderError::NotAList);
    assert_eq!(Header::decode(&[0x80]).unwrap_err(), HeaderError::NotAList);
}

#[test]
fn the_genesis_header_of_ethereum_hashes_to_its_known_hash() {
    // Block 0 of the main network, whose hash and state root are public knowledge.
    let hash = |hash: B256| alloy_rlp::encode(hash);
    let empty_root = hash(smartsync_proof::EMPTY_ROOT);
    let state_root = b256!("d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
    let fields = [
        hash(B256::ZERO),
        hash(b256!(
            "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
        )),
        alloy_rlp::encode(Bytes::from(vec![0; 20])),
        hash(state_root),
        empty_root.clone(),
        empty_root,
        alloy_rlp::encode(Bytes::from(vec![0; 256])),
        alloy_rlp::encode(17_179_869_184u64),
        alloy_rlp::encode(0u64),
        alloy_rlp::encode(5_000u64),
        alloy_rlp::encode(0u64),
        alloy_rlp::encode(0u64),
        hash(b256!(
            "11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa"
        )),
        hash(B256::ZERO),
        alloy_rlp::encode(Bytes::from(vec![0, 0, 0, 0, 0, 0, 0, 0x42])),
    ];
    let header = Header::decode(&list(&fields)).unwrap();
    assert_eq!(
        header.hash,
        b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3")
    );
    assert_eq!(header.state_root, state_root);
    assert_eq!(header.number, 0);
}

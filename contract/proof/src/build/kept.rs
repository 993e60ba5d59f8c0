use alloy_primitives::B256;

use super::error::BuildError;
use crate::{
    NodeCheck,
    account::{self, Account},
    multiproof::{AccountLeaf, Form, Leaf, Witnessed, Word},
    rlp::{Item, integer, only_item},
};

/// What the builder keeps of a trie's leaf.
pub trait Kept: Copy {
    /// The same for the fold.
    type Leaf: Leaf;

    /// Which trie it is of.
    const FORM: <Self::Leaf as Leaf>::Form;

    /// As the fold sees it.
    fn leaf(&self) -> Self::Leaf;

    /// From the content of a leaf's second item.
    fn decode(value: &[u8], hashed: &B256) -> Result<Result<Self, BuildError>, NodeCheck>;
}

impl Kept for B256 {
    type Leaf = Word;

    const FORM: () = ();

    fn leaf(&self) -> Word {
        Word::from_word(*self)
    }

    fn decode(value: &[u8], hashed: &B256) -> Result<Result<Self, BuildError>, NodeCheck> {
        let word = only_item(value)
            .and_then(Item::string)
            .and_then(|bytes| integer(bytes, 32))
            .ok_or(NodeCheck::Value)?;
        if word == [0; 32] {
            return Ok(Err(BuildError::ZeroValueLeaf {
                hashed_slot: *hashed,
            }));
        }
        Ok(Ok(Self::new(word)))
    }
}

impl Kept for Account {
    type Leaf = Witnessed;

    const FORM: Form = Form::Accounts;

    fn leaf(&self) -> Witnessed {
        Witnessed::Account(AccountLeaf::new(self))
    }

    fn decode(value: &[u8], _hashed: &B256) -> Result<Result<Self, BuildError>, NodeCheck> {
        account::decode(value).map(Ok).ok_or(NodeCheck::Value)
    }
}

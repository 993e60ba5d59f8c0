use super::{buffer::Scratch, check::Fault, cursor::Cursor};

/// What a trie holds under a hashed key: words under slots in a storage trie, accounts under addresses in a state trie. The default is
/// "absent".
pub trait Leaf: Copy + Default {
    /// What is listed. Its hash is the path.
    type Key: Copy + Default + AsRef<[u8]>;

    /// Which trie it is of, where one type serves several.
    type Form: Copy;

    /// Whether its tries are folded in the post lane only: then there is no code for the other.
    const ONE_LANE: bool;

    /// Depth of a branch from which on a leaf below it may be shorter than a hash; 64 when none ever is.
    fn inline_depth(form: Self::Form) -> u8;

    /// Passes over a listed key and what it holds.
    fn pass(form: Self::Form, cursor: &mut Cursor<'_>) -> Result<(), Fault>;

    /// Reads a listed key, and what it holds, in place.
    fn read(
        form: Self::Form,
        cursor: &mut Cursor<'_>,
        key: &mut Self::Key,
        leaf: &mut Self,
    ) -> Result<(), Fault>;

    /// Reads what a revealed leaf holds, which is never absent.
    fn revealed(form: Self::Form, cursor: &mut Cursor<'_>) -> Result<Self, Fault>;

    /// Whether the trie has no such key.
    fn is_absent(&self) -> bool;

    /// Length of the leaf's second item, a string with the RLP of what it holds.
    fn item_length(&self) -> usize;

    /// Appends that item.
    fn append(&self, out: &mut Scratch);
}

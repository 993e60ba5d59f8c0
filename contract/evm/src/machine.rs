use crate::{memory::Memory, stack::Stack};

/// What all frames share.
pub struct Machine<'a, H> {
    pub host: &'a mut H,
    pub stack: Stack,
    pub memory: Memory,
    /// Frames that wait, those of other runs included.
    pub depth: usize,
}

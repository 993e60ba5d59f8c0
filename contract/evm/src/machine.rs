use crate::memory::Memory;

/// What all frames share, but for the stack.
pub struct Machine<'a, H> {
    pub host: &'a mut H,
    pub memory: Memory,
    /// Frames that wait, those of other runs included.
    pub depth: usize,
}

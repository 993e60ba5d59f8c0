//! How many words of stack a function needs at worst: what the depth counter takes at its entry and gives back at its exit.
//!
//! The measure is Arbitrum's own, so that a recursion that is too deep there is too deep here: operands at their highest
//! point (those of the metering code included) plus locals plus four. A block's result counts as reserved when the block opens.

use wasmparser::{BlockType, FuncType, Operator};

/// Words added to every frame.
const FRAME_OVERHEAD: u32 = 4;

/// Walks a function's operators and keeps the highest point of its operand stack.
pub(super) struct Depth<'a> {
    /// Function types by type index.
    types: &'a [FuncType],
    /// Type index by function index, imports first.
    functions: &'a [u32],
    stack: u32,
    worst: u32,
    scopes: Vec<u32>,
}

impl<'a> Depth<'a> {
    /// Starts at the head of a function.
    pub(super) fn new(types: &'a [FuncType], functions: &'a [u32]) -> Self {
        Self {
            types,
            functions,
            stack: 0,
            worst: 0,
            scopes: vec![0],
        }
    }

    /// The highest point of the operand stack so far, in words.
    pub(super) fn operands(&self) -> u32 {
        self.worst
    }

    /// Words of a frame with so many locals (parameters not counted).
    pub(super) fn frame(&self, locals: u32) -> u32 {
        self.worst
            .saturating_add(locals)
            .saturating_add(FRAME_OVERHEAD)
    }

    /// Counts code inserted here that leaves the stack as it was but needs `words` more in between.
    pub(super) fn inserted(&mut self, words: u32) {
        self.worst = self.worst.max(self.stack.saturating_add(words));
    }

    /// Counts one operator of a validated function.
    pub(super) fn operator(&mut self, op: &Operator<'_>) {
        use Operator::*;
        match op {
            Block { blockty } | Loop { blockty } => self.open(blockty),
            If { blockty } => {
                self.pop(1);
                self.open(blockty);
            }
            Else => self.stack = self.scopes.last().copied().unwrap_or(0),
            End => self.stack = self.scopes.pop().unwrap_or(0),
            Call { function_index } => {
                let ty = self.functions.get(*function_index as usize).copied();
                self.signature(ty);
            }
            CallIndirect { type_index, .. } => {
                self.signature(Some(*type_index));
                self.pop(1);
            }
            MemoryCopy { .. } | MemoryFill { .. } => self.pop(3),
            LocalGet { .. }
            | GlobalGet { .. }
            | MemorySize { .. }
            | I32Const { .. }
            | I64Const { .. } => self.push(1),
            Drop | BrIf { .. } | BrTable { .. } | LocalSet { .. } | GlobalSet { .. } => self.pop(1),
            I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
            | I32GeU => self.pop(1),
            I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS
            | I64GeU => self.pop(1),
            I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS | I32RemU => self.pop(1),
            I64Add | I64Sub | I64Mul | I64DivS | I64DivU | I64RemS | I64RemU => self.pop(1),
            I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr => self.pop(1),
            I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr => self.pop(1),
            Select | I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } => self.pop(2),
            I64Store { .. } | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. } => {
                self.pop(2)
            }
            // loads, unary operators and jumps leave the height as it is
            _ => {}
        }
    }

    fn open(&mut self, ty: &BlockType) {
        match ty {
            BlockType::Empty => {}
            BlockType::Type(_) => self.push(1),
            BlockType::FuncType(index) => self.signature(Some(*index)),
        }
        self.scopes.push(self.stack);
    }

    /// Results are reserved before parameters are taken.
    fn signature(&mut self, ty: Option<u32>) {
        if let Some(ty) = ty.and_then(|index| self.types.get(index as usize)) {
            self.push(ty.results().len() as u32);
            self.pop(ty.params().len() as u32);
        }
    }

    fn push(&mut self, words: u32) {
        self.stack = self.stack.saturating_add(words);
        self.worst = self.worst.max(self.stack);
    }

    fn pop(&mut self, words: u32) {
        self.stack = self.stack.saturating_sub(words);
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    fn frame(body: &str) -> u32 {
        let wasm = wat::parse_str(format!("(module (func (param i32) (result i32) {body}))"))
            .expect("valid WAT");
        let mut types = Vec::new();
        let mut functions = Vec::new();
        for payload in Parser::new(0).parse_all(&wasm) {
            match payload.expect("valid module") {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        types.push(ty.expect("function type"));
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.push(ty.expect("type index"));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let mut depth = Depth::new(&types, &functions);
                    let mut locals = 0;
                    for entry in body.get_locals_reader().expect("locals") {
                        locals += entry.expect("local").0;
                    }
                    for op in body.get_operators_reader().expect("operators") {
                        depth.operator(&op.expect("operator"));
                    }
                    return depth.frame(locals);
                }
                _ => {}
            }
        }
        panic!("no function")
    }

    #[test]
    fn a_function_that_returns_a_constant_needs_one_operand() {
        assert_eq!(frame("i32.const 1"), 1 + 4);
    }

    #[test]
    fn locals_count_and_parameters_do_not() {
        assert_eq!(frame("(local i64 i64 i32) local.get 0"), 1 + 3 + 4);
    }

    #[test]
    fn operands_count_at_their_highest_point() {
        assert_eq!(
            frame("i32.const 1 i32.const 2 i32.const 3 i32.add i32.add"),
            3 + 4
        );
    }

    #[test]
    fn a_block_reserves_its_result_when_it_opens() {
        // the block's word is reserved before its two operands are pushed
        assert_eq!(
            frame("(block (result i32) i32.const 1 i32.const 2 i32.add)"),
            3 + 4
        );
    }

    #[test]
    fn a_call_reserves_its_result_before_it_takes_its_parameters() {
        assert_eq!(frame("i32.const 1 call 0"), 2 + 4);
    }
}

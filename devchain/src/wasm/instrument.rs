//! The module as it is run: the program's own, with metering written into it.
//!
//! - At the head of each basic block the block's ink is taken; too little ink traps.
//! - `memory.copy` and `memory.fill` take ink for their length, `memory.grow` pays for its pages first.
//! - Each function takes the words of its frame off the stack allowance and gives them back when it returns.
//!
//! The program's operators are copied as bytes; indices do not shift, because globals are only added at the end.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection,
    GlobalType, Instruction, MemorySection, MemoryType, Module, RawSection, ValType,
};
use wasmparser::{FunctionBody, GlobalSectionReader, Operator};

use super::activation_error::ActivationError;
use super::depth::Depth;
use super::pricing::{BLOCK_HEADER, BULK_BYTE, ends_block, operator};
use super::program::{
    ENTRYPOINT, MAX_FRAME, MAX_OPERANDS, MAX_OPERATORS, MAX_PAGES, MEMORY, Program, limit, locals,
};

/// Export of the ink left, an `i64`.
pub(super) const INK: &str = "ink";
/// Export that is 1 once ink ran out.
pub(super) const INK_STATUS: &str = "ink_status";
/// Export of the stack words left; 0 once they ran out.
pub(super) const STACK: &str = "stack";

/// Operators in the check at a block's head, in the one at a function's head, and so on: they count towards a function's limit.
const HEADER_OPERATORS: u64 = 12;
const PROLOGUE_OPERATORS: u64 = 12;
const RECLAIM_OPERATORS: u64 = 4;
const BULK_OPERATORS: u64 = 17;
const GROW_OPERATORS: u64 = 4;

/// Words that the check at a block's head needs on the operand stack, and those before a bulk operator.
const HEADER_WORDS: u32 = 2;
const BULK_WORDS: u32 = 3;

/// A metered module.
pub(super) struct Instrumented {
    /// Its bytes.
    pub(super) wasm: Vec<u8>,
    /// Operators of all functions, the metering's included.
    pub(super) operators: u64,
    /// Globals that were added.
    pub(super) added_globals: u64,
}

/// Indices of the globals that metering uses.
#[derive(Clone, Copy)]
struct Globals {
    ink: u32,
    status: u32,
    scratch: u32,
    stack: u32,
}

/// Writes metering into a program.
///
/// # Errors
/// Operators without a price, and functions that are too large.
pub(super) fn instrument(program: &Program<'_>) -> Result<Instrumented, ActivationError> {
    let base = program.globals;
    let globals = Globals {
        ink: base,
        status: base + 1,
        scratch: base + 2,
        stack: base + 3,
    };
    let mut module = Module::new();
    copy(&mut module, program, 1..=4);

    let mut memories = MemorySection::new();
    let maximum = program
        .memory
        .maximum
        .map_or(MAX_PAGES, |maximum| maximum.min(MAX_PAGES));
    memories.memory(MemoryType {
        minimum: program.memory.initial,
        maximum: Some(maximum),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);

    module.section(&global_section(program)?);
    let mut exports = ExportSection::new();
    exports.export(ENTRYPOINT, ExportKind::Func, program.entrypoint);
    exports.export(MEMORY, ExportKind::Memory, 0);
    exports.export(INK, ExportKind::Global, globals.ink);
    exports.export(INK_STATUS, ExportKind::Global, globals.status);
    exports.export(STACK, ExportKind::Global, globals.stack);
    module.section(&exports);
    copy(&mut module, program, 9..=9);

    let mut code = CodeSection::new();
    let mut operators = 0;
    for (body, index) in program.bodies.iter().zip(program.imported..) {
        let measure = measure(program, body, index)?;
        let (bytes, count) = function(program, body, &measure, globals)?;
        limit("opcodes in func body", count, MAX_OPERATORS)?;
        operators += count;
        code.raw(&bytes);
    }
    if !code.is_empty() {
        module.section(&code);
    }
    copy(&mut module, program, 11..=11);
    Ok(Instrumented {
        wasm: module.finish(),
        operators,
        added_globals: 4,
    })
}

/// Copies the program's sections with these ids as they are.
fn copy(module: &mut Module, program: &Program<'_>, ids: std::ops::RangeInclusive<u8>) {
    for (id, range) in &program.copied {
        if let (true, Some(data)) = (ids.contains(id), program.wasm.get(range.clone())) {
            module.section(&RawSection { id: *id, data });
        }
    }
}

/// The program's globals, and four more.
fn global_section(program: &Program<'_>) -> Result<GlobalSection, ActivationError> {
    let mut section = GlobalSection::new();
    if let Some(bytes) = program
        .global_section
        .as_ref()
        .and_then(|range| program.wasm.get(range.clone()))
    {
        for global in GlobalSectionReader::new(wasmparser::BinaryReader::new(bytes, 0))? {
            let global = global?;
            let val_type = match global.ty.content_type {
                wasmparser::ValType::I64 => ValType::I64,
                _ => ValType::I32,
            };
            let init = match global.init_expr.get_operators_reader().read()? {
                Operator::I32Const { value } => ConstExpr::i32_const(value),
                Operator::I64Const { value } => ConstExpr::i64_const(value),
                other => {
                    return Err(ActivationError::Operator {
                        operator: name(&other),
                        function: 0,
                    });
                }
            };
            section.global(
                GlobalType {
                    val_type,
                    mutable: global.ty.mutable,
                    shared: false,
                },
                &init,
            );
        }
    }
    let i32 = GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    };
    section.global(
        GlobalType {
            val_type: ValType::I64,
            ..i32
        },
        &ConstExpr::i64_const(0),
    );
    for _ in 0..3 {
        section.global(i32, &ConstExpr::i32_const(0));
    }
    Ok(section)
}

/// A basic block: where it ends, and the ink for its operators.
struct Block {
    end: usize,
    cost: u64,
}

/// What a function comes to.
struct Measure {
    /// Its basic blocks, in order.
    blocks: Vec<Block>,
    /// Words of its frame.
    frame: u32,
}

/// Prices a function's basic blocks and measures its frame.
fn measure(
    program: &Program<'_>,
    body: &FunctionBody<'_>,
    index: u32,
) -> Result<Measure, ActivationError> {
    let mut blocks = Vec::new();
    let mut depth = Depth::new(&program.types, &program.functions);
    let mut cost = 0u64;
    let mut reader = body.get_operators_reader()?;
    depth.inserted(HEADER_WORDS);
    while !reader.eof() {
        let op = reader.read()?;
        let Some(ink) = operator(&op, &program.types) else {
            return Err(ActivationError::Operator {
                operator: name(&op),
                function: index,
            });
        };
        cost = cost.saturating_add(ink);
        if matches!(
            op,
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. }
        ) {
            depth.inserted(BULK_WORDS);
        }
        depth.operator(&op);
        if ends_block(&op) {
            blocks.push(Block {
                end: reader.original_position(),
                cost: cost.saturating_add(BLOCK_HEADER),
            });
            cost = 0;
            if !reader.eof() {
                depth.inserted(HEADER_WORDS);
            }
        }
    }
    limit(
        "values on the stack at once",
        depth.operands().into(),
        MAX_OPERANDS.into(),
    )?;
    let locals = locals(body)?;
    let frame = depth.frame(locals);
    limit("words in a frame", frame.into(), MAX_FRAME.into())?;
    Ok(Measure { blocks, frame })
}

/// A function with metering, and how many operators it has.
fn function(
    program: &Program<'_>,
    body: &FunctionBody<'_>,
    measure: &Measure,
    globals: Globals,
) -> Result<(Vec<u8>, u64), ActivationError> {
    let mut reader = body.get_operators_reader()?;
    let declarations = program
        .wasm
        .get(body.range().start..reader.original_position())
        .unwrap_or_default();
    let mut writer = Writer {
        body: Function::new([]),
        operators: 0,
        globals,
        frame: measure.frame as i32,
    };
    // declarations of locals are copied as they stand, in place of the empty ones of a new function
    let empty_declarations = writer.body.byte_len();
    writer.prologue();
    let mut block = measure.blocks.iter();
    let mut open = false;
    while !reader.eof() {
        if !open {
            writer.header(block.as_slice().first().map_or(0, |block| block.cost));
            open = true;
        }
        let start = reader.original_position();
        let op = reader.read()?;
        let end = reader.original_position();
        match op {
            Operator::Return => writer.reclaim(),
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => writer.bulk(),
            Operator::MemoryGrow { .. } => writer.grow(program.pay_for_memory),
            _ => {}
        }
        if reader.eof() {
            writer.reclaim();
            writer.push(&Instruction::Return);
        }
        writer.copy(program.wasm.get(start..end).unwrap_or_default());
        if block
            .as_slice()
            .first()
            .is_some_and(|block| block.end == end)
        {
            block.next();
            open = false;
        }
    }
    let operators = writer.operators;
    let mut bytes = declarations.to_vec();
    bytes.extend(
        writer
            .body
            .into_raw_body()
            .into_iter()
            .skip(empty_declarations),
    );
    Ok((bytes, operators))
}

/// Writes one function.
struct Writer {
    body: Function,
    operators: u64,
    globals: Globals,
    frame: i32,
}

impl Writer {
    fn push(&mut self, instruction: &Instruction<'_>) {
        self.body.instruction(instruction);
        self.operators += 1;
    }

    fn copy(&mut self, operator: &[u8]) {
        self.body.raw(operator.iter().copied());
        self.operators += 1;
    }

    /// Fails with the stack allowance at zero if it does not exceed the frame, else takes the frame.
    fn prologue(&mut self) {
        let stack = self.globals.stack;
        self.body
            .instructions()
            .global_get(stack)
            .i32_const(self.frame)
            .i32_le_u()
            .if_(BlockType::Empty)
            .i32_const(0)
            .global_set(stack)
            .unreachable()
            .end()
            .global_get(stack)
            .i32_const(self.frame)
            .i32_sub()
            .global_set(stack);
        self.operators += PROLOGUE_OPERATORS;
    }

    /// Gives the frame back.
    fn reclaim(&mut self) {
        let stack = self.globals.stack;
        self.body
            .instructions()
            .global_get(stack)
            .i32_const(self.frame)
            .i32_add()
            .global_set(stack);
        self.operators += RECLAIM_OPERATORS;
    }

    /// Takes a block's ink, or fails.
    fn header(&mut self, cost: u64) {
        let Globals { ink, status, .. } = self.globals;
        self.body
            .instructions()
            .global_get(ink)
            .i64_const(cost as i64)
            .i64_lt_u()
            .if_(BlockType::Empty)
            .i32_const(1)
            .global_set(status)
            .unreachable()
            .end()
            .global_get(ink)
            .i64_const(cost as i64)
            .i64_sub()
            .global_set(ink);
        self.operators += HEADER_OPERATORS;
    }

    /// Takes ink for the length on the stack, or fails. Cannot overflow: a length is below 2^32.
    fn bulk(&mut self) {
        let Globals {
            ink,
            status,
            scratch,
            ..
        } = self.globals;
        self.body
            .instructions()
            .global_set(scratch)
            .global_get(ink)
            .global_get(ink)
            .global_get(scratch)
            .i64_extend_i32_u()
            .i64_const(BULK_BYTE as i64)
            .i64_mul()
            .i64_sub()
            .global_set(ink)
            .global_get(ink)
            .i64_lt_u()
            .if_(BlockType::Empty)
            .i32_const(1)
            .global_set(status)
            .unreachable()
            .end()
            .global_get(scratch);
        self.operators += BULK_OPERATORS;
    }

    /// Pays for the pages on the stack, if memory can grow at all.
    fn grow(&mut self, pay_for_memory: Option<u32>) {
        let Some(pay) = pay_for_memory else { return };
        let scratch = self.globals.scratch;
        self.body
            .instructions()
            .global_set(scratch)
            .global_get(scratch)
            .global_get(scratch)
            .call(pay);
        self.operators += GROW_OPERATORS;
    }
}

/// An operator's name without its arguments.
fn name(op: &Operator<'_>) -> String {
    let debug = format!("{op:?}");
    debug
        .split([' ', '{', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}

//! A program's WASM, read and checked against what Arbitrum lets in.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody,
    MemoryType, Name, NameSectionReader, Operator, Parser, Payload, TypeRef, ValType, Validator,
    WasmFeatures,
};

use super::activation_error::ActivationError;
use super::imports;

/// The function a program is entered by.
pub(super) const ENTRYPOINT: &str = "user_entrypoint";
/// The export of a program's memory.
pub(super) const MEMORY: &str = "memory";

/// Pages any program may have, whatever the chain's page limit.
pub(super) const MAX_PAGES: u64 = 128;
/// Words of a function's largest frame.
pub(super) const MAX_FRAME: u32 = 10 * 1024;
/// Operands a function may have on its stack at once.
pub(super) const MAX_OPERANDS: u32 = 4_096;
/// Operators of a function, metering code included.
pub(super) const MAX_OPERATORS: u64 = 65_536;

const PAGE_BYTES: u64 = 65_536;
const MAX_SEGMENTS: u64 = 128;
const MAX_FUNCTIONS: u64 = 4_096;
const MAX_GLOBALS: u64 = 32_768;
const MAX_IMPORTS: u64 = 513;
const MAX_LOCALS: u64 = 348;
const MAX_TABLE_ENTRIES: u64 = 4_096;
/// Exports of a program on a debug chain, which keeps them all.
const MAX_EXPORTS: u64 = 1_024;
/// Exports that metering adds to these.
const ADDED_EXPORTS: u64 = 4;
/// Bytes of the module's name, and on a debug chain of an export's.
const MAX_NAME: usize = 512;

/// The parts of a checked program.
pub(super) struct Program<'a> {
    /// The whole module.
    pub(super) wasm: &'a [u8],
    /// Function types by type index.
    pub(super) types: Vec<FuncType>,
    /// Type index by function index, imports first.
    pub(super) functions: Vec<u32>,
    /// How many of the functions are imported.
    pub(super) imported: u32,
    /// The function that pays for memory, if memory can grow.
    pub(super) pay_for_memory: Option<u32>,
    /// Its only memory.
    pub(super) memory: MemoryType,
    /// Globals it defines.
    pub(super) globals: u32,
    /// Index of the entrypoint.
    pub(super) entrypoint: u32,
    /// Bytes of data segments, their headers included.
    pub(super) data_bytes: u64,
    /// Bytes that data segments put into memory.
    pub(super) data_payload: u64,
    /// Bytes of element segments, their headers included.
    pub(super) element_bytes: u64,
    /// Function bodies, in order.
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// Sections to copy as they are: id and range, in order, but for memory, globals, exports and code.
    pub(super) copied: Vec<(u8, Range<usize>)>,
    /// The global section, if there is one.
    pub(super) global_section: Option<Range<usize>>,
}

/// What a program's WASM may use: the MVP without floats, mutable globals, sign extension, `memory.copy` and `memory.fill`.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::GC_TYPES
}

impl<'a> Program<'a> {
    /// Reads and checks a module. `debug` also lets `console` functions in.
    pub(super) fn parse(wasm: &'a [u8], debug: bool) -> Result<Self, ActivationError> {
        Validator::new_with_features(features()).validate_all(wasm)?;
        let mut draft = Draft::default();
        for payload in Parser::new(0).parse_all(wasm) {
            draft.payload(payload?, debug)?;
        }
        draft.finish(wasm, debug)
    }

    /// Type of a function by its index.
    pub(super) fn type_of(&self, function: u32) -> Option<&FuncType> {
        self.types
            .get(*self.functions.get(function as usize)? as usize)
    }

    /// Parameters and results of all functions it defines, counted.
    pub(super) fn type_len(&self) -> u64 {
        let defined = self.functions.iter().skip(self.imported as usize);
        defined
            .filter_map(|index| self.types.get(*index as usize))
            .map(|ty| (ty.params().len() + ty.results().len()) as u64)
            .sum()
    }
}

/// A program while it is read.
#[derive(Default)]
struct Draft<'a> {
    types: Vec<FuncType>,
    functions: Vec<u32>,
    imports: Vec<(&'a str, &'a str, u32)>,
    tables: Vec<u64>,
    memories: Vec<MemoryType>,
    exports: HashMap<&'a str, (ExternalKind, u32)>,
    globals: u32,
    data_bytes: u64,
    data_payload: u64,
    element_bytes: u64,
    bodies: Vec<FunctionBody<'a>>,
    copied: Vec<(u8, Range<usize>)>,
    global_section: Option<Range<usize>>,
    has_start: bool,
}

impl<'a> Draft<'a> {
    fn payload(&mut self, payload: Payload<'a>, debug: bool) -> Result<(), ActivationError> {
        use Payload::*;
        match payload {
            TypeSection(section) => {
                self.copied.push((1, section.range()));
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            ImportSection(section) => {
                self.copied.push((2, section.range()));
                limit("imports", u64::from(section.count()), MAX_IMPORTS)?;
                for import in section {
                    let import = import?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(ActivationError::ImportKind {
                            module: import.module.into(),
                            name: import.name.into(),
                        });
                    };
                    self.imports.push((import.module, import.name, ty));
                    self.functions.push(ty);
                    self.import(import.module, import.name, ty, debug)?;
                }
            }
            FunctionSection(section) => {
                self.copied.push((3, section.range()));
                limit("functions", u64::from(section.count()), MAX_FUNCTIONS)?;
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            TableSection(section) => {
                self.copied.push((4, section.range()));
                for table in section {
                    self.tables.push(table?.ty.initial);
                }
                let entries = self
                    .tables
                    .iter()
                    .fold(0u64, |sum, n| sum.saturating_add(*n));
                limit("table entries", entries, MAX_TABLE_ENTRIES)?;
            }
            MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?);
                }
            }
            GlobalSection(section) => {
                self.globals = section.count();
                limit("globals", u64::from(self.globals), MAX_GLOBALS)?;
                self.global_section = Some(section.range());
            }
            ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports
                        .insert(export.name, (export.kind, export.index));
                }
            }
            // Nitro exports it on a debug chain, and nobody calls it.
            StartSection { .. } if debug => self.has_start = true,
            StartSection { .. } => return Err(ActivationError::StartFunction),
            ElementSection(section) => {
                self.copied.push((9, section.range()));
                limit("element segments", u64::from(section.count()), MAX_SEGMENTS)?;
                for element in section {
                    let element = element?;
                    let ElementKind::Active {
                        table_index,
                        offset_expr,
                    } = &element.kind
                    else {
                        return Err(ActivationError::PassiveSegment);
                    };
                    let table = self.tables.get(table_index.unwrap_or(0) as usize);
                    let entries = match &element.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    within(
                        "element",
                        offset_expr,
                        entries.into(),
                        table.copied().unwrap_or(0),
                    )?;
                    self.element_bytes += element.range.len() as u64;
                }
                limit("element entries", self.element_bytes, MAX_TABLE_ENTRIES)?;
            }
            DataSection(section) => {
                self.copied.push((11, section.range()));
                limit("data segments", u64::from(section.count()), MAX_SEGMENTS)?;
                for data in section {
                    let data = data?;
                    let DataKind::Active { offset_expr, .. } = &data.kind else {
                        return Err(ActivationError::PassiveSegment);
                    };
                    let pages = self.memories.first().map_or(0, |memory| memory.initial);
                    let memory = pages.saturating_mul(PAGE_BYTES);
                    within("data", offset_expr, data.data.len() as u64, memory)?;
                    self.data_bytes += data.range.len() as u64;
                    self.data_payload += data.data.len() as u64;
                }
            }
            CodeSectionEntry(body) => self.bodies.push(body),
            CustomSection(section) if section.name() == "name" => {
                names(NameSectionReader::new(wasmparser::BinaryReader::new(
                    section.data(),
                    section.data_offset(),
                )))?;
            }
            Version { .. } | CodeSectionStart { .. } | CustomSection(_) | End(_) => {}
            DataCountSection { .. } => return Err(ActivationError::Section { id: 12 }),
            TagSection(_) => return Err(ActivationError::Section { id: 13 }),
            UnknownSection { id, .. } => return Err(ActivationError::Section { id }),
            _ => return Err(ActivationError::NotModule),
        }
        Ok(())
    }

    fn import(
        &self,
        module: &str,
        name: &str,
        ty: u32,
        debug: bool,
    ) -> Result<(), ActivationError> {
        if name.starts_with("stylus") {
            return Err(ActivationError::Reserved { name: name.into() });
        }
        let unknown = || ActivationError::Import {
            module: module.into(),
            name: name.into(),
        };
        let (params, results) = imports::signature(module, name, debug).ok_or_else(unknown)?;
        let got = self
            .types
            .get(ty as usize)
            .ok_or(ActivationError::NotModule)?;
        if got.params() != params || got.results() != results {
            return Err(ActivationError::ImportType {
                name: name.into(),
                got: format!("{:?} -> {:?}", got.params(), got.results()),
            });
        }
        Ok(())
    }

    fn finish(self, wasm: &'a [u8], debug: bool) -> Result<Program<'a>, ActivationError> {
        if debug {
            let exports = self.exports.len() as u64 + u64::from(self.has_start);
            limit("exports", exports + ADDED_EXPORTS, MAX_EXPORTS)?;
            self.exports
                .keys()
                .try_for_each(|name| short("name", name))?;
        }
        for name in self.exports.keys() {
            let last = name.rsplit("__").next().unwrap_or(name);
            if last.starts_with("stylus") {
                return Err(ActivationError::Reserved {
                    name: (*name).into(),
                });
            }
            if self.imports.iter().any(|(_, import, _)| *import == last) {
                return Err(ActivationError::ExportedImport { name: last.into() });
            }
        }
        let memory = match (self.memories.as_slice(), self.exports.get(MEMORY)) {
            ([memory], Some((ExternalKind::Memory, 0))) => *memory,
            _ => return Err(ActivationError::Memory),
        };
        if memory.initial > MAX_PAGES {
            return Err(ActivationError::Pages {
                got: memory.initial,
                max: MAX_PAGES,
            });
        }
        let paying = |(module, name, _): &(&str, &str, u32)| {
            *module == imports::VM_HOOKS && *name == imports::PAY_FOR_MEMORY_GROW
        };
        let pay_for_memory = match (
            memory.maximum == Some(memory.initial),
            self.imports.iter().position(paying),
        ) {
            (true, _) => None,
            (false, Some(index)) => Some(index as u32),
            (false, None) => return Err(ActivationError::MissingPayment),
        };
        let imported = self.imports.len() as u32;
        let entrypoint = match self.exports.get(ENTRYPOINT) {
            Some((ExternalKind::Func, index)) => *index,
            _ => return Err(ActivationError::Entrypoint),
        };
        let program = Program {
            wasm,
            types: self.types,
            functions: self.functions,
            imported,
            pay_for_memory,
            memory,
            globals: self.globals,
            entrypoint,
            data_bytes: self.data_bytes,
            data_payload: self.data_payload,
            element_bytes: self.element_bytes,
            bodies: self.bodies,
            copied: self.copied,
            global_section: self.global_section,
        };
        match program.type_of(entrypoint) {
            Some(ty) if ty.params() == [ValType::I32] && ty.results() == [ValType::I32] => {
                Ok(program)
            }
            _ => Err(ActivationError::Entrypoint),
        }
    }
}

/// Refuses a segment of so many bytes or entries that does not fit where it is to be copied; `size` is the room there.
fn within(
    what: &'static str,
    offset: &ConstExpr<'_>,
    len: u64,
    size: u64,
) -> Result<(), ActivationError> {
    let offset = match offset.get_operators_reader().read()? {
        Operator::I32Const { value } => i64::from(value),
        _ => return Err(ActivationError::SegmentOffset { what }),
    };
    let end = u64::try_from(offset)
        .ok()
        .and_then(|offset| offset.checked_add(len));
    match end {
        Some(end) if end <= size => Ok(()),
        _ => Err(ActivationError::SegmentOutOfBounds {
            what,
            offset,
            len,
            size,
        }),
    }
}

/// Refuses names that are malformed, although WebAssembly lets them be, and a module's name that is too long.
fn names(section: NameSectionReader<'_>) -> Result<(), ActivationError> {
    for name in section {
        match name? {
            Name::Module { name, .. } => short("module name", name)?,
            Name::Function(functions) => {
                for function in functions {
                    function?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a name of more than [`MAX_NAME`] bytes.
fn short(what: &'static str, name: &str) -> Result<(), ActivationError> {
    if name.len() > MAX_NAME {
        return Err(ActivationError::TooLong {
            what,
            got: name.len(),
            max: MAX_NAME,
        });
    }
    Ok(())
}

/// Refuses more than `max` of something.
pub(super) fn limit(what: &'static str, got: u64, max: u64) -> Result<(), ActivationError> {
    if got > max {
        return Err(ActivationError::TooMany { what, got, max });
    }
    Ok(())
}

/// Declared locals of a function, at most [`MAX_LOCALS`].
pub(super) fn locals(body: &FunctionBody<'_>) -> Result<u32, ActivationError> {
    let mut count = 0u64;
    for entry in body.get_locals_reader()? {
        count = count.saturating_add(u64::from(entry?.0));
    }
    limit("locals", count, MAX_LOCALS)?;
    Ok(count as u32)
}

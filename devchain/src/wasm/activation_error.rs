//! Why programs are not let in.

/// Why a program cannot be activated.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// The code does not start with the Stylus prefix and a dictionary byte.
    #[error("specified bytecode is not a Stylus program")]
    NotWasm,
    /// The code is a piece of a program.
    #[error(
        "fragmented stylus programs cannot be activated directly; activate the root program instead"
    )]
    Fragment,
    /// What a root names is no piece of a program.
    #[error("specified bytecode is not a Stylus program fragment")]
    NotFragment,
    /// A root that is too short, or ends within an address.
    #[error("malformed root of a Stylus program: {got} bytes")]
    Root {
        /// Its bytes.
        got: usize,
    },
    /// A root that names no piece.
    #[error("invalid wasm: fragment count cannot be zero")]
    NoFragments,
    /// A root that names more pieces than allowed.
    #[error("invalid wasm: fragment count exceeds limit of {max}")]
    TooManyFragments {
        /// The limit.
        max: u8,
    },
    /// A root whose program is larger than allowed.
    #[error("invalid wasm: decompressedLength {got} is greater then MaxWasmSize {max}")]
    DeclaredTooLarge {
        /// Bytes that the root names.
        got: u32,
        /// The limit in bytes.
        max: u32,
    },
    /// A program in pieces that is shorter than its root says.
    #[error("invalid wasm: decompressed length {got} does not match expected length {expected}")]
    Length {
        /// Its bytes.
        got: usize,
        /// Bytes that the root names.
        expected: u32,
    },
    /// The code is compressed with a dictionary this chain does not have.
    #[error("unsupported dictionary type: {got}")]
    Dictionary {
        /// The dictionary byte.
        got: u8,
    },
    /// The code is not brotli.
    #[error("cannot decompress the program: {0}")]
    Compression(#[source] std::io::Error),
    /// The program is too large once decompressed.
    #[error("the program is larger than {max} bytes after decompression")]
    TooLarge {
        /// The limit in bytes.
        max: usize,
    },
    /// The module is malformed, or uses WebAssembly that programs may not use.
    #[error("invalid or unsupported WebAssembly: {0}")]
    Invalid(#[from] wasmparser::BinaryReaderError),
    /// The bytes are a component, not a module.
    #[error("not a WebAssembly module")]
    NotModule,
    /// A section that programs may not have.
    #[error("unsupported WebAssembly section {id}")]
    Section {
        /// Its id.
        id: u8,
    },
    /// An operator that is valid WebAssembly but has no price.
    #[error("unsupported operator {operator} in function {function}")]
    Operator {
        /// Its name.
        operator: String,
        /// Index of the function.
        function: u32,
    },
    /// An import that is not a function.
    #[error("unsupported import kind of {module}.{name}")]
    ImportKind {
        /// Its module.
        module: String,
        /// Its name.
        name: String,
    },
    /// An import this chain does not have.
    #[error("no such host function: {module}.{name}")]
    Import {
        /// Its module.
        module: String,
        /// Its name.
        name: String,
    },
    /// A host function imported with another signature.
    #[error("wrong type for host function {name}: {got}")]
    ImportType {
        /// Its name.
        name: String,
        /// The signature the program gave.
        got: String,
    },
    /// An import or export whose name begins with `stylus`.
    #[error("reserved symbol {name}")]
    Reserved {
        /// The name.
        name: String,
    },
    /// A program that exports what it imports.
    #[error("the program exports an import with the same name: {name}")]
    ExportedImport {
        /// The name.
        name: String,
    },
    /// Memory that can grow without paying.
    #[error("missing import vm_hooks.pay_for_memory_grow")]
    MissingPayment,
    /// No memory, more than one, or not exported as `memory`.
    #[error("missing memory with export name memory")]
    Memory,
    /// More pages than allowed at the start.
    #[error("memory exceeds limit: {got} > {max} pages")]
    Pages {
        /// Pages the program starts with.
        got: u64,
        /// The limit.
        max: u64,
    },
    /// No function `user_entrypoint` that takes an `i32` and returns one.
    #[error("missing export user_entrypoint of type (i32) -> i32")]
    Entrypoint,
    /// A start function.
    #[error("wasm start functions not allowed")]
    StartFunction,
    /// A data or element segment that is not copied at the start.
    #[error("passive segments are not supported")]
    PassiveSegment,
    /// A segment whose offset is not a constant.
    #[error("non-constant offset of a {what} segment")]
    SegmentOffset {
        /// Data or element.
        what: &'static str,
    },
    /// A data segment that does not fit the initial memory, or an element segment that does not fit its table.
    #[error("out-of-bounds {what} segment: {len} at {offset}, where {size} fit")]
    SegmentOutOfBounds {
        /// Data or element.
        what: &'static str,
        /// Where it is to be copied; programs may write a negative number.
        offset: i64,
        /// Its bytes or entries.
        len: u64,
        /// Bytes of the initial memory, or entries of the table.
        size: u64,
    },
    /// More of something than allowed.
    #[error("too many wasm {what}: {got} > {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        got: u64,
        /// How many there may be.
        max: u64,
    },
    /// A name that is too long.
    #[error("wasm {what} too long: {got} > {max}")]
    TooLong {
        /// Of what.
        what: &'static str,
        /// Its bytes.
        got: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// A cost that the chain cannot keep.
    #[error("{what} too high: {got}")]
    TooCostly {
        /// Which.
        what: &'static str,
        /// Its value.
        got: u64,
    },
}

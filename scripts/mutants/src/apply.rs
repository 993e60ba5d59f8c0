use std::{collections::BTreeMap, error::Error, fs, path::Path};

use quote::ToTokens;
use syn::visit_mut::VisitMut;

use crate::mutate::{Depth, Mutate, constants};

/// The programs and what they share, in the order of their numbers. Proofs have a mutation test of their own.
const PROGRAMS: [&str; 14] = [
    "registry",
    "combined",
    "notary",
    "parent-chain",
    "headers",
    "codes",
    "proxy",
    "reader",
    "verifier",
    "program",
    "prover",
    "runner",
    "rollup",
    "feeds",
];

/// What runs natively, too.
const INTERPRETER: [&str; 2] = ["evm", "trap"];

/// The number that a program is built with is 0.
const MODULE: &str = r#"
#[allow(unsafe_code, missing_docs)]
pub mod mutant {
    #[repr(C, align(4))]
    pub struct Marked([u8; 12], u32);
    #[used]
    static MARKED: Marked = Marked(*b"MUTANT-NO:\x0d\x0a", 0);
    #[inline(never)]
    pub fn alive(number: u32) -> bool {
        // Not known to the compiler: it is patched.
        let alive = unsafe { core::ptr::read_volatile(core::ptr::addr_of!(MARKED.1)) };
        alive == number
    }
}
"#;

/// Writes all mutants of the programs, or of the interpreter, into the sources of a checkout, and their list: number, crate, key.
pub fn apply(tree: &Path, list: &Path, what: &str) -> Result<bool, Box<dyn Error>> {
    let (crates, depth) = match what {
        "programs" => (&PROGRAMS[..], Depth::Flow),
        "interpreter" => (&INTERPRETER[..], Depth::Arithmetic),
        other => return Err(format!("{other}: neither programs nor interpreter").into()),
    };
    let mut files = Vec::new();
    for name in crates {
        let folder = tree.join("contract").join(name).join("src");
        let mut paths: Vec<_> = fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.sort();
        for path in paths {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if file == "main.rs" || path.is_dir() {
                continue;
            }
            let parsed = syn::parse_file(&fs::read_to_string(&path)?)?;
            files.push((name, file, path, parsed));
        }
    }
    let parts = syn::parse_file(&fs::read_to_string(tree.join("contract/abi/src/parts.rs"))?)?;
    let names = constants(files.iter().map(|(.., parsed)| parsed).chain([&parts]));
    let mut seen = BTreeMap::new();
    let mut lines = String::new();
    let mut number = 0;
    for (name, file, path, mut parsed) in files {
        let mut mutate = Mutate::new(number, &names, depth);
        mutate.visit_file_mut(&mut parsed);
        let mut text = parsed.to_token_stream().to_string();
        if file == "lib.rs" {
            text.push_str(MODULE);
        }
        fs::write(path, text)?;
        number = mutate.number;
        for (number, key) in mutate.mutants {
            let key = format!("{name}/{file} {key}");
            let count = seen
                .entry(key.clone())
                .and_modify(|count| *count += 1)
                .or_insert(1);
            let again = if *count > 1 {
                format!(" #{count}")
            } else {
                String::new()
            };
            lines.push_str(&format!("{number}\t{name}\t{key}{again}\n"));
        }
    }
    fs::write(list, lines)?;
    println!("{number} mutants");
    Ok(true)
}

use std::{
    error::Error,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What stands before the number, in every program.
pub const MARK: &[u8] = b"MUTANT-NO:\x0d\x0a";

/// A test binary with the programs inside.
pub struct Binary {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Binary {
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(path)?;
        let places: Vec<usize> = (0..bytes.len().saturating_sub(MARK.len() + 4))
            .filter(|at| bytes[*at] == MARK[0] && bytes[*at..].starts_with(MARK))
            .map(|at| at + MARK.len())
            .collect();
        if places.is_empty() {
            return Err(format!("{}: no mutants inside", path.display()).into());
        }
        Ok(Self { bytes, places })
    }

    /// Writes the binary in which this mutant is alive; 0 is none.
    pub fn with(&self, number: u32, path: PathBuf) -> Result<PathBuf, Box<dyn Error>> {
        let mut bytes = self.bytes.clone();
        for place in &self.places {
            bytes[*place..*place + 4].copy_from_slice(&number.to_le_bytes());
        }
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }
}

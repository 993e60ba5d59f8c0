use std::{fmt::Display, fs, io, path::Path};

/// Rows of plain values, kept as CSV.
#[derive(Debug)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'a [String],
    cells: &'a [String],
}

impl Table {
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub fn push(&mut self, cells: &[&dyn Display]) {
        assert_eq!(cells.len(), self.columns.len(), "{:?}", self.columns);
        self.rows
            .push(cells.iter().map(ToString::to_string).collect());
    }

    pub fn write(&self, directory: &Path, name: &str) -> io::Result<()> {
        let mut text = self.columns.join(",") + "\n";
        for row in &self.rows {
            text += &row
                .iter()
                .map(|cell| quoted(cell))
                .collect::<Vec<_>>()
                .join(",");
            text.push('\n');
        }
        fs::write(directory.join(name).with_extension("csv"), text)
    }

    pub fn read(directory: &Path, name: &str) -> io::Result<Self> {
        let text = fs::read_to_string(directory.join(name).with_extension("csv"))?;
        let mut lines = text.lines().map(cells);
        Ok(Self {
            columns: lines.next().unwrap_or_default(),
            rows: lines.collect(),
        })
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row {
            columns: &self.columns,
            cells,
        })
    }
}

impl<'a> Row<'a> {
    pub fn text(self, column: &str) -> &'a str {
        let at = self.columns.iter().position(|name| name == column);
        match at.and_then(|at| self.cells.get(at)) {
            Some(cell) => cell,
            None => panic!("no {column} in {:?}", self.columns),
        }
    }

    pub fn number(self, column: &str) -> f64 {
        let text = self.text(column);
        text.parse()
            .unwrap_or_else(|_| panic!("{column} is {text:?}, not a number"))
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut inside = false;
    for character in line.chars() {
        match (character, inside) {
            ('"', _) => inside = !inside,
            (',', false) => cells.push(String::new()),
            _ => cells.last_mut().expect("there is one").push(character),
        }
    }
    cells
}

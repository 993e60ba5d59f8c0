mod costs;
mod syncs;

use std::{fmt::Write as _, fs, path::Path};

use costs::{comparison, day, first_copies, reads};
use syncs::{bytes, kinds, large, latency, many_values, one_value};

use crate::{Failure, data::Data, statements::statements};

/// Writes the page.
pub fn write(data: &Data, path: &Path) -> Result<(), Failure> {
    let mut page = String::from(INTRODUCTION);
    one_value(data, &mut page)?;
    many_values(data, &mut page)?;
    bytes(data, &mut page)?;
    latency(data, &mut page)?;
    kinds(data, &mut page)?;
    first_copies(data, &mut page)?;
    reads(data, &mut page)?;
    large(data, &mut page)?;
    day(data, &mut page)?;
    comparison(data, &mut page)?;
    page += "## Section IV, statement by statement\n\n| the paper | here | shown by |\n| --- | --- | --- |\n";
    for statement in statements(data)? {
        writeln!(
            page,
            "| {} | **{}**: {} | {} |",
            statement.paper, statement.verdict, statement.why, statement.figure
        )?;
    }
    page += DATA;
    fs::write(path, page)?;
    Ok(())
}

const INTRODUCTION: &str = "# Evaluation

Section IV of the [paper](../README.md) again, on this implementation, and what the paper could not show. Made by `scripts/evaluation.sh`: the programs as WASM on
the dev chain ([devchain.md](devchain.md)), cached, the header known, random keys of a mapping, values under 10^6. Run twice it gives
the same gas to the unit: a zero byte of a header or an account proof is counted as 16 gas, not 4, since which of their hashes
have one depends on the clock (about 12 gas for each 256 bytes). Times are those of one machine. The points of the *prototype*, the paper's own implementation in Solidity, are
[measured runs](evaluation/README.md) of it.

";

const DATA: &str = "
## Data

The pictures are drawn from [the tables](evaluation) alone, by `evaluation draw`; [what their columns are](evaluation/README.md).
";

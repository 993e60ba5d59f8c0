use std::path::Path;

use crate::{Failure, data::Data};

pub fn write(_data: &Data, _page: &Path) -> Result<(), Failure> {
    Ok(())
}

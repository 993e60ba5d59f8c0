mod gas;
mod shares;
mod time;

use std::path::Path;

use gas::{bytes, height, height_detail, sizes, values};
use shares::{day, refused};
use time::{latency, latency_by_size};

use crate::{
    Failure,
    data::Data,
    ink::{BLUE, GREEN, GREY, Ink, OCHRE, PURPLE, RED, TEAL},
    picture::Axis,
};

/// Colours of the sizes of contracts.
pub const SIZES: [(f64, Ink); 7] = [
    (1.0, GREY),
    (10.0, PURPLE),
    (100.0, BLUE),
    (1_000.0, GREEN),
    (10_000.0, OCHRE),
    (100_000.0, RED),
    (1_000_000.0, TEAL),
];

pub fn draw(data: &Data, directory: &Path) -> Result<(), Failure> {
    let path = |name: &str| directory.join(name).with_extension("svg");
    height(data).draw(&path("height"))?;
    height_detail(data).draw(&path("height-detail"))?;
    values(data).draw(&path("values"))?;
    bytes(data).draw(&path("bytes"))?;
    latency(data).draw(&path("latency"))?;
    latency_by_size(data).draw(&path("latency-by-size"))?;
    refused(data).draw(&path("refused"))?;
    sizes(data).draw(&path("sizes"))?;
    day(data).draw(&path("day"))?;
    Ok(())
}

fn log(name: &'static str, from: f64, to: f64, ticks: &[f64]) -> Axis {
    Axis {
        name,
        from,
        to,
        ticks: ticks.to_vec(),
        log: true,
    }
}

fn linear(name: &'static str, from: f64, to: f64, ticks: &[f64]) -> Axis {
    Axis {
        log: false,
        ..log(name, from, to, ticks)
    }
}

/// Round ticks from zero to beyond the largest of these.
fn ticks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let most = values.fold(0.0, f64::max);
    let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
        .into_iter()
        .find(|step| most / step <= 5.0)
        .unwrap_or(500.0);
    (0..=(most / step).ceil() as u32)
        .map(|tick| f64::from(tick) * step)
        .collect()
}

/// Numbers of values along the axis.
const COUNTS: [f64; 4] = [1.0, 10.0, 100.0, 1_000.0];

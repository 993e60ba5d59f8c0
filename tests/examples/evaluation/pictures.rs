use std::path::Path;

use crate::{
    Failure,
    data::Data,
    figure::{mean, whole},
    picture::{
        Axis, BLUE, Bar, Bars, GREEN, GREY, Ink, Mark, OCHRE, PURPLE, Picture, RED, Series, TEAL,
        TEXT,
    },
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

const HEIGHTS: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

fn height(data: &Data) -> Picture {
    let points = |rows: Vec<(String, f64)>, extension: bool| -> Vec<(f64, f64)> {
        rows.into_iter()
            .filter(|(path, _)| path.contains('E') == extension)
            .map(|(path, gas)| (path.len() as f64, gas))
            .collect()
    };
    let prototype = || {
        data.prototype_rows("a-change-one")
            .map(|row| (row.text("path").to_owned(), row.number("gas")))
            .collect()
    };
    let ours = || {
        data.height
            .rows()
            .map(|row| (row.text("path").to_owned(), row.number("gas")))
            .collect()
    };
    let series = |label: &str, ink, mark, points| Series {
        label: label.to_owned(),
        ink,
        mark,
        points,
    };
    Picture {
        title: "One changed value, by its height in the trie",
        x: linear(
            "height: nodes from the root to the value",
            0.5,
            9.5,
            &HEIGHTS,
        ),
        y: log(
            "gas of the transaction",
            50e3,
            2e6,
            &[50e3, 100e3, 200e3, 500e3, 1e6, 2e6],
        ),
        series: vec![
            series("prototype", GREY, Mark::Circle, points(prototype(), false)),
            series(
                "▲ with an\nextension",
                GREY,
                Mark::Triangle,
                points(prototype(), true),
            ),
            series("SmartSync", BLUE, Mark::Circle, points(ours(), false)),
            series(
                "▲ with an\nextension",
                OCHRE,
                Mark::Triangle,
                points(ours(), true),
            ),
        ],
        right: 118,
    }
}

fn height_detail(data: &Data) -> Picture {
    let mut series = Vec::new();
    for (slots, ink) in SIZES {
        for extension in [false, true] {
            let points: Vec<_> = data
                .height
                .rows()
                .filter(|row| row.number("slots") == slots)
                .filter(|row| row.text("path").contains('E') == extension)
                .map(|row| (row.number("height"), row.number("gas")))
                .collect();
            if points.is_empty() {
                continue;
            }
            series.push(Series {
                label: match extension {
                    false if slots == 1.0 => "1 slot".to_owned(),
                    false => whole(slots),
                    true => String::new(),
                },
                ink,
                mark: if extension {
                    Mark::Triangle
                } else {
                    Mark::Circle
                },
                points,
            });
        }
    }
    let highest = data
        .height
        .rows()
        .map(|row| row.number("gas"))
        .fold(0.0, f64::max);
    let ticks: Vec<f64> = (7..)
        .map(|tick| f64::from(tick) * 10e3)
        .take_while(|tick| *tick < highest + 10e3)
        .collect();
    let top = ticks.last().copied().unwrap_or(highest);
    Picture {
        title: "SmartSync alone, by size (▲ with an extension)",
        x: linear(
            "height: nodes from the root to the value",
            0.5,
            9.5,
            &HEIGHTS,
        ),
        y: linear("gas of the transaction", 70e3, top, &ticks),
        series,
        right: 84,
    }
}

const COUNTS: [f64; 4] = [1.0, 10.0, 100.0, 1_000.0];

fn values(data: &Data) -> Picture {
    let mut series = Vec::new();
    for slots in [100.0, 1_000.0] {
        series.push(Series {
            label: format!("prototype,\n{}", whole(slots)),
            ink: GREY,
            mark: Mark::Dashed,
            points: data.prototype_per_value(slots),
        });
    }
    for (slots, ink) in SIZES {
        if !(10.0..1e6).contains(&slots) {
            continue;
        }
        series.push(Series {
            label: whole(slots) + if slots < 1_000.0 { " slots" } else { "" },
            ink,
            mark: Mark::Line,
            points: data.per_value(slots, |row| row.number("gas_per_value")),
        });
    }
    series.push(Series {
        label: "floor, 1,000".to_owned(),
        ink: TEXT,
        mark: Mark::Dotted,
        points: data.per_value(1_000.0, Data::floor_gas_per_value),
    });
    Picture {
        title: "Many changed values in one sync",
        x: log("changed values", 1.0, 1_000.0, &COUNTS),
        y: log(
            "gas per value",
            3.5e3,
            1e6,
            &[5e3, 10e3, 20e3, 50e3, 100e3, 200e3, 500e3, 1e6],
        ),
        series,
        right: 116,
    }
}

fn bytes(data: &Data) -> Picture {
    let slots = 1_000.0;
    let series = |label: &str, ink, mark, column: &'static str| Series {
        label: label.to_owned(),
        ink,
        mark,
        points: data.per_value(slots, |row| row.number(column) / row.number("changed")),
    };
    Picture {
        title: "Proof bytes per changed value, 1,000 slots",
        x: log("changed values", 1.0, 1_000.0, &COUNTS),
        y: log(
            "bytes per value",
            20.0,
            2_000.0,
            &[20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3],
        ),
        series: vec![
            series("EIP-1186", RED, Mark::Line, "eip1186_bytes"),
            series(
                "EIP-1186, each\nnode once",
                OCHRE,
                Mark::Line,
                "eip1186_distinct_bytes",
            ),
            series("multi-proof", BLUE, Mark::Line, "multi_proof_bytes"),
            series("floor", TEXT, Mark::Dotted, "floor_bytes"),
        ],
        right: 152,
    }
}

const STEPS: [(&str, &str, Ink); 4] = [
    ("find", "find_ms", PURPLE),
    ("prove", "prove_ms", BLUE),
    ("build", "build_ms", OCHRE),
    ("send", "send_ms", GREEN),
];

fn latency(data: &Data) -> Picture {
    let points = |column: &str| -> Vec<(f64, f64)> {
        data.latency_rows(1_000.0)
            .map(|row| (row.number("changed"), row.number(column).max(0.05)))
            .collect()
    };
    let mut series: Vec<Series> = STEPS
        .iter()
        .map(|(name, column, ink)| Series {
            label: (*name).to_owned(),
            ink: *ink,
            mark: Mark::Line,
            points: points(column),
        })
        .collect();
    series.push(Series {
        label: "total".to_owned(),
        ink: TEXT,
        mark: Mark::Line,
        points: points("total_ms"),
    });
    series.push(Series {
        label: "paper, another\nmachine".to_owned(),
        ink: GREY,
        mark: Mark::Dashed,
        points: vec![(10.0, 119.0), (1_000.0, 1_879.0)],
    });
    series.push(Series {
        label: String::new(),
        ink: GREY,
        mark: Mark::Circle,
        points: vec![(1.0, 91.0), (1.0, 475.0)],
    });
    Picture {
        title: "Time of a sync by changed values, 1,000 slots",
        x: log("changed values", 1.0, 1_000.0, &COUNTS),
        y: log(
            "milliseconds, median",
            0.05,
            2_000.0,
            &[0.1, 1.0, 10.0, 100.0, 1e3],
        ),
        series,
        right: 140,
    }
}

fn latency_by_size(data: &Data) -> Bars {
    let totals = SIZES
        .iter()
        .filter_map(|(slots, _)| data.latency_rows(*slots).next())
        .map(|row| row.number("total_ms"));
    let ticks = ticks(totals);
    let bars: Vec<Bar> = SIZES
        .iter()
        .filter_map(|(slots, _)| {
            let row = data
                .latency_rows(*slots)
                .find(|row| row.number("changed") == 1.0)?;
            Some(Bar {
                name: whole(*slots),
                segments: STEPS
                    .iter()
                    .map(|(_, column, ink)| (row.number(column), *ink))
                    .collect(),
                figure: format!("{} ms", row.text("total_ms")),
            })
        })
        .collect();
    Bars {
        title: "Time of a sync of one value, by slots of the contract",
        x: linear(
            "milliseconds, median",
            0.0,
            ticks.last().copied().unwrap_or(1.0),
            &ticks,
        ),
        key: STEPS.iter().map(|(name, _, ink)| (*name, *ink)).collect(),
        bars,
        left: 96,
        right: 90,
    }
}

fn refused(data: &Data) -> Bars {
    let bars = data
        .kinds()
        .into_iter()
        .map(|kind| Bar {
            name: kind.name.to_owned(),
            segments: vec![(kind.refused_share() * 100.0, RED)],
            figure: format!(
                "{:.0} % of {}",
                kind.refused_share() * 100.0,
                kind.prototype_runs
            ),
        })
        .collect();
    Bars {
        title: "True updates that the prototype refuses (SmartSync: none)",
        x: linear(
            "percent of its runs",
            0.0,
            100.0,
            &[0.0, 25.0, 50.0, 75.0, 100.0],
        ),
        key: Vec::new(),
        bars,
        left: 132,
        right: 116,
    }
}

fn sizes(data: &Data) -> Picture {
    let series = [(1.0, BLUE), (10.0, GREEN), (100.0, OCHRE)]
        .into_iter()
        .map(|(changed, ink)| Series {
            label: match changed as u64 {
                1 => "1 value".to_owned(),
                changed => format!("{changed} values"),
            },
            ink,
            mark: Mark::Line,
            points: SIZES
                .iter()
                .filter(|(slots, _)| *slots >= 1_000.0)
                .filter_map(|(slots, _)| {
                    let gas: Vec<f64> = data
                        .values
                        .rows()
                        .filter(|row| row.number("slots") == *slots)
                        .filter(|row| row.number("changed") == changed)
                        .map(|row| row.number("gas"))
                        .collect();
                    (!gas.is_empty()).then(|| (*slots, mean(gas)))
                })
                .collect(),
        })
        .collect();
    Picture {
        title: "Large mirrors: gas of a sync",
        x: log("slots of the contract", 1e3, 1e6, &[1e3, 10e3, 100e3, 1e6]),
        y: log(
            "gas of a sync",
            50e3,
            5e6,
            &[50e3, 100e3, 200e3, 500e3, 1e6, 2e6, 5e6],
        ),
        series,
        right: 106,
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

fn day(data: &Data) -> Bars {
    let ticks = ticks(
        data.days
            .iter()
            .map(|(_, estimate)| estimate.per_day.ether * 1e3),
    );
    let bars = data
        .days
        .iter()
        .map(|(kind, estimate)| Bar {
            name: match kind.name().split_once(" of ") {
                Some((name, _)) => name.to_owned(),
                None => kind.name().to_owned(),
            },
            segments: vec![
                (estimate.per_day.execution_ether * 1e3, BLUE),
                (estimate.per_day.data_ether * 1e3, OCHRE),
            ],
            figure: format!("{:.2}", estimate.per_day.ether * 1e3),
        })
        .collect();
    Bars {
        title: "What a mirror costs a day",
        x: linear(
            "thousandths of an ether",
            0.0,
            ticks.last().copied().unwrap_or(1.0),
            &ticks,
        ),
        key: vec![("gas", BLUE), ("L1 data fee", OCHRE)],
        bars,
        left: 142,
        right: 70,
    }
}

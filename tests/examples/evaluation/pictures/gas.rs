use super::{COUNTS, SIZES, linear, log};
use crate::{
    data::Data,
    figure::{mean, whole},
    ink::{BLUE, GREEN, GREY, OCHRE, RED, TEXT},
    picture::{Mark, Picture, Series},
};

const HEIGHTS: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

pub fn height(data: &Data) -> Picture {
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

pub fn height_detail(data: &Data) -> Picture {
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

pub fn values(data: &Data) -> Picture {
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

pub fn bytes(data: &Data) -> Picture {
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

pub fn sizes(data: &Data) -> Picture {
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

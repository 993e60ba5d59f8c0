use super::{COUNTS, SIZES, linear, log, ticks};
use crate::{
    bars::{Bar, Bars},
    data::Data,
    figure::whole,
    ink::{BLUE, GREEN, GREY, Ink, OCHRE, PURPLE, TEXT},
    picture::{Mark, Picture, Series},
};

const STEPS: [(&str, &str, Ink); 4] = [
    ("find", "find_ms", PURPLE),
    ("prove", "prove_ms", BLUE),
    ("build", "build_ms", OCHRE),
    ("send", "send_ms", GREEN),
];

pub fn latency(data: &Data) -> Picture {
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

pub fn latency_by_size(data: &Data) -> Bars {
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

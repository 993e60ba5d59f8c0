use super::{linear, ticks};
use crate::{
    bars::{Bar, Bars},
    data::Data,
    ink::{BLUE, OCHRE, RED},
};

pub fn refused(data: &Data) -> Bars {
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

pub fn day(data: &Data) -> Bars {
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

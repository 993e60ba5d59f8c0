use std::path::Path;

use plotters::{
    element::DashedPathElement,
    prelude::*,
    style::text_anchor::{HPos, VPos},
};

use crate::{
    Failure,
    canvas::{Area, BOTTOM, FONT, TOP, WIDTH, finish, write},
    figure::short,
    ink::{GREY, GRID, Ink, PAPER, TEXT},
};

const HEIGHT: i32 = 430;
const LEFT: i32 = 74;
/// From line to line of a label.
const LINE: i32 = 19;
const RADIUS: i32 = 4;

/// An axis: its name with the unit, its ends, its ticks, and whether it is logarithmic.
#[derive(Debug)]
pub struct Axis {
    pub name: &'static str,
    pub from: f64,
    pub to: f64,
    pub ticks: Vec<f64>,
    pub log: bool,
}

impl Axis {
    pub fn place(&self, value: f64) -> f64 {
        let at = |value: f64| if self.log { value.log10() } else { value };
        (at(value) - at(self.from)) / (at(self.to) - at(self.from))
    }
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Line,
    Dashed,
    Dotted,
    Circle,
    Triangle,
}

/// Points and what they are called, which is written at the last of them.
#[derive(Debug)]
pub struct Series {
    pub label: String,
    pub ink: Ink,
    pub mark: Mark,
    pub points: Vec<(f64, f64)>,
}

/// A picture of series.
#[derive(Debug)]
pub struct Picture {
    pub title: &'static str,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
    /// Room for the labels, at the right.
    pub right: i32,
}

impl Picture {
    pub fn draw(&self, path: &Path) -> Result<(), Failure> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, HEIGHT as u32))
                .into_drawing_area();
            area.fill(&PAPER.color())?;
            self.axes(&area)?;
            let mut labels: Vec<(f64, i32, i32, &Series)> = Vec::new();
            for series in &self.series {
                self.series(&area, series)?;
                if let Some((x, y)) = series
                    .points
                    .iter()
                    .copied()
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    && !series.label.is_empty()
                {
                    let (x, y) = self.pixel(x, y);
                    labels.push((f64::from(y), x, y, series));
                }
            }
            let edge = WIDTH - self.right;
            let (mut beside, below): (Vec<_>, Vec<_>) = labels
                .into_iter()
                .partition(|(_, x, _, series)| !early(series, *x, edge));
            spread(&mut beside, f64::from(HEIGHT - BOTTOM));
            for (y, x, at, series) in beside.into_iter().chain(below) {
                for (line, text) in (0..).zip(series.label.lines()) {
                    // A line that ends early has its label below its end, the others beside the frame.
                    let (at, horizontal) = if early(series, x, edge) {
                        ((x, at + FONT), HPos::Center)
                    } else {
                        ((edge + 9, y as i32), HPos::Left)
                    };
                    let at = (at.0, at.1 + line * LINE);
                    write(&area, text, at, series.ink, horizontal, VPos::Center)?;
                }
            }
            area.present()?;
        }
        finish(svg, self.title, path)
    }

    fn pixel(&self, x: f64, y: f64) -> (i32, i32) {
        let (width, height) = (WIDTH - LEFT - self.right, HEIGHT - TOP - BOTTOM);
        (
            LEFT + (self.x.place(x) * f64::from(width)).round() as i32,
            HEIGHT - BOTTOM - (self.y.place(y) * f64::from(height)).round() as i32,
        )
    }

    fn axes(&self, area: &Area<'_>) -> Result<(), Failure> {
        write(area, self.title, (10, 18), TEXT, HPos::Left, VPos::Center)?;
        write(area, self.y.name, (10, 44), GREY, HPos::Left, VPos::Center)?;
        let middle = (LEFT + WIDTH - self.right) / 2;
        write(
            area,
            self.x.name,
            (middle, HEIGHT - 16),
            GREY,
            HPos::Center,
            VPos::Center,
        )?;
        for tick in &self.y.ticks {
            let (x, y) = self.pixel(self.x.from, *tick);
            area.draw(&PathElement::new(
                vec![(x, y), (WIDTH - self.right, y)],
                GRID.color().stroke_width(1),
            ))?;
            write(
                area,
                &short(*tick),
                (x - 8, y),
                TEXT,
                HPos::Right,
                VPos::Center,
            )?;
        }
        for tick in &self.x.ticks {
            let (x, y) = self.pixel(*tick, self.y.from);
            area.draw(&PathElement::new(
                vec![(x, y), (x, y + 5)],
                GREY.color().stroke_width(1),
            ))?;
            write(
                area,
                &short(*tick),
                (x, y + 17),
                TEXT,
                HPos::Center,
                VPos::Center,
            )?;
        }
        let corner = self.pixel(self.x.from, self.y.from);
        area.draw(&PathElement::new(
            vec![corner, (WIDTH - self.right, corner.1)],
            GREY.color().stroke_width(1),
        ))?;
        Ok(())
    }

    fn series(&self, area: &Area<'_>, series: &Series) -> Result<(), Failure> {
        let points: Vec<(i32, i32)> = series
            .points
            .iter()
            .map(|(x, y)| self.pixel(*x, *y))
            .collect();
        let color = series.ink.color();
        match series.mark {
            Mark::Line => area.draw(&PathElement::new(points.clone(), color.stroke_width(2)))?,
            Mark::Dashed => area.draw(&DashedPathElement::new(
                points.clone(),
                8,
                5,
                color.stroke_width(2),
            ))?,
            Mark::Dotted => area.draw(&DashedPathElement::new(
                points.clone(),
                2,
                4,
                color.stroke_width(2),
            ))?,
            Mark::Circle | Mark::Triangle => {}
        }
        for point in points {
            match series.mark {
                Mark::Triangle => {
                    area.draw(&TriangleMarker::new(point, RADIUS + 2, color.filled()))?
                }
                Mark::Dotted => {}
                _ => area.draw(&Circle::new(point, RADIUS - 1, color.filled()))?,
            }
        }
        Ok(())
    }
}

/// Whether a line ends before the frame does.
fn early(series: &Series, x: i32, edge: i32) -> bool {
    x < edge - RADIUS && !matches!(series.mark, Mark::Circle | Mark::Triangle)
}

/// Moves labels apart that lie on each other, and none below the frame.
fn spread(labels: &mut [(f64, i32, i32, &Series)], bottom: f64) {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let room = |series: &Series| f64::from(LINE) * series.label.lines().count() as f64;
    for _ in 0..200 {
        for at in 1..labels.len() {
            let overlap = labels[at - 1].0 + room(labels[at - 1].3) - labels[at].0;
            if overlap > 0.0 {
                labels[at - 1].0 -= overlap / 2.0;
                labels[at].0 += overlap / 2.0;
            }
        }
        if let Some(last) = labels.last_mut() {
            last.0 = last.0.min(bottom - room(last.3) + f64::from(LINE / 2));
        }
    }
}

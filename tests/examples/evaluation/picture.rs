use std::{fs, path::Path};

use plotters::{
    element::DashedPathElement,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{Failure, figure::short};

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// A colour on light and on dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    light: [u8; 3],
    dark: [u8; 3],
}

impl Ink {
    const fn new(light: u32, dark: u32) -> Self {
        Self {
            light: [(light >> 16) as u8, (light >> 8) as u8, light as u8],
            dark: [(dark >> 16) as u8, (dark >> 8) as u8, dark as u8],
        }
    }

    fn color(self) -> RGBColor {
        let [red, green, blue] = self.light;
        RGBColor(red, green, blue)
    }
}

pub const PAPER: Ink = Ink::new(0xffffff, 0x0d1117);
pub const TEXT: Ink = Ink::new(0x1f2328, 0xe6edf3);
pub const GRID: Ink = Ink::new(0xd8dee4, 0x30363d);
pub const GREY: Ink = Ink::new(0x6e7781, 0x9198a1);
pub const PURPLE: Ink = Ink::new(0x8250df, 0xa371f7);
pub const BLUE: Ink = Ink::new(0x0969da, 0x58a6ff);
pub const GREEN: Ink = Ink::new(0x1a7f37, 0x3fb950);
pub const OCHRE: Ink = Ink::new(0x9a6700, 0xd29922);
pub const RED: Ink = Ink::new(0xcf222e, 0xf85149);
pub const TEAL: Ink = Ink::new(0x1b7c83, 0x39c5cf);
const INKS: [Ink; 10] = [
    PAPER, TEXT, GRID, GREY, PURPLE, BLUE, GREEN, OCHRE, RED, TEAL,
];

const WIDTH: i32 = 540;
const HEIGHT: i32 = 430;
/// Plotters draws text a quarter smaller.
const FONT: i32 = 20;
const LEFT: i32 = 74;
const TOP: i32 = 62;
const BOTTOM: i32 = 56;
/// From line to line of a label.
const LINE: i32 = 19;
const RADIUS: i32 = 4;
/// Height of a bar and the room of its row.
const BAR: i32 = 22;
const ROW: i32 = 34;

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
    fn place(&self, value: f64) -> f64 {
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
                points.clone().into_iter(),
                8,
                5,
                color.stroke_width(2),
            ))?,
            Mark::Dotted => area.draw(&DashedPathElement::new(
                points.clone().into_iter(),
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

/// A row of a bar picture: its name, and its segments.
#[derive(Debug)]
pub struct Bar {
    pub name: String,
    pub segments: Vec<(f64, Ink)>,
    /// What is written behind the bar.
    pub figure: String,
}

/// A picture of lying bars.
#[derive(Debug)]
pub struct Bars {
    pub title: &'static str,
    pub x: Axis,
    /// What the colours are.
    pub key: Vec<(&'static str, Ink)>,
    pub bars: Vec<Bar>,
    /// Room for the names, at the left, and for the figures, at the right.
    pub left: i32,
    pub right: i32,
}

impl Bars {
    pub fn draw(&self, path: &Path) -> Result<(), Failure> {
        let height = TOP + self.bars.len() as i32 * ROW + BOTTOM;
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32))
                .into_drawing_area();
            area.fill(&PAPER.color())?;
            write(&area, self.title, (10, 18), TEXT, HPos::Left, VPos::Center)?;
            let mut x = 10;
            for (name, ink) in &self.key {
                let square = [(x, 38), (x + 12, 50)];
                area.draw(&Rectangle::new(square, ink.color().filled()))?;
                write(&area, name, (x + 18, 44), TEXT, HPos::Left, VPos::Center)?;
                x += 42 + 10 * name.len() as i32;
            }
            let bottom = height - BOTTOM;
            let place = |value: f64| {
                let width = f64::from(WIDTH - self.left - self.right);
                self.left + (self.x.place(value) * width).round() as i32
            };
            for tick in &self.x.ticks {
                let x = place(*tick);
                let line =
                    PathElement::new(vec![(x, TOP), (x, bottom)], GRID.color().stroke_width(1));
                area.draw(&line)?;
                write(
                    &area,
                    &short(*tick),
                    (x, bottom + 15),
                    TEXT,
                    HPos::Center,
                    VPos::Center,
                )?;
            }
            let middle = (self.left + WIDTH - self.right) / 2;
            write(
                &area,
                self.x.name,
                (middle, height - 16),
                GREY,
                HPos::Center,
                VPos::Center,
            )?;
            for (row, bar) in (0..).zip(&self.bars) {
                let top = TOP + row * ROW + (ROW - BAR) / 2;
                let centre = top + BAR / 2;
                write(
                    &area,
                    &bar.name,
                    (self.left - 8, centre),
                    TEXT,
                    HPos::Right,
                    VPos::Center,
                )?;
                let mut sum = 0.0;
                for (value, ink) in &bar.segments {
                    let from = place(sum);
                    sum += value;
                    let segment = [(from, top), (place(sum), top + BAR)];
                    area.draw(&Rectangle::new(segment, ink.color().filled()))?;
                }
                write(
                    &area,
                    &bar.figure,
                    (place(sum) + 6, centre),
                    TEXT,
                    HPos::Left,
                    VPos::Center,
                )?;
            }
            area.present()?;
        }
        finish(svg, self.title, path)
    }
}

fn write(
    area: &Area<'_>,
    text: &str,
    at: (i32, i32),
    ink: Ink,
    horizontal: HPos,
    vertical: VPos,
) -> Result<(), Failure> {
    let color = ink.color();
    let style = TextStyle::from(("sans-serif", FONT).into_font())
        .color(&color)
        .pos(Pos::new(horizontal, vertical));
    area.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}

/// Gives the picture a name for those who do not see it, and its colours on dark screens.
fn finish(svg: String, title: &str, path: &Path) -> Result<(), Failure> {
    let hex = |[red, green, blue]: [u8; 3]| format!("#{red:02X}{green:02X}{blue:02X}");
    let mut rules = String::new();
    for ink in INKS {
        let (light, dark) = (hex(ink.light), hex(ink.dark));
        rules +=
            &format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}\n");
    }
    let style = format!(
        "<title>{title}</title>\n<style>text{{font-family:system-ui,-apple-system,'Segoe UI',sans-serif}}\n\
         @media screen and (prefers-color-scheme:dark){{\n{rules}}}</style>\n"
    );
    let (head, body) = svg.split_once('\n').ok_or("an empty picture")?;
    fs::write(path, format!("{head}\n{style}{body}\n"))?;
    Ok(())
}

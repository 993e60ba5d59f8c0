use std::path::Path;

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, VPos},
};

use crate::{
    Failure,
    canvas::{BOTTOM, TOP, WIDTH, finish, write},
    figure::short,
    ink::{GREY, GRID, Ink, PAPER, TEXT},
    picture::Axis,
};

/// Height of a bar, and of its row.
const BAR: i32 = 22;
const ROW: i32 = 34;

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

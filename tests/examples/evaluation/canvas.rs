use std::{fs, path::Path};

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    Failure,
    ink::{INKS, Ink},
};

pub type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Width of every picture.
pub const WIDTH: i32 = 540;
/// Plotters draws text a quarter smaller.
pub const FONT: i32 = 20;
/// Room for the title and the axis' name above the frame.
pub const TOP: i32 = 62;
/// Room for the axis below it.
pub const BOTTOM: i32 = 56;

/// Writes a line of text.
pub fn write(
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
pub fn finish(svg: String, title: &str, path: &Path) -> Result<(), Failure> {
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

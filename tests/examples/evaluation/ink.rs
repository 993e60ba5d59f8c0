use plotters::style::RGBColor;

/// A colour on light and on dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    pub light: [u8; 3],
    pub dark: [u8; 3],
}

impl Ink {
    const fn new(light: u32, dark: u32) -> Self {
        Self {
            light: [(light >> 16) as u8, (light >> 8) as u8, light as u8],
            dark: [(dark >> 16) as u8, (dark >> 8) as u8, dark as u8],
        }
    }

    pub fn color(self) -> RGBColor {
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
pub const INKS: [Ink; 10] = [
    PAPER, TEXT, GRID, GREY, PURPLE, BLUE, GREEN, OCHRE, RED, TEAL,
];

use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::stop::Stop;

/// Items that a frame's stack takes (Yellow Paper, section 9.1).
const DEPTH: usize = 1_024;

/// The stacks of all frames, one behind the other.
#[derive(Debug)]
pub struct Stack {
    items: Vec<U256>,
    /// Where the present frame's begins.
    base: usize,
}

impl Stack {
    pub fn new() -> Self {
        Self {
            items: Vec::with_capacity(128),
            base: 0,
        }
    }

    /// Begins the stack of a new frame; returns where that of the present one begins.
    pub fn enter(&mut self) -> usize {
        core::mem::replace(&mut self.base, self.items.len())
    }

    /// Drops the present frame's stack and goes back to that of another.
    pub fn leave(&mut self, base: usize) {
        self.items.truncate(self.base);
        self.base = base;
    }

    #[inline(always)]
    pub fn push(&mut self, item: U256) -> Result<(), Stop> {
        if self.items.len().wrapping_sub(self.base) >= DEPTH {
            return Err(Stop::Halt);
        }
        self.items.push(item);
        Ok(())
    }

    #[inline(always)]
    pub fn pop(&mut self) -> Result<U256, Stop> {
        if self.items.len() <= self.base {
            return Err(Stop::Halt);
        }
        self.items.pop().ok_or(Stop::Halt)
    }

    /// The topmost items, the top first.
    #[inline(always)]
    pub fn pop_many<const N: usize>(&mut self) -> Result<[U256; N], Stop> {
        let mut items = [U256::ZERO; N];
        for item in &mut items {
            *item = self.pop()?;
        }
        Ok(items)
    }

    /// Takes the top, and gives what lies below to be replaced.
    #[inline(always)]
    pub fn pop_top(&mut self) -> Result<(U256, &mut U256), Stop> {
        let item = self.pop()?;
        Ok((item, self.top()?))
    }

    #[inline(always)]
    pub fn top(&mut self) -> Result<&mut U256, Stop> {
        if self.items.len() <= self.base {
            return Err(Stop::Halt);
        }
        self.items.last_mut().ok_or(Stop::Halt)
    }

    /// The item at a depth, the top being 1.
    pub fn peek(&self, depth: usize) -> Option<U256> {
        let place = self.place(depth).ok()?;
        self.items.get(place).copied()
    }

    /// The item `depth` below the top, the top being 1.
    #[inline(always)]
    fn place(&self, depth: usize) -> Result<usize, Stop> {
        let place = self.items.len().wrapping_sub(depth);
        if self.items.len().wrapping_sub(self.base) < depth {
            return Err(Stop::Halt);
        }
        Ok(place)
    }

    /// `DUP` of the item at a depth.
    #[inline(always)]
    pub fn duplicate(&mut self, depth: usize) -> Result<(), Stop> {
        let place = self.place(depth)?;
        let item = *self.items.get(place).ok_or(Stop::Halt)?;
        self.push(item)
    }

    /// `SWAP` of the top with the item `depth` below it.
    #[inline(always)]
    pub fn swap(&mut self, depth: usize) -> Result<(), Stop> {
        let place = self.place(depth.wrapping_add(1))?;
        let last = self.items.len().wrapping_sub(1);
        match self.items.get_disjoint_mut([place, last]) {
            Ok([item, top]) => {
                core::mem::swap(item, top);
                Ok(())
            }
            Err(_) => Err(Stop::Halt),
        }
    }
}

use alloc::{vec, vec::Vec};

use alloy_primitives::U256;

use crate::stop::Halt;

/// Items that a frame's stack takes (Yellow Paper, section 9.1).
const DEPTH: usize = 1_024;

/// Items that there is room for at first.
const ROOM: usize = 128;

/// The stacks of all frames, one behind the other.
#[derive(Debug)]
pub struct Stack {
    /// Limbs of words, the lowest first: of them the runtime has zeros at no cost.
    room: Vec<[u64; 4]>,
    /// Where the present frame's begins.
    base: usize,
    /// Its items, while the frame does not run.
    height: usize,
}

/// The stack of the frame that runs, as far as there is room for it.
#[derive(Debug)]
pub struct Items<'a> {
    room: &'a mut [[u64; 4]],
    height: usize,
}

impl Stack {
    pub fn new() -> Self {
        Self {
            room: vec![[0; 4]; ROOM],
            base: 0,
            height: 0,
        }
    }

    /// The present frame's. There is never room for more than it may have.
    #[inline(always)]
    pub fn items(&mut self) -> Items<'_> {
        let end = self.base.saturating_add(DEPTH).min(self.room.len());
        Items {
            room: self.room.get_mut(self.base..end).unwrap_or_default(),
            height: self.height,
        }
    }

    /// Keeps how many items the present frame has.
    pub fn keep(&mut self, height: usize) {
        self.height = height;
    }

    /// Makes room for another item of the present frame, which has so many; it halts when it may have no more.
    #[cold]
    #[inline(never)]
    pub fn grow(&mut self, height: usize) -> Result<Items<'_>, Halt> {
        if height >= DEPTH {
            return Err(Halt);
        }
        let mut room = vec![[0; 4]; self.room.len().saturating_mul(2)];
        for (to, from) in room.iter_mut().zip(&self.room) {
            *to = *from;
        }
        self.room = room;
        self.height = height;
        Ok(self.items())
    }

    /// Begins the stack of a new frame; returns where that of the present one begins.
    pub fn enter(&mut self) -> usize {
        let outer = self.base;
        self.base = outer.saturating_add(core::mem::take(&mut self.height));
        outer
    }

    /// Drops the present frame's stack and goes back to that of another.
    pub fn leave(&mut self, base: usize) {
        self.height = self.base.saturating_sub(base);
        self.base = base;
    }

    /// Pushes what a frame that waited is answered; its call left room.
    pub fn push(&mut self, item: U256) -> Result<(), Halt> {
        let mut items = self.items();
        items.put(item)?;
        self.height = items.height;
        Ok(())
    }
}

impl Items<'_> {
    /// How many there are.
    #[inline(always)]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Whether there is no room for another, and there may be one.
    #[inline(always)]
    pub fn lack_room(&self) -> bool {
        self.height >= self.room.len() && self.height < DEPTH
    }

    /// Lends them to what is out of line: the loop itself keeps them in registers.
    #[inline(always)]
    pub fn lend<R>(&mut self, run: impl FnOnce(&mut Items<'_>) -> R) -> R {
        let mut lent = Items {
            room: self.room,
            height: self.height,
        };
        let result = run(&mut lent);
        self.height = lent.height;
        result
    }

    /// Pushes one. Whether there was room.
    #[inline(always)]
    pub fn push(&mut self, item: U256) -> bool {
        let Some(place) = self.room.get_mut(self.height) else {
            return false;
        };
        *place = item.into_limbs();
        self.height = self.height.wrapping_add(1);
        true
    }

    /// Pushes one where there is room, unless the stack is full.
    pub fn put(&mut self, item: U256) -> Result<(), Halt> {
        match self.push(item) {
            true => Ok(()),
            false => Err(Halt),
        }
    }

    #[inline(always)]
    pub fn pop(&mut self) -> Result<U256, Halt> {
        let [item] = self.pop_many()?;
        Ok(item)
    }

    /// The topmost items, the top first.
    #[inline(always)]
    pub fn pop_many<const N: usize>(&mut self) -> Result<[U256; N], Halt> {
        let rest = self.height.wrapping_sub(N);
        let Some(taken) = self.room.get(rest..self.height) else {
            return Err(Halt);
        };
        let mut items = [U256::ZERO; N];
        for (item, limbs) in items.iter_mut().zip(taken.iter().rev()) {
            *item = U256::from_limbs(*limbs);
        }
        self.height = rest;
        Ok(items)
    }

    /// The top, to be replaced.
    #[inline(always)]
    pub fn top(&mut self) -> Result<&mut [u64; 4], Halt> {
        match self.room.get_mut(self.height.wrapping_sub(1)) {
            Some(top) => Ok(top),
            None => Err(Halt),
        }
    }

    /// Replaces the top.
    #[inline(always)]
    pub fn replace(&mut self, with: impl FnOnce(U256) -> U256) -> Result<(), Halt> {
        let top = self.top()?;
        *top = with(U256::from_limbs(*top)).into_limbs();
        Ok(())
    }

    /// Replaces the top and the item below it by one.
    #[inline(always)]
    pub fn combine(&mut self, with: impl FnOnce(U256, U256) -> U256) -> Result<(), Halt> {
        let two = self.room.get_mut(self.height.wrapping_sub(2)..self.height);
        let Some([below, top]) = two else {
            return Err(Halt);
        };
        *below = with(U256::from_limbs(*top), U256::from_limbs(*below)).into_limbs();
        self.height = self.height.wrapping_sub(1);
        Ok(())
    }

    /// The item at a depth, the top being 1.
    pub fn peek(&self, depth: usize) -> Option<U256> {
        let item = self.room.get(self.height.wrapping_sub(depth));
        item.copied().map(U256::from_limbs)
    }

    /// `DUP` of the item at a depth, the top being 1. Whether there was room.
    #[inline(always)]
    pub fn duplicate(&mut self, depth: usize) -> Result<bool, Halt> {
        let Some(item) = self.room.get(self.height.wrapping_sub(depth)) else {
            return Err(Halt);
        };
        let item = *item;
        let Some(place) = self.room.get_mut(self.height) else {
            return Ok(false);
        };
        *place = item;
        self.height = self.height.wrapping_add(1);
        Ok(true)
    }

    /// `SWAP` of the top with the item `depth` below it.
    #[inline(always)]
    pub fn swap(&mut self, depth: usize) -> Result<(), Halt> {
        let below = self.height.wrapping_sub(depth).wrapping_sub(1);
        let Some([item, .., top]) = self.room.get_mut(below..self.height) else {
            return Err(Halt);
        };
        for (item, top) in item.iter_mut().zip(top) {
            core::mem::swap(item, top);
        }
        Ok(())
    }
}

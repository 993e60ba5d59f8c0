//! Sets of addresses in ArbOS's state: who owns the chain, and who manages its program cache.

use alloy_primitives::{Address, U256};

use super::{
    burner::{Burner, Fault},
    cost::{STORAGE_CLEAR, STORAGE_READ, STORAGE_WRITE},
    storage,
};
use crate::evm::context::Ctx;

/// The owners of the chain.
pub const CHAIN_OWNERS: AddressSet = AddressSet {
    purpose: "chain owners",
};
/// The contracts that manage the cache of programs.
pub const CACHE_MANAGERS: AddressSet = AddressSet {
    purpose: "cache managers",
};
/// Who posts batches to the parent chain.
pub const BATCH_POSTERS: AddressSet = AddressSet {
    purpose: "batch posters",
};

/// A set of addresses: its size, its members by position from 1, and each member's position.
#[derive(Clone, Copy, Debug)]
pub struct AddressSet {
    purpose: &'static str,
}

impl AddressSet {
    fn size_slot(self) -> U256 {
        storage::slot(self.purpose, b"size")
    }

    fn member_slot(self, position: u64) -> U256 {
        storage::slot(self.purpose, &position.to_be_bytes())
    }

    fn position_slot(self, member: Address) -> U256 {
        storage::slot(self.purpose, member.as_slice())
    }

    /// The slots of a set with one member, for a genesis state.
    pub fn of_one(self, member: Address) -> [(U256, U256); 3] {
        [
            (self.size_slot(), U256::ONE),
            (self.member_slot(1), member.into_word().into()),
            (self.position_slot(member), U256::ONE),
        ]
    }

    fn size(self, ctx: &mut Ctx, burner: &mut Burner) -> Result<u64, Fault> {
        Ok(storage::read_paid(ctx, burner, self.size_slot())?.saturating_to())
    }

    /// The members, in the order of their positions.
    ///
    /// # Errors
    /// [`Fault::OutOfGas`].
    pub fn members(self, ctx: &mut Ctx, burner: &mut Burner) -> Result<Vec<Address>, Fault> {
        let mut members = Vec::new();
        for position in 1..=self.size(ctx, burner)? {
            let word = storage::read_paid(ctx, burner, self.member_slot(position))?;
            members.push(Address::from_word(word.into()));
        }
        Ok(members)
    }

    /// Whether an address is a member.
    ///
    /// # Errors
    /// [`Fault::OutOfGas`].
    pub fn contains(
        self,
        ctx: &mut Ctx,
        burner: &mut Burner,
        member: Address,
    ) -> Result<bool, Fault> {
        Ok(!storage::read_paid(ctx, burner, self.position_slot(member))?.is_zero())
    }

    /// Adds a member; one that is there already stays.
    ///
    /// # Errors
    /// [`Fault::OutOfGas`].
    pub fn add(self, ctx: &mut Ctx, burner: &mut Burner, member: Address) -> Result<(), Fault> {
        if self.contains(ctx, burner, member)? {
            return Ok(());
        }
        let size = self.size(ctx, burner)?.saturating_add(1);
        // The position, the member, and the size, which is read again.
        burner.burn(3 * STORAGE_WRITE + STORAGE_READ)?;
        storage::write(ctx, self.size_slot(), U256::from(size));
        storage::write(ctx, self.member_slot(size), member.into_word().into());
        storage::write(ctx, self.position_slot(member), U256::from(size));
        Ok(())
    }

    /// Removes a member, whose position the last one takes.
    ///
    /// # Errors
    /// [`Fault::Failed`] if it is none, [`Fault::OutOfGas`].
    pub fn remove(self, ctx: &mut Ctx, burner: &mut Burner, member: Address) -> Result<(), Fault> {
        if !self.contains(ctx, burner, member)? {
            return Err(Fault::Failed(
                "tried to remove an address that is not there",
            ));
        }
        burner.burn(STORAGE_READ + STORAGE_CLEAR)?;
        let position = storage::read(ctx, self.position_slot(member));
        let size = self.size(ctx, burner)?;
        if position < U256::from(size) {
            // The last one moves: it is read, and written with its position.
            burner.burn(STORAGE_READ + 2 * STORAGE_WRITE)?;
        }
        burner.burn(STORAGE_CLEAR + STORAGE_READ)?;
        burner.burn(if size == 1 {
            STORAGE_CLEAR
        } else {
            STORAGE_WRITE
        })?;
        let last = storage::read(ctx, self.member_slot(size));
        storage::write(ctx, self.member_slot(position.saturating_to()), last);
        storage::write(
            ctx,
            self.position_slot(Address::from_word(last.into())),
            position,
        );
        storage::write(ctx, self.member_slot(size), U256::ZERO);
        storage::write(ctx, self.position_slot(member), U256::ZERO);
        storage::write(ctx, self.size_slot(), U256::from(size.saturating_sub(1)));
        Ok(())
    }
}
